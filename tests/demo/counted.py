"""A released table, made up."""

from datetime import date

from demo.counting import Counted
from schemas.period import number_of
from schemas.tables.ready import ready
from stats.release import Release


def counted(name: str, month: int = 1, *, cells: dict[int, int] | None = None, noise: int = 0) -> Counted:
    """Of a month of 2026. `cells`: cell -> true number; each cell is released with `noise` added."""
    task = ready()[name].task("month", 2)
    truth = tuple((cells or {}).get(cell, 0) for cell in range(task.cells))
    period = number_of(task.period_kind, date(2026, month, 1))
    released = tuple(number + noise for number in truth)
    release = Release(task, period, bytes(32), released, 9, 0, date(2026, 6, 1))
    return Counted(name, release, truth, truth, (noise,) * task.cells)
