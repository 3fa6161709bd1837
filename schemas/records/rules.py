"""Rules across several fields, named by the record types in `data/types/*.json`."""

from collections.abc import Callable, Iterator
from typing import Any

from schemas.records.crisis import names_programme
from schemas.records.errors import RecordError
from schemas.records.hours import zone_of
from schemas.records.instruments import score
from schemas.records.labels import Sentence

Rule = Callable[[dict[str, Any]], Iterator[RecordError]]


def _scored_by_instrument(fields: dict[str, Any]) -> Iterator[RecordError]:
    try:
        wanted = score(fields["instrument"], fields["answers"])
    except RecordError as error:
        yield error
        return
    for name in ("version", "scoring_version", "score", "band", "scales"):
        if fields.get(name) != wanted.get(name):
            made = f"these answers make it {wanted[name]!r}" if name in wanted else "this instrument has none"
            yield RecordError("wrong-score", name, f"{made}: score them again")


def _crisis_has_phone(fields: dict[str, Any]) -> Iterator[RecordError]:
    if fields.get("is_crisis") and not fields.get("phones"):
        yield RecordError("missing-field", "phones", "give a number: a crisis entry is there to be called")


def _timezone_is_known(fields: dict[str, Any]) -> Iterator[RecordError]:
    if "timezone" in fields and zone_of(fields["timezone"]) is None:
        yield RecordError("unknown-code", "timezone", "there is no such zone; write it like Europe/Rome or +05:30")


def _intervals_have_a_start(fields: dict[str, Any]) -> Iterator[RecordError]:
    for position, rule in enumerate(fields.get("schedules", [])):
        if rule.get("interval", 1) > 1 and "dtstart" not in rule:
            message = "say from which day every other week is counted"
            yield RecordError("missing-field", f"schedules[{position}].dtstart", message)


def _units_fold_once(fields: dict[str, Any]) -> Iterator[RecordError]:
    taken = {unit["code"] for unit in fields.get("units", [])}
    for position, unit in enumerate(fields.get("units", [])):
        for code in unit.get("folds", []):
            if code in taken:
                path = f"units[{position}].folds"
                yield RecordError("duplicate", path, f"{code} is already a unit, or folded into one")
            taken.add(code)


def _requirements_name_courses(fields: dict[str, Any]) -> Iterator[RecordError]:
    courses = {course["code"] for course in fields.get("courses", [])}
    tiers = len(fields.get("tiers", []))
    for position, requirement in enumerate(fields.get("training_requirements", [])):
        path = f"training_requirements[{position}]"
        if requirement["course"] not in courses:
            yield RecordError("unknown-code", f"{path}.course", "name one of the programme's courses")
        if requirement.get("tier", 0) >= tiers:
            yield RecordError("out-of-bounds", f"{path}.tier", f"there are {tiers} tiers, counted from 0")


def _crisis_card_names_no_programme(fields: dict[str, Any]) -> Iterator[RecordError]:
    card = fields.get("crisis_card", {})
    texts = [(f"texts[{at}]", text) for at, text in enumerate(card.get("texts", []))]
    texts += [(f"numbers[{at}].name", entry["name"]) for at, entry in enumerate(card.get("numbers", []))]
    for path, text in texts:
        # The card lies in clear on the phone: it must not tell a thief who supports whom.
        if names_programme(text, fields["display_name"]):
            message = "leave the programme's name out: this card is readable on a locked phone"
            yield RecordError("inconsistent", f"crisis_card.{path}", message)


def _in_order(earlier: str, later: str) -> Rule:
    def find(fields: dict[str, Any]) -> Iterator[RecordError]:
        # Dates as YYYY-MM-DD compare as text.
        if earlier in fields and later in fields and fields[later] < fields[earlier]:
            yield RecordError("inconsistent", later, Sentence("wrong_order", day=fields[earlier]))

    return find


RULES: dict[str, tuple[tuple[str, ...], Rule]] = {
    "scored_by_instrument": (
        ("instrument", "version", "scoring_version", "answers", "score", "band", "scales"),
        _scored_by_instrument,
    ),
    "crisis_has_phone": (("is_crisis", "phones"), _crisis_has_phone),
    "timezone_is_known": (("timezone",), _timezone_is_known),
    "intervals_have_a_start": (("schedules",), _intervals_have_a_start),
    "units_fold_once": (("units",), _units_fold_once),
    "requirements_name_courses": (("courses", "tiers", "training_requirements"), _requirements_name_courses),
    "refresher_after_course": (("completed", "refresher_due"), _in_order("completed", "refresher_due")),
    "next_supervision_later": (("occurred_on", "next_due"), _in_order("occurred_on", "next_due")),
    "availability_ends_later": (("first_on", "last_on"), _in_order("first_on", "last_on")),
    "crisis_card_names_no_programme": (("display_name", "crisis_card"), _crisis_card_names_no_programme),
}
"""Rule name -> the fields it looks at (required ones are there, all are well-formed), and the rule."""
