"""The command: one JSON object as its last line, and an exit status that means something."""

import json
import sys

import pytest

from demo import __main__ as command
from demo.claims import DemoFailed
from demo.ending import Ending
from demo.plan import Scale
from demo.proof import Proof
from demo.run import Outcome
from demo.screen import Screen
from tests.demo.counted import counted

KEYS = [
    "one_to_one",
    "group",
    "supporters",
    "phones",
    "recovered",
    "resources",
    "released_one_to_one",
    "released_group",
    "epsilon",
    "k",
    "reports",
    "markers_searched",
    "markers_found",
    "seconds",
]


@pytest.fixture(autouse=True)
def no_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["demo"])


def test_the_last_line_tells_what_happened(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    scale = Scale(supporters=8, linked=1, lost=1, days=30, one_to_one=7, group=2, buddies=9)
    monkeypatch.setattr(command, "full_scale", lambda: scale)
    assert command.main() == 0
    shown = capsys.readouterr()
    summary = json.loads(shown.out.splitlines()[-1])
    assert list(summary) == KEYS
    assert (summary["one_to_one"], summary["group"], summary["phones"], summary["recovered"]) == (7, 2, 10, 1)
    assert summary["markers_found"] == 0
    assert (summary["epsilon"], summary["k"], summary["reports"]) == (1.0, 8, 9)
    assert "weeks pass" in shown.err
    assert "Contacts by primary reason" in shown.err


def test_what_is_wrong_is_said_and_is_the_exit_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ending = Ending(0, 0, 0, 0, 0, 0, ("an entry is missing",))

    async def perform(*_: object) -> Outcome:
        return Outcome(ending, Proof(0, 0, {}, {}), (counted("contacts"),), 0.0, ending.wrong)

    monkeypatch.setattr(command, "perform", perform)
    assert command.main() == 1
    assert "an entry is missing" in capsys.readouterr().err


def test_a_story_without_an_end_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def perform(_: Scale, __: int, ___: Screen) -> Outcome:
        raise DemoFailed("both phones let the same edit win")

    monkeypatch.setattr(command, "perform", perform)
    assert command.main() == 1
    shown = capsys.readouterr()
    assert shown.err == "not so: both phones let the same edit win\n"
    assert shown.out == ""
