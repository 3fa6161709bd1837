"""Whether a resource is open: its weekly rules (RFC 5545) in its own time zone. Takes records in any shape."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from schemas.records.assurance import is_offered
from schemas.records.formats import FORMATS, parse_date
from schemas.records.values import Fields

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

_DAY = 24 * 60
_LOOK_AHEAD = timedelta(days=8)


class OpenState(StrEnum):
    """The codes of the list `open_state`."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Hours:
    """Open, closed or unknown; `until`: when that changes, in the resource's zone, if it does within a week."""

    state: OpenState
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Rule:
    """One weekly rule. `opens` and `closes` are minutes of its day; past midnight `closes` is above 1,440."""

    days: frozenset[int]
    opens: int
    closes: int
    interval: int
    start: date | None
    until: date | None

    def occurs(self, day: date) -> bool:
        """Whether it opens on that day (RFC 5545, section 3.3.10: FREQ=WEEKLY, BYDAY, INTERVAL, UNTIL)."""
        if day.weekday() not in self.days or (self.until is not None and day > self.until):
            return False
        if self.start is None:
            return True
        # Weeks are counted from Monday: the default of WKST.
        weeks = (_monday(day) - _monday(self.start)).days // 7
        return day >= self.start and weeks % self.interval == 0


def zone_of(name: str) -> tzinfo | None:
    """The zone called so in the IANA database, or of a fixed offset such as +05:30; None if there is no such."""
    if not FORMATS["timezone"][0].fullmatch(name):
        return None
    if name[0] in "+-":
        hours, minutes = int(name[1:3]), int(name[4:])
        return timezone((1 if name[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))
    return ZoneInfo(name) if name in _zone_names() else None


@cache
def _zone_names() -> frozenset[str]:
    # A system's own folder also holds `localtime`, and zones that count leap seconds: not the same on all phones.
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def hours(resource: Fields, now: datetime, local: tzinfo) -> Hours:
    """Whether `resource` is open at `now` (aware), and until when.

    Its times are those of its `timezone`, else of `local`, the phone's own zone. A time that the clocks skip or
    repeat is read as RFC 5545, section 3.3.5, says: with the offset before the change. Without rules, or where one
    cannot be read, what is not open by another rule is unknown rather than closed.
    """
    if resource.get("status") == "temporarily closed" or not is_offered(resource):
        return Hours(OpenState.CLOSED)
    name = resource.get("timezone")
    zone = local if name is None else zone_of(name) if isinstance(name, str) else None
    schedules = resource.get("schedules")
    if zone is None or not isinstance(schedules, list) or not schedules:
        return Hours(OpenState.UNKNOWN)
    rules = [_rule(entry) for entry in schedules]
    readable = [rule for rule in rules if rule is not None]
    today = now.astimezone(zone).date()
    end = now + _LOOK_AHEAD
    for opens, closes in _merged(sorted(_spans(readable, today, zone))):
        if opens <= now < closes:
            return Hours(OpenState.OPEN, closes.astimezone(zone) if closes < end else None)
        if opens > now and len(readable) == len(rules):
            return Hours(OpenState.CLOSED, opens.astimezone(zone) if opens < end else None)
    return Hours(OpenState.CLOSED if len(readable) == len(rules) else OpenState.UNKNOWN)


def is_24_7(resource: Fields) -> bool:
    """Whether the weekly rules cover every day from 00:00 to 24:00, from ever and for ever."""
    schedules = resource.get("schedules")
    days: set[int] = set()
    for entry in schedules if isinstance(schedules, list) else []:
        rule = _rule(entry)
        if rule is not None and rule.until is None and rule.start is None and (rule.opens, rule.closes) == (0, _DAY):
            days |= rule.days
    return len(days) == len(WEEKDAYS)


def _spans(rules: list[_Rule], today: date, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """Opening and closing instants (UTC) of the days around `today`; one may have begun the day before."""
    for ahead in range(-1, _LOOK_AHEAD.days + 2):
        day = today + timedelta(days=ahead)
        for rule in rules:
            if rule.occurs(day):
                opens, closes = _instant(day, rule.opens, zone), _instant(day, rule.closes, zone)
                # Nothing is left of hours that the clocks skip.
                if opens < closes:
                    yield opens, closes


def _merged(spans: list[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    held: tuple[datetime, datetime] | None = None
    for opens, closes in spans:
        if held is None:
            held = opens, closes
        elif opens <= held[1]:
            held = held[0], max(held[1], closes)
        else:
            yield held
            held = opens, closes
    if held is not None:
        yield held


def _instant(day: date, minutes: int, zone: tzinfo) -> datetime:
    wall = datetime.combine(day + timedelta(days=minutes // _DAY), time(minutes % _DAY // 60, minutes % 60), zone)
    # fold is 0: a repeated time is the first of the two, a skipped one keeps the offset before the change. As
    # instants, since Python compares times of one zone by the wall alone.
    return wall.astimezone(UTC)


def _rule(entry: Any) -> _Rule | None:
    """None for what cannot be read, such as a rule of a newer version."""
    if not isinstance(entry, dict) or entry.get("freq", "WEEKLY") != "WEEKLY":
        return None
    byday, interval = entry.get("byday"), entry.get("interval", 1)
    opens, closes = _minutes(entry.get("opens_at")), _minutes(entry.get("closes_at"))
    start, until = _day(entry, "dtstart"), _day(entry, "until")
    if not isinstance(byday, list) or not byday or any(day not in WEEKDAYS for day in byday):
        return None
    if opens is None or closes is None or not isinstance(interval, int) or interval < 1:
        return None
    if (interval > 1 and start is None) or any(name in entry and _day(entry, name) is None for name in _DATES):
        return None
    if closes == _DAY - 1:
        # HSDS knows no 24:00; its guidance for the end of a day is 23:59.
        closes = _DAY
    days = frozenset(WEEKDAYS.index(day) for day in byday)
    return _Rule(days, opens, closes if closes > opens else closes + _DAY, interval, start, until)


_DATES = ("dtstart", "until")


def _day(entry: Any, name: str) -> date | None:
    value = entry.get(name)
    return parse_date(value) if isinstance(value, str) else None


def _minutes(value: object) -> int | None:
    if not isinstance(value, str) or not FORMATS["time"][0].fullmatch(value):
        return None
    return int(value[:2]) * 60 + int(value[3:])


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
