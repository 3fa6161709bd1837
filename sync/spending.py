"""The privacy budget: what may be opened beside what was opened (docs/protocol/10-statistics.md, *Budget*).

Every period lies in one calendar year, and so does every rule: the openings of that year decide.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from schemas.period import months
from schemas.task import Task
from sync.errors import Refused

MOST_EPSILON = 400
MOST_TABLES = 3
MOST_WELLBEING = 1

Ledger: TypeAlias = Mapping[tuple[bytes, int], Task]
"""(task id, period) -> task, of all that was opened: each counts once, however often it was opened."""
Belongs: TypeAlias = Callable[[Task], bool]


@dataclass(frozen=True, slots=True)
class Line:
    """What one rule has seen spent, the new opening included, and the most that it allows."""

    rule: str
    spent: int
    most: int


def lines(ledger: Ledger, key: tuple[bytes, int], task: Task) -> list[Line]:
    """The rules that an opening of `key` falls under, and how it would stand with each; epsilon in hundredths."""
    whole = {**ledger, key: task}
    own = months(task.period_kind, key[1])
    year = range(own[0] // 12 * 12, own[0] // 12 * 12 + 12)
    if task.once:
        found = [
            Line("epsilon of what counts a supporter once", _epsilon(whole, year, lambda one: one.once), MOST_EPSILON)
        ]
        if task.source == "wellbeing":
            tables = _tables(whole, own, lambda one: one.source == "wellbeing")
            found.append(Line("wellbeing tables a quarter", tables, MOST_WELLBEING))
        return found
    tables = max(_tables(whole, range(month, month + 1), lambda one: not one.once) for month in own)
    found = [Line("activity tables at one time", tables, MOST_TABLES)]
    if task.unit == "contact":
        spent = max(_epsilon(whole, range(month, month + 1), _by_contact) for month in own)
        return [*found, Line("epsilon of a contact", spent, MOST_EPSILON)]
    spent = _epsilon(whole, year, lambda one: not one.once and one.unit == "supporter")
    return [*found, Line("epsilon of a supporter's activity", spent, MOST_EPSILON)]


def check_budget(ledger: Ledger, key: tuple[bytes, int], task: Task) -> None:
    """Raises Refused `budget-spent` if a new opening of `key` would exceed a rule. What was opened is paid for."""
    if key in ledger:
        return
    for line in lines(ledger, key, task):
        if line.spent > line.most:
            raise Refused("budget-spent", f"{line.rule}: {line.spent} of {line.most}")


def _by_contact(task: Task) -> bool:
    return not task.once and task.unit == "contact"


def _within(ledger: Ledger, when: range, belongs: Belongs) -> list[Task]:
    """Those whose periods share a month with `when`."""
    return [
        task
        for (_, period), task in ledger.items()
        if belongs(task) and (own := months(task.period_kind, period)).start < when.stop and when.start < own.stop
    ]


def _epsilon(ledger: Ledger, when: range, belongs: Belongs) -> int:
    return sum(task.epsilon for task in _within(ledger, when, belongs))


def _tables(ledger: Ledger, when: range, belongs: Belongs) -> int:
    return len(_within(ledger, when, belongs))
