"""Ready tables keep the floors, plans of presets keep the budget, and together they fill the reports."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.period import KINDS, Kind
from schemas.records import RecordError, preset_names
from schemas.tables.ready import Plan, plan, ready
from schemas.tables.sources import axes_of
from schemas.task import ONCE, Task

YEARS = range(2027, 2032)
NAMES = st.lists(st.sampled_from([name for name, each in ready().items() if not each.large]), unique=True)


def spent_within_budget(opened: list[tuple[Task, int]]) -> None:
    """Page 10, *Periods*, *Budget*, month by month: every period is made of months."""
    contacts, activity = Counter[int](), Counter[int]()
    years, quarters = defaultdict[tuple[str, int], int](int), Counter[int]()
    for task, number in opened:
        months = [number] if task.period_kind == "month" else [3 * number + each for each in range(3)]
        for month in months:
            contacts[month] += task.epsilon if task.unit == "contact" else 0
            activity[month] += not task.once
        if task.unit == "supporter":
            years["once" if task.once else "activity", months[0] // 12] += task.epsilon
        quarters[number] += task.source == "wellbeing"
    assert max(contacts.values(), default=0) <= 400
    assert max(activity.values(), default=0) <= 3
    assert max(years.values(), default=0) <= 400
    assert max(quarters.values(), default=0) <= 1


def opened(proposed: Plan, large: list[bool]) -> list[tuple[Task, int]]:
    """Five years; `large`: for each quarter, counted round."""
    found = []
    periods: list[tuple[Kind, int]] = [(kind, number) for kind in KINDS for number in numbers(kind)]
    for kind, each in periods:
        quarter = each if kind == "quarter" else each // 3
        for name in proposed.tables(kind, each, large=large[quarter % len(large)]):
            task = ready()[name].task(proposed.period_kind, 2)
            assert task.period_kind == kind
            found.append((task, each))
    return found


def numbers(kind: Kind) -> range:
    of_a_year = 12 if kind == "month" else 4
    return range(of_a_year * YEARS.start, of_a_year * YEARS.stop)


@pytest.mark.parametrize("large", [[False], [True], [False, True, True]])
@pytest.mark.parametrize("name", preset_names())
def test_a_preset_keeps_the_budget_for_five_years(name: str, large: list[bool]) -> None:
    found = opened(plan(name), large)
    assert found
    spent_within_budget(found)


@given(
    st.builds(
        Plan,
        st.sampled_from(KINDS),
        NAMES.map(lambda names: tuple(name for name in names if ready()[name].source not in ONCE)),
        NAMES.map(lambda names: tuple(name for name in names if ready()[name].source == "wellbeing")),
        NAMES.map(lambda names: tuple(name for name in names if ready()[name].source == "workforce")),
        st.sampled_from([(), ("unit_contacts",), ("unit_hours", "unit_contacts", "unit_groups")]),
    ),
    st.lists(st.booleans(), min_size=1, max_size=20),
)
def test_any_plan_keeps_the_budget(proposed: Plan, large: list[bool]) -> None:
    spent_within_budget(opened(proposed, large))


@pytest.mark.parametrize("name", preset_names())
def test_the_first_table_always_and_all_others_in_turn(name: str) -> None:
    proposed = plan(name)
    first, *others = proposed.activity
    turns = [proposed.tables("quarter", number, large=False) for number in range(8000, 8000 + len(others))]
    assert all(turn[0] == first and len(set(turn)) == 4 for turn in turns)
    assert not any(set(turn[1:3]) & set(after[1:3]) for turn, after in pairwise(turns))
    counts = Counter(table for turn in turns for table in turn[1:3])
    assert counts == dict.fromkeys(others, 2)


def test_wellbeing_and_workforce_take_turns_one_a_quarter() -> None:
    proposed = plan("you_matter")
    turns = [proposed.tables("quarter", number, large=False)[-1] for number in range(8000, 8012)]
    assert Counter(turns[::2]) == dict.fromkeys(proposed.wellbeing, 2)
    assert Counter(turns[1::2]) == dict.fromkeys(proposed.workforce, 3)
    assert {ready()[name].source for name in proposed.workforce} == {"workforce"}
    alone = replace(proposed, workforce=())
    assert [alone.tables("quarter", number, large=False)[-1] for number in range(8001, 8004)] == list(alone.wellbeing)


def test_a_large_programme_has_a_table_by_units_in_the_place_of_another() -> None:
    proposed = plan("you_matter")
    chosen = [ready()[name] for name in proposed.tables("quarter", 8107, large=True)]
    assert [each.task("quarter", 2).once for each in chosen].count(True) == 1
    assert sum(each.large for each in chosen) == 1
    assert len(chosen) == 4


@pytest.mark.parametrize("name", ready())
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shares", [2, 3])
def test_a_ready_table_keeps_the_floors(name: str, kind: Kind, shares: int) -> None:
    task = ready()[name].task(kind, shares)
    assert 1 <= len(task.axes) <= (1 if task.once else 2)
    assert len({axis.name for axis in task.axes}) == len(task.axes)
    for axis in task.axes:
        assert axis.codes == axes_of(task.source)[axis.name]
        assert 2 <= len(axis.codes) <= 64
    assert task.cells <= 256
    assert (task.epsilon, task.k, task.shares) == (100, 8, shares)
    if task.once:
        assert (task.unit, task.bound, task.period_kind) == ("supporter", 1, "quarter")
    elif task.unit == "supporter":
        assert (task.bound, task.period_kind) == (20, "quarter")
    else:
        assert (task.bound, task.period_kind) == (60, kind)
        assert "unit_group" not in {axis.name for axis in task.axes}


def test_the_reports_of_programmes_are_filled() -> None:
    crossed = {(each.source, each.axes) for each in ready().values()}
    assert crossed >= {
        ("contact", ("contact_kind", "people_band")),
        ("contact", ("initiation", "response_band")),
        ("contact", ("contact_kind", "modality")),
        ("contact", ("contact_kind", "duration_band")),
        ("hours", ("contact_kind",)),
        ("contact", ("reason_primary",)),
        ("contact", ("role_group",)),
        ("contact", ("unit_group",)),
        ("contact", ("visit_number", "relationship")),
        ("contact", ("disposition",)),
        ("contact", ("tier", "disposition")),
        ("referral", ("category", "method")),
        ("referral", ("category", "outcome")),
        ("follow_up", ("step",)),
        ("group", ("group_format", "people_band")),
        ("wellbeing", ("zone",)),
        ("wellbeing", ("burnout",)),
        ("presence", ("hours_band", "shift_band")),
        ("workforce", ("trained",)),
        ("workforce", ("refresher",)),
        ("workforce", ("supervision",)),
        ("wellbeing", ("who5",)),
    }
    reasons = axes_of("contact")["reason_primary"]
    assert {"moral_injury_distress", "burnout_exhaustion"} <= set(reasons)


def test_three_units_of_forty_people_are_counted_as_one() -> None:
    proposed = plan("buddy_care")
    for large in (False, True):
        tables = [
            ready()[name] for number in range(8104, 8120) for name in proposed.tables("quarter", number, large=large)
        ]
        assert "unit_group" not in {axis for each in tables for axis in each.axes}


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(RecordError, match="there is no preset"):
        plan("rise_and_shine")
