"""How much a supporter has carried lately: their own numbers, for themselves. No measure of health, and no advice
of a clinician: it compares the last weeks with the ones before and repeats what the supporter wrote.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from device.view import Record, day_of
from schemas.records import Fields, supervision_due
from schemas.records.formats import parse_date
from schemas.tables.sources import half_hours

WEEKS = 4
RECENT = timedelta(days=14)
BEFORE = timedelta(days=56)
MUCH = 8
"""Half hours in two weeks below which nobody is told that it is more than usual."""
MANY_RED = 3
DEBRIEF = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from `first` on: contacts, their half hours, those with somebody in red, shifts of presence."""

    first: date
    contacts: int
    half_hours: int
    red: int
    shifts: int


@dataclass(frozen=True, slots=True)
class Load:
    """`weeks`: the newest last, today its last day; `hints`: codes of the list `load_hint`."""

    weeks: tuple[Week, ...]
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Dated:
    day: date
    type: str
    fields: Mapping[str, Any]


def load(records: Iterable[Record], today: date, programme: Fields | None = None) -> Load:
    """From the owner's own records of any kind, in any shape; what lies after `today` is left out."""
    found = [each for each in map(_dated, records) if each is not None and each.day <= today]
    starts = [today - timedelta(days=7 * back - 1) for back in range(WEEKS, 0, -1)]
    return Load(tuple(_week(found, first) for first in starts), tuple(_hints(found, today, programme)))


def _week(found: list[_Dated], first: date) -> Week:
    here = [each for each in found if first <= each.day < first + timedelta(days=7)]
    contacts = [each for each in here if each.type == "contact"]
    red = sum(map(_met_red, contacts))
    shifts = sum(each.type == "presence_shift" for each in here)
    return Week(first, len(contacts), _half_hours(contacts), red, shifts)


def _hints(found: list[_Dated], today: date, programme: Fields | None) -> Iterable[str]:
    contacts = [each for each in found if each.type == "contact"]
    recent = [each for each in contacts if each.day > today - RECENT]
    before = _half_hours(each for each in contacts if today - RECENT - BEFORE < each.day <= today - RECENT)
    lately, usual = _half_hours(recent), before / (BEFORE / RECENT)
    if lately >= MUCH and before and lately >= 1.5 * usual:
        yield "more_than_usual"
    if sum(map(_met_red, recent)) >= MANY_RED:
        yield "red_zones"
    if any(map(_own_zone, (each for each in found if each.day > today - RECENT))):
        yield "own_zone"
    wanted = [each.day for each in contacts if each.fields.get("debrief_wanted") == "yes"]
    held = [each for each in found if each.type == "supervision"]
    last = max((day for day in wanted if day > today - DEBRIEF), default=None)
    if last is not None and not any(each.day >= last for each in held):
        yield "debrief_open"
    due = supervision_due((each.fields for each in held), programme, today)
    if recent and (due is None or due < today):
        yield "no_supervision"


def _dated(record: Record) -> _Dated | None:
    day = parse_date(day_of(record))
    return None if day is None else _Dated(day, record.type, record.fields)


def _half_hours(contacts: Iterable[_Dated]) -> int:
    bands = (each.fields.get("supporter_time_band", each.fields.get("duration_band")) for each in contacts)
    return sum(half_hours().get(band, 0) for band in bands if isinstance(band, str))


def _met_red(contact: _Dated) -> bool:
    return "red" in (contact.fields.get("zone_before"), contact.fields.get("zone_after"))


def _own_zone(each: _Dated) -> bool:
    if each.type == "contact":
        return each.fields.get("supporter_impact") in ("orange", "red")
    of_stress = each.type == "check_in" and each.fields.get("instrument") == "stress_continuum"
    return of_stress and each.fields.get("band") in ("orange", "red")
