"""What this account has reported, by its own records: apart from the roster, which a restored server may forget."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crypto.public.encoding import Canonical
from device.reserved import PREFERENCES, REPORT, stage_reserved
from device.view import View
from schemas.period import months
from schemas.records.formats import parse_date
from schemas.task import Task
from sync.device.merge import RecordState, Value
from sync.spending import Ledger, lines
from sync.state import RosterState
from sync.tables import counts, spent, year_of

TAKEN, REFUSED, DENIED = "taken", "refused", "denied"
COUNTED, LEFT_OUT = "counted", "left_out"
FINAL = frozenset({REFUSED, COUNTED, LEFT_OUT})


@dataclass(frozen=True, slots=True)
class Reported:
    """A record of type `report`; its id is the nonce of the report. `cells`: cell -> count, of those that are not 0.

    `outcome`: `taken` by the server; `refused`: another phone's was taken, or the opening has ended; `denied`: the
    server says that it did not take it; `counted`, `left_out`: by the list that the period was closed with; "": not
    known yet.
    """

    record: bytes
    opening: bytes
    task: bytes
    counted_task: Task
    period: int
    cells: Mapping[int, int]
    counted: tuple[bytes, ...]
    outcome: str

    @property
    def stands(self) -> bool:
        """Whether the server may have it. What is not known counts as reported: better left out once than twice in."""
        return self.outcome != REFUSED

    @property
    def is_in_total(self) -> bool:
        """Whether it may be in a total."""
        return self.outcome not in (REFUSED, LEFT_OUT)


def stage_report(
    connection: Any,
    log: bytes,
    record: bytes,
    opening: bytes,
    ids: tuple[bytes, int],
    task: Task,
    cells: Iterable[int],
    counted: Iterable[bytes],
) -> None:
    """`ids`: task id and period; `cells`: the measurement as a number for each cell."""
    fields: dict[str, Canonical] = {
        "opening": opening,
        "task": ids[0],
        "source": task.source,
        "unit": task.unit,
        "epsilon": task.epsilon,
        "period_kind": task.period_kind,
        "period": ids[1],
        "cells": [{"cell": cell, "count": number} for cell, number in enumerate(cells) if number],
        "counted": list(counted),
    }
    stage_reserved(connection, log, record, REPORT, fields)


def stage_outcome(connection: Any, log: bytes, record: bytes, outcome: str) -> None:
    stage_reserved(connection, log, record, REPORT, {"outcome": outcome})


def reported(view: View, connection: Any) -> list[Reported]:
    """All of them, by record id; also what has not left this phone. What is no such record is left out."""
    log = view.logs["personal"]
    rows = connection.execute(
        "SELECT record FROM records WHERE log = ?1 AND type = ?2 AND deleted = 0"
        " UNION SELECT record FROM pending WHERE log = ?1 AND type = ?2 ORDER BY record",
        (log, REPORT),
    ).fetchall()
    found = list[Reported]()
    for (record,) in rows:
        state = view.state(bytes(record))
        one = _reported(bytes(record), state[1]) if state is not None and not state[1].deleted else None
        if one is not None:
            found.append(one)
    return found


def _reported(record: bytes, state: RecordState) -> Reported | None:
    fields: Any = state.values()
    try:
        task = Task(fields["source"], (), fields["unit"], 1, fields["epsilon"], 1, fields["period_kind"], 2)
        cells = {each["cell"]: each["count"] for each in fields["cells"]}
        months(task.period_kind, fields["period"])
        return Reported(
            record,
            fields["opening"],
            fields["task"],
            task,
            fields["period"],
            cells,
            tuple(fields["counted"]),
            fields.get("outcome", ""),
        )
    except (KeyError, TypeError):
        return None


def done_for(
    roster: RosterState, account: bytes, known: Iterable[Reported], opening: bytes
) -> dict[int, tuple[bytes, ...]]:
    """Periods in which the account counted for the table of `opening`, with what its reports counted.

    An opening that another one of its period replaced is none of them: nothing of it was added up.
    """
    task = roster.openings[opening].task
    done: dict[int, tuple[bytes, ...]] = {
        one.period: ()
        for id_, one in roster.openings.items()
        if id_ != opening and one.task == task and one.ended is None and counts(roster, one, account)
    }
    for one in known:
        there = roster.openings.get(one.opening)
        if one.task == task and one.opening != opening and one.is_in_total and (there is None or there.ended is None):
            done[one.period] = (*done.get(one.period, ()), *one.counted)
    return done


def why_not(roster: RosterState, known: Iterable[Reported], opening: bytes) -> str:
    """Why this account does not report to the opening, by its own list beside the roster's; empty if it does.

    A lead who puts the server back to before an opening could else ask for the same period, or spend the budget, twice.
    """
    made = roster.openings[opening]
    task, key = roster.tasks[made.task], (made.task, made.period)
    year = year_of(task, made.period)
    own: dict[tuple[bytes, int], Task] = {}
    for one in known:
        if not one.stands or one.opening == opening:
            continue
        there = roster.openings.get(one.opening)
        if (one.task, one.period) == key and (there is None or there.ended is None):
            return "this account has reported for the same table and period to an opening that the roster has no more"
        if months(one.counted_task.period_kind, one.period)[0] // 12 == year:
            own[one.task, one.period] = one.counted_task
    whole: Ledger = {**own, **spent(roster, year)}
    over = next((line for line in lines(whole, key, task) if line.spent > line.most), None)
    return "" if over is None else f"with what was reported before, {over.rule} would be {over.spent} of {over.most}"


def counted_since(view: View) -> date | None:
    """The day from which on the owner lets check-ins be counted; None: nobody's are before they say so.

    Where two phones said otherwise, neither knowing of the other, they are not, or from the later day on: the owner is
    shown no such conflict.
    """
    found = view.state(_preferences(view))
    fields = {} if found is None else found[1].fields
    said, days = fields.get("wellbeing", ()), [_day(one.value) for one in fields.get("wellbeing_since", ())]
    known = [day for day in days if day is not None]
    return max(known) if said and all(one.value is True for one in said) and known and None not in days else None


def set_wellbeing(connection: Any, view: View, today: date, *, on: bool) -> None:
    """One record for all phones of the account, in its own space: nobody else learns of it.

    `today`: what was answered before the day on which the owner let it be counted stays uncounted.
    """
    if on and counted_since(view) is not None:
        return
    fields: dict[str, Canonical] = {"wellbeing": on, **({"wellbeing_since": today.isoformat()} if on else {})}
    stage_reserved(connection, view.logs["personal"], _preferences(view), PREFERENCES, fields)


def _day(value: Value) -> date | None:
    return parse_date(value) if isinstance(value, str) else None


def _preferences(view: View) -> bytes:
    return view.logs["personal"][:16]
