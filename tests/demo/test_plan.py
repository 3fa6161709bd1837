"""The plan: repeatable, complete, and possible."""

from collections import Counter
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.plan import CheckIn, Complete, Delete, Edit, Log, Plan, Scale, draw_plan
from demo.run import full_scale
from demo.story import data
from schemas.records import instrument, prepare, preset

ACTIVITY = data("activity.json")
SMALL = Scale(supporters=5, linked=2, lost=1, days=15, one_to_one=14, group=4)

scales = st.builds(
    Scale,
    supporters=st.integers(3, 8),
    linked=st.integers(0, 2),
    lost=st.integers(0, 1),
    days=st.integers(14, 60),
    one_to_one=st.integers(0, 30),
    group=st.integers(0, 6),
)


def remaining(plan: Plan) -> Counter[str]:
    """Contacts by kind that are left when everything was done."""
    deleted = {action.key for action in plan.actions() if isinstance(action, Delete)}
    logged = [action for action in plan.actions() if isinstance(action, Log)]
    return Counter(str(action.fields["contact_kind"]) for action in logged if action.key not in deleted)


def test_the_full_scale_is_the_published_activity() -> None:
    scale = full_scale()
    assert (scale.one_to_one, scale.group, scale.supporters, scale.linked, scale.lost) == (232, 21, 30, 10, 3)
    assert remaining(draw_plan(scale, ACTIVITY, Random(1))) == {"one_to_one": 232, "group": 21}


def test_a_seed_makes_one_plan() -> None:
    assert draw_plan(SMALL, ACTIVITY, Random(7)) == draw_plan(SMALL, ACTIVITY, Random(7))
    assert draw_plan(SMALL, ACTIVITY, Random(7)) != draw_plan(SMALL, ACTIVITY, Random(8))


@settings(max_examples=20)
@given(scales, st.integers())
def test_everything_happens_after_what_it_needs(scale: Scale, seed: int) -> None:
    plan = draw_plan(scale, ACTIVITY, Random(seed))
    assert remaining(plan) == Counter({"one_to_one": scale.one_to_one, "group": scale.group})
    written: dict[int, tuple[int, int]] = {}
    linked: set[int] = set()
    for day in plan.days:
        for action in day.actions:
            assert action.slot == 0 or action.supporter in linked
            if isinstance(action, Log | CheckIn):
                assert action.key not in written
                written[action.key] = (action.supporter, action.slot)
            else:
                assert written[action.key] == (action.supporter, action.slot)
            if isinstance(action, Delete):
                del written[action.key]
        assert all(slot == 0 or supporter in linked for supporter, slot in day.syncs)
        assert set(day.clashes) <= linked
        linked |= set(day.links)
    links, clashes, losses = (
        [one for day in plan.days for one in getattr(day, name)] for name in ("links", "clashes", "losses")
    )
    assert sorted(links) == sorted(clashes) == sorted(linked)
    assert (len(links), len(losses)) == (scale.linked, scale.lost)
    assert not set(losses) & linked


def test_what_is_written_is_what_a_phone_takes() -> None:
    plan = draw_plan(full_scale(), ACTIVITY, Random(3))
    today, programme = date(2026, 1, 20), preset("you_matter")
    stored: dict[int, dict[str, object]] = {}
    for action in plan.actions():
        if isinstance(action, Log):
            stored[action.key] = dict(prepare("contact", action.fields, today=today, programme=programme))
        elif isinstance(action, Complete | Edit):
            before = stored[action.key]
            if isinstance(action, Complete):
                assert not before.keys() & action.fields.keys()
            gone = action.removed if isinstance(action, Edit) else ()
            assert set(gone) <= before.keys()
            ready = prepare("contact", action.fields, today=today, programme=programme, stored=before, removed=gone)
            stored[action.key] = {name: value for name, value in {**before, **ready}.items() if name not in gone}


def test_everybody_checks_in_with_both_instruments() -> None:
    plan = draw_plan(full_scale(), ACTIVITY, Random(3))
    taken = [action for action in plan.actions() if isinstance(action, CheckIn)]
    assert Counter(action.instrument for action in taken) == {"stress_continuum": 180, "burnout_single_item": 30}
    for action in taken:
        assert {item.id for item in instrument(action.instrument).items} == action.answers.keys()


@pytest.mark.parametrize("change", [{"linked": 5}, {"days": 13}])
def test_a_scale_that_does_not_fit_together_is_refused(change: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="two weeks"):
        draw_plan(replace(SMALL, **change), ACTIVITY, Random(1))
