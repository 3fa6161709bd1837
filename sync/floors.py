"""What every task keeps, whoever signed it: compiled into phones (docs/protocol/10-statistics.md, *Tasks*)."""

from itertools import pairwise

from schemas.tables.sources import axes_of
from schemas.task import Axis, Task
from sync.errors import Refused

MOST_CELLS = 256
FEWEST_CODES = 2
MOST_EPSILON = 100
FEWEST_ACCOUNTS = 8
MOST_BOUND = {"contact": 60, "supporter": 20}
SHARES = (2, 3)
BY_SUPPORTER = "unit_group"
"""An axis that says where people work: how often one supporter was there is theirs to hide, not one contact's."""


def check_floors(task: Task) -> None:
    """Raises Refused `task-floor`, naming the floor."""
    axes = axes_of(task.source)
    for axis in task.axes:
        if axis.name not in axes:
            raise Refused("task-floor", "there is no such source, or no such axis of it")
        _check_codes(axis, axes[axis.name])
    if len({axis.name for axis in task.axes}) != len(task.axes) or (task.once and len(task.axes) != 1):
        raise Refused("task-floor", "a table has two different axes, or one; of what is counted once, one")
    if task.cells > MOST_CELLS:
        raise Refused("task-floor", f"a table has at most {MOST_CELLS} cells")
    if task.unit != "supporter" and (task.once or any(axis.name == BY_SUPPORTER for axis in task.axes)):
        raise Refused("task-floor", f"what is counted once, and tables by {BY_SUPPORTER}, protect the whole supporter")
    if task.once and task.period_kind != "quarter":
        raise Refused("task-floor", "what is counted once is counted by the quarter")
    most = 1 if task.once else MOST_BOUND[task.unit]
    if not 1 <= task.bound <= most:
        raise Refused("task-floor", f"the bound of this table is 1 to {most}")
    if not 1 <= task.epsilon <= MOST_EPSILON:
        raise Refused("task-floor", f"epsilon is 0.01 to {MOST_EPSILON / 100:.2f}")
    if task.k < FEWEST_ACCOUNTS:
        raise Refused("task-floor", f"no release is of fewer than {FEWEST_ACCOUNTS} accounts")
    if task.shares not in SHARES:
        raise Refused("task-floor", "a report has two or three shares")


def _check_codes(axis: Axis, codes: tuple[str, ...]) -> None:
    if len(axis.codes) < FEWEST_CODES or any(code not in codes for code in axis.codes):
        raise Refused("task-floor", "an axis has two codes or more, all of its field")
    if any(earlier >= later for earlier, later in pairwise(axis.codes)):
        raise Refused("task-floor", "the codes of an axis ascend")
