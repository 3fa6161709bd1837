"""Wellbeing check-ins: scored on the phone, for its owner's eyes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from device.records import Records
from device.view import Record
from schemas.records import Result, instrument, results, score

CHECK_IN = "check_in"


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Results: conversation starters, shown beside the crisis card. `record`: None if the instrument keeps nothing."""

    record: bytes | None
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A score of a day. `change`: since the check-in before it.

    None where none before it was scored alike, and where one of the two days has a second one: check-ins have no clock
    time, so which came first is not known. `meaningful`: whether the change is one by the instrument's own measure;
    None if it has none.
    """

    day: str
    record: bytes
    result: Result
    change: int | None
    meaningful: bool | None


def check_in(records: Records, name: str, answers: Mapping[str, object]) -> CheckIn:
    """Score and log. `answers`: item id -> value. Nobody is alerted. Raises RecordError."""
    fields = score(name, answers)
    # What is not kept is written nowhere: a record would be on the server, if sealed, with the next sync.
    record = records.log(CHECK_IN, fields) if instrument(name).kept else None
    return CheckIn(record, results(fields))


def trend(records: Records, name: str) -> dict[str, list[Point]]:
    """The owner's own scores with an instrument, the oldest first, by scale ("" where there is one).

    From this phone alone. Raises RecordError unknown-code.
    """
    pack = instrument(name)
    found = [record for record in records.list(CHECK_IN) if record.fields.get("instrument") == name]
    found.sort(key=lambda record: (_day(record), record.id))
    series: dict[str, list[tuple[Record, Result]]] = {scale.name: [] for scale in pack.scales}
    for record in found:
        for result in results(record.fields):
            series.setdefault(result.scale, []).append((record, result))
    return {scale: _points(each, pack.meaningful_change) for scale, each in series.items() if each}


def _points(series: list[tuple[Record, Result]], meaningful_change: int) -> list[Point]:
    alone = Counter(_day(record) for record, _ in series)
    changes: list[int | None] = [None]
    for (before, earlier), (after, later) in pairwise(series):
        known = alone[_day(before)] == alone[_day(after)] == 1 and _scoring(before) == _scoring(after)
        changes.append(later.score - earlier.score if known else None)
    return [
        Point(
            _day(record),
            record.id,
            result,
            change,
            None if change is None or not meaningful_change else abs(change) >= meaningful_change,
        )
        for (record, result), change in zip(series, changes, strict=True)
    ]


def _scoring(record: Record) -> tuple[object, object]:
    return record.fields.get("version"), record.fields.get("scoring_version")


def _day(record: Record) -> str:
    day = record.fields.get("occurred_on")
    return day if isinstance(day, str) else ""
