"""The command: its exit status, and clients of which nothing can be said."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from adversary import __main__ as command
from adversary.attacks.table import ATTACKS
from adversary.verdict import PREVENTED, UNNOTICED, Row

YES_MAN = f"""{sys.executable} -c 'for _ in open(0): print("{{\\"ok\\": {{}}}}", flush=True)'"""


def main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["adversary", *arguments])
    return command.main()


@pytest.mark.parametrize(("verdict", "status"), [(PREVENTED, 0), (UNNOTICED, 1)])
def test_the_status_says_whether_all_went_as_promised(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verdict: str, status: int
) -> None:
    async def run(attacks: Sequence[Any], client: Sequence[str], lanes: int, heard: Any, **_: object) -> list[Row]:
        assert (client, lanes) == (["my-client", "--quiet"], 3)
        rows = [Row(attack, verdict, (), "", 1, 0) for attack in attacks]
        heard(rows[0])
        return rows

    monkeypatch.setattr(command, "run", run)
    only = ("--only", ATTACKS[0].name)
    assert main(monkeypatch, "--client", "my-client --quiet", "--lanes", "3", *only) == status
    said = capsys.readouterr().out.splitlines()
    assert ATTACKS[0].name in said[0]
    assert said[-1] == f"adversary: 1 attacks, {status} unnoticed, 0 records lost"


def test_an_attack_that_is_none(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(monkeypatch, "--only", "reorder", "be-nice")
    assert "there is no attack be-nice" in capsys.readouterr().err


def test_the_attacks_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(monkeypatch, "--list") == 0
    assert len(capsys.readouterr().out.splitlines()) == len(ATTACKS)


def test_a_client_without_statistics_is_spared_attacks_on_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(monkeypatch, "--list", "--no-statistics") == 0
    listed = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert listed == {attack.name for attack in ATTACKS if not attack.counted} != {attack.name for attack in ATTACKS}


def test_what_was_said_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    assert main(monkeypatch, "--client", YES_MAN, "--only", "reorder", "--keep", str(keep)) == 2
    (said,) = keep.rglob("lead.jsonl")
    asked, answered = map(json.loads, said.read_text().splitlines()[:2])
    assert (asked["do"], answered) == ("found", {"ok": {}})
    with pytest.raises(SystemExit):
        main(monkeypatch, "--keep", str(keep))


@pytest.mark.parametrize(
    ("client", "said"),
    [("/nowhere/client", "does not start"), (f"{sys.executable} -c pass", "ended"), (YES_MAN, "founded no programme")],
)
def test_a_client_of_which_nothing_can_be_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], client: str, said: str
) -> None:
    assert main(monkeypatch, "--client", client, "--only", "reorder") == 2
    assert said in capsys.readouterr().err
