"""Correcting an entry of any type by one command, with the server gone."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.forms import FORMS, every_option, option_of
from crypto.public.base64url import b64
from schemas.records import languages, record_types
from tests.cli.terminal import FIVE_OPTIONS, Person

LOGGED = {
    "contact": ("log", *FIVE_OPTIONS),
    "training": ("training", "--course", "basic_support", "--hours", "2.5"),
    "supervision": ("supervision", "--kind", "group", "--duration", "m60_89"),
    "presence_shift": ("shift", "--shift", "night", "--hours", "h8_11", "--consults", "3"),
    "availability": ("availability", "--day", "mo", "--from", "20:00", "--until", "08:00", "--first", "2026-01-01"),
    "plan": ("plan", "--anticipate", "workload_staffing", "--deter", "orange"),
}
CHANGES: dict[str, tuple[tuple[str, ...], dict[str, Any], str]] = {
    "contact": (("--modality", "video", "--zone-before", "red"), {"modality": "video", "zone_before": "red"}, ""),
    "training": (("--mode", "online", "--remove", "hours"), {"mode": "online"}, "hours_half_steps"),
    "supervision": (("--kind", "Debrief", "--remove", "duration"), {"supervision_kind": "debrief"}, "duration_band"),
    "presence_shift": (("--hours", "lt_2", "--remove", "--consults"), {"hours_band": "lt_2"}, "consults"),
    "availability": (
        ("--day", "tu", "--day", "WE", "--last", "2026-12-31", "--remove", "first_on"),
        {"weekdays": ["TU", "WE"], "last_on": "2026-12-31"},
        "first_on",
    ),
    "plan": (("--anticipate", "other", "--remove", "deter"), {"anticipate": ["other"]}, "deter"),
}


def test_there_is_a_form_for_every_type_that_is_edited() -> None:
    own = {name for name, kind in record_types().items() if kind.space == "personal" and not kind.reserved}
    assert set(FORMS) == set(LOGGED) == set(CHANGES) == own - {"check_in", "failed_call", "reported_number"}
    assert [name for name, kind in record_types().items() if kind.fixed] == ["check_in"]


def test_every_option_of_every_type_is_there_once() -> None:
    @every_option
    def taken(**_: Any) -> None: ...

    options = [option_of(name) for name in taken.__signature__.parameters]  # type: ignore[attr-defined]
    wanted = {form.option_of(name) for form in FORMS.values() for name in form.kind.fields}
    assert sorted(options) == sorted(wanted)


@pytest.mark.parametrize("kind", LOGGED)
def test_an_edit_changes_what_it_names_and_nothing_else(stranded: Person, kind: str) -> None:
    record = stranded.does("phone", *LOGGED[kind])["record"]
    before = stranded.fields()[record]
    options, changed, gone = CHANGES[kind]
    done = stranded.does("phone", "edit", record[:8], *options)
    assert done["record"] == record
    assert stranded.fields()[record] == {name: each for name, each in before.items() if name != gone} | changed


@pytest.mark.parametrize("kind", LOGGED)
def test_an_edit_has_to_say_what(stranded: Person, kind: str) -> None:
    record = stranded.does("phone", *LOGGED[kind])["record"]
    error = stranded.fails(2, "phone", "edit", record)
    options = [FORMS[kind].option_of(name) for name in FORMS[kind].kind.fields]
    assert all(option in error["next"] for option in options)
    first = next(name for name, spec in FORMS[kind].kind.fields.items() if spec.required and not spec.default)
    assert stranded.fails(1, "phone", "edit", record, "--remove", first)["problem"] == "missing-field"


def test_an_option_of_another_type_is_refused_by_name(stranded: Person) -> None:
    record = stranded.does("phone", *LOGGED["training"])["record"]
    error = stranded.fails(2, "phone", "edit", record, "--course", "trained_peer", "--disposition", "closed_supported")
    assert error["option"] == "--disposition"
    assert "--competency" in error["next"]
    told = stranded.run("phone", "edit", record, "--disposition", "closed_supported", LANG="it_IT.UTF-8").stderr
    assert "è di tipo Formazione" in told
    twice = stranded.fails(2, "phone", "edit", record, "--mode", "online", "--remove", "mode")
    assert twice["detail"].startswith("--mode")
    assert stranded.fields()[record]["course"] == "basic_support"


def test_what_is_not_edited_says_what_to_do_instead(stranded: Person) -> None:
    answered = stranded.does("phone", "checkin", "stress_continuum", "0")["record"]
    error = stranded.fails(1, "phone", "edit", answered, "--date", "2026-01-01")
    assert error["problem"] == "not-edited"
    assert "hallway phone checkin" in error["next"]
    programme = next(iter(stranded.does("phone", "list", "--type", "programme")["records"]))["id"]
    assert "hallway lead configure" in stranded.fails(1, "phone", "edit", programme, "--mode", "online")["next"]
    call = stranded.does("phone", "import", str(_newer(stranded)))
    assert call["added"] == 2
    noted, newer = ("01" * 16, "02" * 16)
    assert "hallway phone failed" in stranded.fails(1, "phone", "edit", noted, "--date", "2026-01-01")["next"]
    assert "update hallway" in stranded.fails(1, "phone", "edit", newer, "--date", "2026-01-01")["next"]
    for lang in languages():
        assert "hallway phone delete" in stranded.run("phone", "edit", answered, "--lang", lang).stderr


def test_rules_across_fields_hold_for_what_an_edit_leaves(stranded: Person) -> None:
    record = stranded.does("phone", *LOGGED["availability"])["record"]
    error = stranded.fails(1, "phone", "edit", record, "--last", "2025-12-31")
    assert (error["problem"], error["field"]) == ("inconsistent", "last_on")
    assert error["detail"].startswith("--last: choose a day from 2026-01-01 on")
    told = stranded.run("phone", "edit", record, "--until", "25:00", LANG="it_IT.UTF-8").stderr
    assert told.startswith("--until: scrivi per esempio 08:30")
    assert "Ultimo giorno" in stranded.run("phone", "edit", record, "--remove", "x", LANG="it_IT.UTF-8").stderr
    stranded.does("phone", "edit", record, "--last", "2025-12-31", "--remove", "first")


def _newer(person: Person) -> Path:
    """An export with a call that failed, and a record of a type that nobody here knows."""
    call = {"resource": {"$bytes": b64(b"r" * 16)}, "failure": "no_answer", "occurred_on": "2026-01-01"}
    made = ((b"\x01", "failed_call", call), (b"\x02", "mood", {"zone": "red"}))
    records = [{"id": b64(id_ * 16), "type": kind, "version": 1, "fields": fields} for id_, kind, fields in made]
    path = person.folder / "newer.json"
    path.write_text(json.dumps({"records": records}))
    return path
