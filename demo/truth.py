"""The true totals of a table, counted from the ledgers: without the phones, and not with the code by which they count.

At most B contacts a supporter are counted in a period; nobody in the demonstration has as many.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from demo.ledger import Ledger
from schemas.period import first_day, last_day
from schemas.task import Task

INSTRUMENTS = {"zone": "stress_continuum", "burnout": "burnout_single_item"}


def true_totals(task: Task, period: int, ledgers: Iterable[Ledger]) -> tuple[int, ...]:
    """A number for each cell, of all that the ledgers hold now with a day in the period."""
    first, last = first_day(task.period_kind, period), last_day(task.period_kind, period)
    totals = [0] * task.cells
    for ledger in ledgers:
        kind = "check_in" if task.once else "contact"
        dated = [
            (fields["occurred_on"], record, fields)
            for record, (known, fields) in ledger.entries.items()
            if known == kind and first <= date.fromisoformat(fields["occurred_on"]) <= last
        ]
        if task.once:
            wanted = INSTRUMENTS[task.axes[0].name]
            bands = [fields["band"] for _, _, fields in sorted(dated, key=_order) if fields["instrument"] == wanted]
            cells = [task.cell(bands[-1:]) if bands else task.cells - 1]
        else:
            cells = [task.cell([_value(axis.name, fields) for axis in task.axes]) for _, _, fields in dated]
        for cell in cells:
            if cell is not None:
                totals[cell] += 1
    return tuple(totals)


def _order(dated: tuple[str, bytes, Mapping[str, Any]]) -> tuple[str, bytes]:
    return dated[:2]


def _value(axis: str, fields: Mapping[str, Any]) -> str:
    return str(fields["reasons"]["primary"] if axis == "reason_primary" else fields[axis])
