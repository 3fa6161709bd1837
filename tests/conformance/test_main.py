"""`python -m conformance`: both implementations, and the line it ends with."""

from collections.abc import Callable, Sequence

import pytest

from conformance import __main__ as command
from conformance.client import Client, NotStarted
from conformance.hearing import Hearing, Tally
from conformance.judging import Fault
from conformance.run import NoSuchList, chosen


def judged(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    async def run(words: Sequence[str], *, heard: Callable[[Tally], None]) -> Hearing:
        if words[0] == "nothing":
            raise NotStarted("nothing does not start")
        hearing = Hearing(Client(words), heard)
        hearing.begin("codes")
        hearing.note("one", None)
        hearing.note("two", Fault("codes", {"problem": "a"}, {"problem": "b"}) if "--wrong" in words else None)
        hearing.end()
        return hearing

    monkeypatch.setattr(command, "run", run)
    return command.main(list(arguments))


def test_the_last_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(monkeypatch, "python=one --right", "typescript=two") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1] == "  codes 2/2"
    assert said[-1] == "conformance: python 2/2, typescript 2/2"


def test_one_that_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(monkeypatch, "python=one", "typescript=two --wrong") == 1
    said = capsys.readouterr().out
    assert "codes: two\n" in said
    assert said.endswith("conformance: python 2/2, typescript 1/2\n")


def test_one_that_does_not_start(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(monkeypatch, "python=nothing") == 2
    assert capsys.readouterr().err == "nothing does not start\n"


def test_lists_by_name() -> None:
    assert chosen(["codes", "merge"], ["merge"]) == ["merge"]
    assert chosen(["codes"], ["joining", "codes"]) == ["codes", "ceremony: joining"]
    with pytest.raises(NoSuchList, match="there is no list codse"):
        chosen(["codes"], ["codse"])
