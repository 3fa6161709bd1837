"""The budget of page 10, against a plain reading of it day by day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.period import Kind, first_day, last_day
from schemas.task import Task
from sync.spending import Ledger, check_budget, lines
from tests.support.refusals import outcome
from tests.sync.counted import CONTACTS, QUARTERLY, SUPPORTERS, ZONES

HOURS = replace(CONTACTS, source="hours")
WORKFORCE = replace(ZONES, source="workforce")
YEAR = 2030
TASKS = (CONTACTS, HOURS, QUARTERLY, SUPPORTERS, replace(SUPPORTERS, period_kind="quarter"), ZONES, WORKFORCE)


def keeps(opened: dict[tuple[bytes, int], Task]) -> bool:
    """Page 10, word for word, by the days of whole years."""
    spans = [
        (task, first_day(task.period_kind, period), last_day(task.period_kind, period))
        for (_, period), task in opened.items()
    ]
    for year in {first.year for _, first, _ in spans}:
        own = [task for task, first, _ in spans if first.year == year]
        if sum(task.epsilon for task in own if task.once) > 400:
            return False
        if sum(task.epsilon for task in own if not task.once and task.unit == "supporter") > 400:
            return False
        day = date(year, 1, 1)
        while day.year == year:
            then = [task for task, first, last in spans if first <= day <= last]
            if sum(task.epsilon for task in then if task.unit == "contact") > 400:
                return False
            if sum(not task.once for task in then) > 3 or sum(task.source == "wellbeing" for task in then) > 1:
                return False
            day += timedelta(9)
    return True


def periods(kind: Kind) -> st.SearchStrategy[int]:
    a_year = 12 if kind == "month" else 4
    return st.integers(YEAR * a_year - 1, (YEAR + 1) * a_year)


@st.composite
def opened(draw: st.DrawFn) -> tuple[bytes, int, Task]:
    task = replace(draw(st.sampled_from(TASKS)), epsilon=draw(st.sampled_from((1, 50, 99, 100))))
    return bytes([draw(st.integers(0, 5))]) + task.source.encode(), draw(periods(task.period_kind)), task


@given(st.lists(opened(), min_size=15, max_size=40))
def test_whatever_the_order_nothing_exceeds_the_budget_and_nothing_within_it_is_refused(
    wanted: list[tuple[bytes, int, Task]],
) -> None:
    ledger: dict[tuple[bytes, int], Task] = {}
    known: dict[bytes, Task] = {}
    for name, period, task in wanted:
        counted = known.setdefault(name, task)
        if counted.period_kind != task.period_kind:
            continue
        key = name, period
        problem, _ = outcome(check_budget, ledger, key, counted)
        assert (problem == "ok") == keeps({**ledger, key: counted})
        if problem == "ok":
            ledger[key] = counted
            assert all(line.spent <= line.most for line in lines(ledger, key, counted))


JANUARY, FIRST_QUARTER = YEAR * 12, YEAR * 4


def ledger(*opened: tuple[Task, int]) -> Ledger:
    return {(bytes([at]), period): task for at, (task, period) in enumerate(opened)}


@pytest.mark.parametrize(
    ("before", "task", "period", "expected"),
    [
        ([], CONTACTS, JANUARY, "ok"),
        ([(CONTACTS, JANUARY)] * 2, CONTACTS, JANUARY, "ok"),
        ([(CONTACTS, JANUARY)] * 3, CONTACTS, JANUARY, "budget-spent"),
        ([(CONTACTS, JANUARY)] * 3, CONTACTS, JANUARY + 1, "ok"),
        ([(CONTACTS, JANUARY + 2)] * 3, QUARTERLY, FIRST_QUARTER, "budget-spent"),
        ([(CONTACTS, JANUARY + 3)] * 3, QUARTERLY, FIRST_QUARTER, "ok"),
        ([(QUARTERLY, FIRST_QUARTER)] * 3, CONTACTS, JANUARY + 1, "budget-spent"),
        ([(CONTACTS, JANUARY), (CONTACTS, JANUARY + 1)] * 2, QUARTERLY, FIRST_QUARTER, "ok"),
        ([(CONTACTS, JANUARY)] * 3, SUPPORTERS, JANUARY, "budget-spent"),
        ([(CONTACTS, JANUARY)] * 3, ZONES, FIRST_QUARTER, "ok"),
        ([(ZONES, FIRST_QUARTER)], ZONES, FIRST_QUARTER, "budget-spent"),
        ([(ZONES, FIRST_QUARTER)], WORKFORCE, FIRST_QUARTER, "ok"),
        ([(ZONES, FIRST_QUARTER + at) for at in range(4)], WORKFORCE, FIRST_QUARTER, "budget-spent"),
        ([(ZONES, FIRST_QUARTER + at) for at in range(4)], WORKFORCE, FIRST_QUARTER + 4, "ok"),
        ([(SUPPORTERS, JANUARY + at) for at in range(4)], SUPPORTERS, JANUARY + 11, "budget-spent"),
        ([(SUPPORTERS, JANUARY + at) for at in range(4)], SUPPORTERS, JANUARY + 12, "ok"),
        ([(SUPPORTERS, JANUARY + at) for at in range(4)], CONTACTS, JANUARY + 11, "ok"),
    ],
)
def test_a_rule_of_the_budget(before: list[tuple[Task, int]], task: Task, period: int, expected: str) -> None:
    assert outcome(check_budget, ledger(*before), (b"new", period), task)[0] == expected


def test_what_was_opened_is_paid_for() -> None:
    spent = ledger(*[(CONTACTS, JANUARY)] * 3)
    for key, task in spent.items():
        check_budget(spent, key, task)
