"""Training, supervision, shifts, on-call times and plans from the command line, with the server gone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.fields import Form, Reading
from cli.phone_own import AVAILABILITY, PLAN, SHIFT, SUPERVISION, TRAINING
from tests.cli.terminal import Person
from tests.schemas.records.strategies import YOU_MATTER, records

FORMS = (TRAINING, SUPERVISION, SHIFT, AVAILABILITY, PLAN)
READING = Reading("en", YOU_MATTER, lambda _: None)


def typed_as(name: str, value: Any) -> Any:
    if name == "hours_half_steps":
        return f"{value // 2}.5" if value % 2 else str(value // 2)
    return str(value) if isinstance(value, int) else value


@given(
    st.sampled_from(FORMS).flatmap(lambda form: st.tuples(st.just(form), records(form.kind.name, YOU_MATTER))),
)
def test_every_valid_record_can_be_typed(made: tuple[Form, dict[str, Any]]) -> None:
    form, fields = made
    typed = {name: typed_as(name, value) for name, value in fields.items()}
    form.require(typed, READING)
    assert form.read(typed, READING) == fields


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.kind.name)
def test_options_are_distinct_and_fields_are_found_by_them(form: Form) -> None:
    options = [form.option_of(name) for name in form.kind.fields]
    assert len(set(options)) == len(options)
    assert [form.field_of(option) for option in options] == list(form.kind.fields)


def test_what_supporters_note_about_their_role_is_logged_and_listed(stranded: Person) -> None:
    course = ("--date", "2024-02-29", "--course", "Basic-Support", "--hours", "2.5", "--mode", "online")
    training = stranded.does("phone", "training", *course, "--competency", "listening", "--refresher-due", "2027-02-28")
    supervision = stranded.does("phone", "supervision", "--kind", "group", "--duration", "m60_89")
    shift = stranded.does("phone", "shift", "--shift", "night", "--hours", "h8_11", "--consults", "3")
    on_call = stranded.does(
        "phone", "availability", "--day", "mo", "--day", "TU", "--from", "20:00", "--until", "08:00"
    )
    plan = stranded.does("phone", "plan", "--anticipate", "workload_staffing", "--deter", "orange")
    assert plan["unsent"] == 5
    held = stranded.fields()
    assert held[training["record"]] == {
        "completed": "2024-02-29",
        "course": "basic_support",
        "hours_half_steps": 5,
        "mode": "online",
        "competencies": ["listening"],
        "refresher_due": "2027-02-28",
    }
    assert held[shift["record"]]["consults"] == 3
    assert held[on_call["record"]]["weekdays"] == ["MO", "TU"]
    assert held[supervision["record"]]["supervision_kind"] == "group"
    said = stranded.says("phone", "list", "--type", "training")
    assert "2024-02-29" in said
    assert "Basic peer support" in said
    assert "Arancione" in stranded.says("phone", "show", plan["record"], "--lang", "it")
    dated = [record["type"] for record in stranded.does("phone", "list")["records"]]
    assert dated[-2:] == ["training", "availability"]


def test_missing_options_are_named_with_their_codes(stranded: Person) -> None:
    error = stranded.fails(2, "phone", "training", "--hours", "4")
    assert error["missing"] == ["--course"]
    assert "basic_support" in error["detail"]
    assert stranded.fails(2, "phone", "shift")["missing"] == ["--shift", "--hours"]
    assert stranded.fails(2, "phone", "training", "--course", "basic_support", "--hours", "2.25")["problem"] == "usage"
    assert stranded.fails(2, "phone", "shift", "--shift", "day", "--hours", "lt_2", "--consults", "x")
    assert stranded.fails(1, "phone", "supervision", "--kind", "debrief", "--date", "2999-01-01")["problem"] == (
        "date-in-future"
    )
    assert stranded.fields() == {}
