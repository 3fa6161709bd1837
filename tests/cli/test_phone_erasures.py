"""What is going to be erased, as people see it, and erasing at once with the code on paper."""

from pathlib import Path

from rich.console import Console

from cli.phone_erasures import _listing, _plain
from device.erasing import Planned
from tests.cli.terminal import FIVE_OPTIONS, Person

PLANNED = Planned(b"\xab" * 32, "personal", b"\xcd" * 32, own=True, due=20_779, cosigned=False, bodies=12)


def test_an_erasure_tells_its_day_and_phone() -> None:
    assert _plain(PLANNED) == {
        "id": "ab" * 32,
        "space": "personal",
        "phone": "cd" * 32,
        "here": True,
        "due": "2026-11-22",
        "consented": False,
        "flushes": 12,
    }
    console = Console(width=120, record=True)
    console.print(_listing([PLANNED]))
    said = console.export_text()
    assert "2026-11-22" in said
    assert "(this one)" in said
    assert "12" in said


def test_the_code_on_paper_erases_at_once(lead: Person, tmp_path: Path) -> None:
    member = Person(tmp_path, "member")
    member.does("phone", "join", "--name", "Ida", typed=lead.does("lead", "invite")["tickets"][0])
    paper = member.does("phone", "code", "--show")["code"]
    member.does("phone", "code", "--confirm", typed=paper)
    record = member.does("phone", "log", *FIVE_OPTIONS)["record"]
    member.does("phone", "sync")
    assert member.does("phone", "erasures")["erasures"] == []
    assert "Nothing is erased" in member.says("phone", "erasures")
    assert member.fails(1, "phone", "erasures", "--withdraw", "abcdef")["problem"] == "unknown"
    assert member.fails(2, "phone", "erase", typed=paper)["problem"] == "usage"
    assert member.fails(4, "phone", "erase", "--now", typed="0000")["problem"] == "code-wrong"
    assert member.does("phone", "erase", "--now", typed=paper)["erased"] >= 1
    assert set(member.fields()) == {record}
    assert member.does("phone", "sync")["notes"] == []
