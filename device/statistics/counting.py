"""What one account adds to a table in a period, from its records (docs/protocol/10-statistics.md, *What counts*).

Pure: two phones of an account that hold the same records come to the same.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from device.statistics.workforce import standing
from device.view import Record
from schemas.period import last_day, number_of
from schemas.records import Fields
from schemas.records.formats import parse_date
from schemas.tables.sources import SourceAxis, half_hours, sources
from schemas.task import Task


@dataclass(frozen=True, slots=True)
class Contribution:
    """`cells`: the measurement: a number for each cell, or the one cell that a supporter is in.

    `counted`: ids of the records in it, the oldest first.
    """

    cells: tuple[int, ...] | int
    counted: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Dated:
    day: date
    id: bytes
    fields: Mapping[str, Any]


def contribution(
    task: Task,
    period: int,
    records: Iterable[Record],
    done: Mapping[int, Collection[bytes]],
    *,
    wellbeing_since: date | None,
    programme: Fields | None = None,
) -> Contribution:
    """The measurement for `period`, in bounds whatever the records hold, and what it counts.

    `records`: the account's own and the programme's resources, in any order. `done`: earlier periods in
    which this account counted for the task -> ids of what its report counted, none if there was no report or the
    server has not got it. What they left out is counted now. An opening that was replaced by another one of its period
    is not among them: nothing of it was added up. `wellbeing_since`: the day from which on the owner lets check-ins be
    counted; None: none are. `programme`: its settings, which say what training it requires.
    """
    given = list(records)
    before = {record for counted in done.values() for record in counted}
    if task.source == "workforce":
        return _workforce(task, period, given, programme)
    if task.once:
        found = [
            each
            for each in _dated(given, "check_in", task, {period})
            if each.id not in before and wellbeing_since is not None and wellbeing_since <= each.day
        ]
        return _once(task, found)
    categories = {
        record.id: _categories(record) for record in given if record.type == "resource" and record.space == "commons"
    }
    cells, counted, room = [0] * task.cells, list[bytes](), task.bound
    kind = "presence_shift" if task.source == "presence" else "contact"
    for each in _dated(given, kind, task, {period, *(earlier for earlier in done if earlier < period)}):
        if each.id in before:
            continue
        weight, cell = _weight(task.source, each.fields), _cell(task, each.fields, categories)
        if not weight or cell is None:
            continue
        # Not the next that would fit: what is left out is the newest, so that none waits for ever.
        if weight > room:
            break
        cells[cell] += weight
        counted.append(each.id)
        room -= weight
    return Contribution(tuple(cells), tuple(counted))


def _workforce(task: Task, period: int, records: Iterable[Record], programme: Fields | None) -> Contribution:
    """Nothing is used up: the same training counts in every quarter anew."""
    axis = task.axes[0]
    code = standing(axis.name, records, programme, last_day(task.period_kind, period))
    return Contribution(axis.codes.index(code) if code in axis.codes else task.cells - 1, ())


def _once(task: Task, found: Iterable[_Dated]) -> Contribution:
    axis = sources()[task.source][task.axes[0].name]
    fitting = [each for each in found if each.fields.get("instrument") == axis.instrument]
    if fitting:
        code = _code(axis, task.axes[0].codes, fitting[-1].fields, {})
        cell = None if code is None else task.cell((code,))
        if cell is not None:
            return Contribution(cell, (fitting[-1].id,))
    return Contribution(task.cells - 1, ())


def _dated(records: Iterable[Record], kind: str, task: Task, periods: Collection[int]) -> list[_Dated]:
    """By day, then by id: an order that all phones of the account know."""
    found = list[_Dated]()
    for record in records:
        # Only what lies in the owner's own space: a lead could place contacts in a shared one.
        if record.type != kind or record.space != "personal":
            continue
        value = record.fields.get("occurred_on")
        day = parse_date(value) if isinstance(value, str) else None
        if day is not None and number_of(task.period_kind, day) in periods:
            found.append(_Dated(day, record.id, record.fields))
    return sorted(found, key=lambda each: (each.day, each.id))


def _weight(source: str, fields: Mapping[str, Any]) -> int:
    """What the contact, or shift, adds to its cell: 0 if it is not of this source."""
    if source == "hours":
        band = fields.get("supporter_time_band", fields.get("duration_band"))
        return half_hours().get(band, 0) if isinstance(band, str) else 0
    if source == "group":
        return int(fields.get("contact_kind") == "group")
    if source == "referral":
        return int(bool(_first_referral(fields)))
    if source == "follow_up":
        return int(_step(fields) is not None)
    return int(source in ("contact", "presence"))


def _cell(task: Task, fields: Mapping[str, Any], categories: Mapping[bytes, str]) -> int | None:
    codes = list[str]()
    for axis in task.axes:
        code = _code(sources()[task.source][axis.name], axis.codes, fields, categories)
        if code is None:
            return None
        codes.append(code)
    return task.cell(codes)


def _code(
    axis: SourceAxis, cells: Collection[str], fields: Mapping[str, Any], categories: Mapping[bytes, str]
) -> str | None:
    """The code that the record has on the axis, or the one that stands for it; None if there is no cell for it."""
    value = _value(axis, fields, categories)
    if isinstance(value, str) and value in cells:
        return value
    stand_in = axis.missing if value is None else axis.other
    return stand_in if stand_in in cells else None


def _value(axis: SourceAxis, fields: Mapping[str, Any], categories: Mapping[bytes, str]) -> Any:
    if axis.name == "step":
        return _step(fields)
    if axis.field[0] == "referrals":
        referral = _first_referral(fields)
        if axis.name == "category" and "category" not in referral:
            resource = referral.get("resource")
            return categories.get(resource) if isinstance(resource, bytes) else None
        return referral.get(axis.field[1])
    value: Any = fields
    for part in axis.field:
        value = value.get(part) if isinstance(value, Mapping) else None
    if axis.name == "people_band" and value is None and fields.get("contact_kind") == "one_to_one":
        return "1"
    if axis.name == "tier" and isinstance(value, int):
        return str(value)
    return value


def _first_referral(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    referrals = fields.get("referrals")
    first = referrals[0] if isinstance(referrals, list) and referrals else None
    return first if isinstance(first, Mapping) else {}


def _step(fields: Mapping[str, Any]) -> str | None:
    """Whether the contact was a follow-up, agreed on one, or both: a contact is in one cell."""
    done = fields.get("initiation") == "scheduled_followup"
    agreed = fields.get("disposition") == "followup_agreed" or fields.get("followup_due", "none") != "none"
    return {(True, True): "done_and_agreed", (True, False): "done", (False, True): "agreed"}.get((done, agreed))


def _categories(record: Record) -> str:
    found = record.fields.get("categories")
    first = found[0] if isinstance(found, list) and found else ""
    return first if isinstance(first, str) else ""
