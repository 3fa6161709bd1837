"""`phone compare`, and who was not heard from: between two real phones of one server."""

from pathlib import Path

from cli.phone_sync import MOST_SILENT, _rows
from cli.standing import Standing
from cli.values import Words
from tests.cli.terminal import Person


def test_two_people_compare_by_code_and_by_words(lead: Person, tmp_path: Path) -> None:
    member = Person(tmp_path, "member")
    member.does("phone", "join", "--name", "Lou", typed=lead.does("lead", "invite")["tickets"][0])
    lead.does("phone", "sync")
    shown = lead.does("phone", "compare")
    spoken = f"{shown['position']} {' '.join(shown['words'])}"
    assert shown["code"].startswith("HALLWAY-COMPARE:")
    assert len(shown["words"]) == 6
    said = lead.says("phone", "compare")
    assert shown["code"] in said
    assert f"Over the telephone: {spoken}" in said
    for typed in (shown["code"], spoken, spoken.upper(), spoken.replace(" ", ", ")):
        assert member.does("phone", "compare", "--with", typed=typed) == {"result": "same"}
    assert "same history" in member.says("phone", "compare", "--with", typed=spoken)
    later = f"{shown['position'] + 9} {' '.join(shown['words'])}"
    assert member.does("phone", "compare", "--with", typed=later) == {"result": "sync first"}

    wrong = member.fails(1, "phone", "compare", "--with", typed=f"{shown['position']} abacuss {spoken.split()[2]}")
    assert wrong["problem"] == "compare-wrong"
    slip = f"{shown['position']} abacuss {' '.join(shown['words'][1:])}"
    assert "did you mean abacus?" in member.fails(1, "phone", "compare", "--with", typed=slip)["detail"]
    assert member.fails(2, "phone", "compare", "--with", typed=" ".join(shown["words"]))["problem"] == "usage"
    assert member.fails(1, "phone", "compare", "--with", typed=shown["code"][:-6])["problem"] == "compare-wrong"
    assert member.does("phone", "status")["notes"] == []

    others = " ".join(["abacus", "abdomen", "abdominal", "abide", "abiding", "ability"])
    told = member.does("phone", "compare", "--with", typed=f"{shown['position']} {others}")
    assert told == {"result": "different"}
    assert "two histories were shown" in member.says("phone", "status")


def test_lead_and_member_see_who_was_not_heard_from(lead: Person) -> None:
    assert lead.does("lead", "status")["silent"] == lead.does("phone", "status")["silent"] == []
    silent = [{"account": f"{at:032x}", "name": None, "role": "member", "days": 60 - at} for at in range(12)]
    found = Standing("active", silent=[{**silent[0], "name": "Lou"}, *silent[1:]])
    told = [value for label, value in _rows(found, Words("en")) if label == "silent"]
    assert told[0].startswith("Lou for 60 days: on holiday, or shown another history")
    assert told[1].startswith("account 00000000 for 59 days")
    assert told[MOST_SILENT:] == ["and 2 more"]
