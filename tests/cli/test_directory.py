"""The directory as a supporter and a lead use it, from the command line."""

import json
from pathlib import Path

import jsonschema_rs

from tests.cli.conftest import DIRECTORY
from tests.cli.terminal import Person, Server

RULES = Path(__file__).resolve().parents[1] / "schemas" / "records" / "hsds-3.0.json"
SERVICE = {
    "id": "ac148810-d857-441c-9679-408f346de14b",
    "name": "Zebra counselling",
    "alternate_name": "Striped",
    "status": "active",
    "phones": [{"id": "1554f2e2-a373-45db-a3fa-9fc48a61c15e", "number": "+1 555 0177", "description": "Ask for Ann"}],
    "schedules": [{"id": "48102e86-bb50-41c4-8f1e-e269368c41d1", "freq": "MONTHLY", "byday": "1SA", "opens_at": "9"}],
    "languages": [{"id": "2989d3ed-c547-48f8-8f9d-432d81c7892e", "name": "Spanish"}],
}
CSV = "name,categories,assured_date,schedules,timezone,phones\nOwl line,crisis_line,2020-01-01,{},{},+1 555 0188\n"
ALWAYS = '"MO,TU,WE,TH,FR,SA,SU|00:00|24:00"'


def one(person: Person, *arguments: str) -> dict[str, object]:
    found: dict[str, object] = person.does("phone", "find", *arguments)["resources"][0]
    return found


def test_services_of_hsds_come_in_and_what_is_not_kept_is_said(stranded: Person, tmp_path: Path) -> None:
    file = tmp_path / "hsds.json"
    file.write_text(json.dumps([SERVICE]))
    refused = stranded.fails(1, "lead", "directory", "import", str(file))
    assert {(row["field"], row["problem"]) for row in refused["errors"]} == {
        ("assured_date", "missing-field"),
        ("categories", "missing-field"),
    }
    given = ("--category", "psychologist_therapist", "--assured", "2026-01-31", "--timezone", "Europe/Rome")
    said = stranded.says("lead", "directory", "import", str(file), *given)
    assert "1 resources added" in said
    for lost in ("alternate_name", "phones.description", "not a plain weekly rule"):
        assert lost in said
    assert "non conservato" in stranded.says("lead", "directory", "import", str(file), *given, "--lang", "it")
    fields = one(stranded, "zebra")["fields"]
    assert fields == {
        "name": "Zebra counselling",
        "status": "active",
        "assured_date": "2026-01-31",
        "categories": ["psychologist_therapist"],
        "timezone": "Europe/Rome",
        "languages": ["es"],
        "phones": [{"number": "+1 555 0177", "type": "voice"}],
    }
    wrong = stranded.fails(2, "lead", "directory", "import", str(file), "--assured", "yesterday")
    assert wrong["problem"] == "usage"


def test_an_export_is_hsds_and_comes_back_without_a_change(stranded: Person, tmp_path: Path) -> None:
    stranded.does("lead", "directory", "import", str(DIRECTORY))
    file = tmp_path / "out.json"
    assert stranded.does("lead", "directory", "export", str(file)) == {"file": str(file), "services": 24}
    services = json.loads(file.read_text())
    validator = jsonschema_rs.validator_for(json.loads(RULES.read_text()), validate_formats=True)
    assert list(validator.iter_errors(services)) == []
    back = stranded.does("lead", "directory", "import", str(file))
    assert (back["added"], back["changed"], back["same"], back["remarks"]) == (0, 0, 24, [])
    assert stranded.fails(1, "lead", "directory", "export", str(file))["problem"] == "file-exists"


def test_a_supporter_notes_a_number_that_did_not_work_and_the_lead_clears_it(server: Server, tmp_path: Path) -> None:
    lead = server.founded("owls")
    file = tmp_path / "owl.csv"
    file.write_text(CSV.format(ALWAYS, "Asia/Tokyo"))
    lead.does("lead", "directory", "import", str(file))
    member = Person(tmp_path, "member")
    lead.does("phone", "sync")
    member.does("phone", "join", "--name", "Bo", typed=lead.does("lead", "invite")["tickets"][0])
    owl = one(member, "owl")
    assert (owl["open"], owl["until"], owl["freshness"], owl["failed"]) == ("open", None, "red", [])
    assert "open day and night" in member.says("phone", "find", "owl")

    noted = member.does("phone", "failed", str(owl["id"]), "--why", "wrong-number")
    assert (noted["shared"], noted["told"], noted["tell"]) == (False, True, "Owl line, +1 555 0188: Wrong number")
    assert "not from whom" in member.says("phone", "failed", str(owl["id"]))
    kept = member.does("phone", "failed", str(owl["id"]), "--why", "other", "--untold")
    assert kept["told"] is False
    member.does("phone", "delete", kept["record"])
    failed = one(member, "owl")["failed"]
    assert isinstance(failed, list)
    assert sorted(note["failure"] for note in failed) == ["no_answer", "wrong_number"]
    member.does("phone", "sync")
    lead.does("phone", "sync")
    # The lead's phone has looked at today's slips already, before there was this one.
    assert one(lead, "owl")["failed"] == []

    told = lead.does("phone", "failed", str(owl["id"]), "--why", "wrong_number", "--number", "+1 555 0188")
    assert told["shared"] is True
    due = lead.does("lead", "directory", "due")["resources"]
    assert due[0]["fields"]["name"] == "Owl line"
    assert "Wrong number, +1 555 0188" in lead.says("lead", "directory", "due")
    lead.does("phone", "sync")
    member.does("phone", "sync")
    assert {note["type"] for note in member.does("phone", "find", "owl")["resources"][0]["failed"]} == {
        "failed_call",
        "failing_number",
    }
    cleared = lead.does("lead", "directory", "checked", str(owl["id"]), "--status", "temporarily_closed")
    assert cleared["cleared"] == 1
    lead.does("phone", "sync")
    member.does("phone", "sync")
    after = one(member, "owl")
    assert (after["freshness"], after["open"]) == ("fresh", "closed")
    refused = member.fails(1, "lead", "directory", "checked", str(owl["id"]))
    assert refused["problem"] == "not-allowed"
    assert member.fails(2, "phone", "failed", str(owl["id"]), "--why", "rude")["problem"] == "unknown-code"
    assert member.fails(1, "phone", "failed", noted["record"])["problem"] == "not-a-resource"


def test_what_is_found_reads_in_the_reader_s_language(stranded: Person, tmp_path: Path) -> None:
    file = tmp_path / "owl.csv"
    file.write_text(CSV.format(ALWAYS, "Europe/Rome"))
    stranded.does("lead", "directory", "import", str(file))
    said = stranded.says("phone", "find", "gufo owl", LANG="it_IT.UTF-8")
    for word in ("Nome", "Orari", "aperta giorno e notte", "Linea di crisi", "Non verificata da molto"):
        assert word in said
    assert "Nothing is due" not in stranded.says("lead", "directory", "due")
    assert stranded.fails(2, "phone", "find", "--language", "Spanish!")["problem"] == "usage"
    assert "Emergenza (IT): 112" in stranded.says("phone", "crisis", "--lang", "it", TZ="Europe/Rome")


def test_a_number_that_nobody_confirmed_says_so(stranded: Person) -> None:
    said = stranded.says("phone", "crisis", "--region", "th")
    assert "Emergency (TH): 112" in said
    assert "112 is not confirmed for where you are" in said
    assert "confirmed" not in stranded.says("phone", "crisis", "--region", "it")
    # Catalan is not Canada.
    assert "911" not in stranded.says("phone", "crisis", LANG="ca.UTF-8")
