"""A lead starts from a preset and makes it the programme's own; supporters' phones follow."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.records import preset, preset_names
from tests.cli.terminal import FIVE_OPTIONS, Person, Server, clean_environment, invoke


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    made.start()
    yield made
    made.stop()


def said(*arguments: str, folder: Path) -> str:
    done = invoke("presets", *arguments, environment=clean_environment(folder))
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_the_presets_have_a_line_each(tmp_path: Path) -> None:
    listed = json.loads(said("--json", folder=tmp_path))["presets"]
    assert [each["preset"] for each in listed] == list(preset_names())
    lines = said(folder=tmp_path).splitlines()
    for each in listed:
        [line] = [line for line in lines if line.split()[:1] == [each["preset"]]]
        assert each["about"] in line


def test_a_preset_is_shown_with_all_that_it_sets(tmp_path: Path) -> None:
    shown = said("ice-cream-rounds", folder=tmp_path)
    assert "Check-out" in shown
    assert "CJEM 2018" in shown
    document = json.loads(said("hart", "--json", folder=tmp_path))
    assert document["programme"] == preset("hart")
    assert document["statistics"]["activity"][0] == "contacts"
    done = invoke("presets", "nope", "--json", environment=clean_environment(tmp_path))
    assert json.loads(done.stderr)["problem"] == "unknown-code"


def test_a_lead_starts_from_a_preset_and_phones_follow(served: Server, tmp_path: Path) -> None:
    lead = Person(tmp_path, "lead")
    lead.does("lead", "found", "--preset", "prehospital", "--name", "Ada", typed=served.founding_ticket())
    lead.does("phone", "code", "--confirm", typed=lead.does("phone", "code", "--show")["code"])
    tickets = tmp_path / "tickets"
    lead.does("lead", "invite", "--count", "1", "--out", str(tickets))
    member = Person(tmp_path, "member")
    member.does("phone", "join", "--name", "Bo", typed=tickets.read_text().strip())
    contact = (*FIVE_OPTIONS, "--tier", "2", "--unit-group", "prehospital")
    first = member.does("phone", "log", *contact)["record"]
    assert "Psychologist" in member.says("phone", "show", first)

    settings = tmp_path / "settings.json"
    settings.write_text(
        json.dumps(
            {
                "display_name": "Blue light",
                "tiers": [{"code": "crew", "name": "Crew"}, {"code": "clinic", "name": "Clinic"}],
                "phases": None,
                "units": [
                    {"code": "emergency", "name": "Everybody on call", "folds": ["prehospital", "critical_care"]}
                ],
            }
        )
    )
    shown = lead.does("lead", "configure", "--settings", str(settings))
    assert shown["programme"]["display_name"] == "Blue light"
    assert shown["programme"]["courses"] == preset("prehospital")["courses"]
    assert "phases" not in shown["programme"]
    lead.does("phone", "sync")
    member.does("phone", "log", *contact)
    member.does("phone", "sync")
    assert member.fails(1, "phone", "log", *FIVE_OPTIONS, "--tier", "2")["field"] == "tier"
    folded = member.fails(2, "phone", "log", *FIVE_OPTIONS, "--unit-group", "prehospital")
    assert "Everybody on call" in json.dumps(folded)
    renamed = member.does("phone", "log", *FIVE_OPTIONS, "--tier", "1", "--unit-group", "emergency")["record"]
    told = member.says("phone", "show", renamed)
    assert "Clinic" in told
    assert "Everybody on call" in told
    # A member sets nothing.
    assert member.fails(1, "lead", "configure", "--settings", str(settings))["problem"]


def test_a_preset_says_which_tables_to_open_for_a_quarter(tmp_path: Path) -> None:
    tables = json.loads(said("rise", "--of", "2026-q4", "--json", folder=tmp_path))["tables"]
    assert len(tables) == 4
    assert tables[0] == "activations"
    large = json.loads(said("rise", "--of", "2026-q4", "--large", "--json", folder=tmp_path))["tables"]
    assert len(large) == 4
    assert {"unit_contacts", "unit_hours"} & set(large)
    assert "Activations by source" in said("rise", "--of", "2026-q4", folder=tmp_path)
    assert "unit_contacts" not in said("buddy_care", folder=tmp_path)
    for wrong in ("2026", "2026-11", "soon"):
        done = invoke("presets", "rise", "--of", wrong, "--json", environment=clean_environment(tmp_path))
        assert (done.exit_code, json.loads(done.stderr)["problem"]) == (2, "usage")
