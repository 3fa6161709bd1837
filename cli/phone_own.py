"""What supporters note about their own role: training, supervision, shifts of presence, on-call times, a plan."""

from typing import Any

from cli.errors import Usage
from cli.fields import Form, Reading
from cli.handset import Handset
from cli.values import short
from schemas.records import FieldSpec, Sentence, record_type


def _half_hours(spec: FieldSpec, typed: str, _: Reading) -> int:
    whole, _point, half = typed.partition(".")
    if whole.isascii() and whole.isdigit() and len(whole) < 4 and half in ("", "0", "5"):
        return 2 * int(whole) + (half == "5")
    option = TRAINING.option_of(spec.name)
    raise Usage(Sentence("use_hours", option=option, typed=typed), Sentence("use_hours_how"))


TRAINING = Form(
    record_type("training"),
    short={"completed": "date", "hours_half_steps": "hours", "competencies": "competency"},
    shapes={"hours_half_steps": Sentence("help_hours")},
    readers={"hours_half_steps": _half_hours},
)
SUPERVISION = Form(
    record_type("supervision"),
    short={"occurred_on": "date", "supervision_kind": "kind", "duration_band": "duration", "next_due": "next"},
)
SHIFT = Form(record_type("presence_shift"), short={"occurred_on": "date", "shift_band": "shift", "hours_band": "hours"})
AVAILABILITY = Form(
    record_type("availability"),
    short={"weekdays": "day", "starts_at": "from", "ends_at": "until", "first_on": "first", "last_on": "last"},
    shapes={"ends_at": Sentence("help_ends")},
)
PLAN = Form(record_type("plan"), short={"occurred_on": "date"})


@TRAINING.options
def training(handset: Handset, **typed: Any) -> None:
    """Log a course that you completed."""
    _log(handset, TRAINING, typed)


@SUPERVISION.options
def supervision(handset: Handset, **typed: Any) -> None:
    """Log a supervision or debrief of your own."""
    _log(handset, SUPERVISION, typed)


@SHIFT.options
def shift(handset: Handset, **typed: Any) -> None:
    """Log a shift of presence on a unit."""
    _log(handset, SHIFT, typed)


@AVAILABILITY.options
def availability(handset: Handset, **typed: Any) -> None:
    """Note when you are on call, by the week."""
    _log(handset, AVAILABILITY, typed)


@PLAN.options
def plan(handset: Handset, **typed: Any) -> None:
    """Note a plan of your own: what you anticipate, what you will do, and in which zone you turn to it."""
    _log(handset, PLAN, typed)


def _log(handset: Handset, form: Form, typed: dict[str, Any]) -> None:
    with handset.records() as records:
        reading = Reading(handset.language, records.programme(), lambda _: None)
        form.require(typed, reading)
        with form.refusals(handset.language):
            record = records.log(form.kind.name, form.read(typed, reading))
        handset.written(records, {"record": record.hex()}, handset.words(records).say("logged", record=short(record)))
