"""The floors of page 10: a task at each of them passes, and one below is refused."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.tables.sources import axes_of
from schemas.task import Axis, Task
from sync.floors import check_floors
from tests.support.refusals import outcome, refused
from tests.sync.counted import CONTACTS, KINDS, QUARTERLY, SHARED, SUPPORTERS, UNITS, ZONES

REASONS = Axis("reason_primary", axes_of("contact")["reason_primary"])
ZONE = ZONES.axes[0]


@pytest.mark.parametrize("task", [CONTACTS, SHARED, QUARTERLY, SUPPORTERS, ZONES])
def test_these_keep_all_floors(task: Task) -> None:
    check_floors(task)


@pytest.mark.parametrize(
    ("task", "different", "expected"),
    [
        (CONTACTS, {"source": "diary"}, "task-floor"),
        (CONTACTS, {"source": "wellbeing"}, "task-floor"),
        (CONTACTS, {"axes": (Axis("occurred_on", KINDS.codes),)}, "task-floor"),
        (CONTACTS, {"axes": (Axis("contact_kind", ("group",)),)}, "task-floor"),
        (CONTACTS, {"axes": (Axis("contact_kind", ("group", "one_to_one")),)}, "ok"),
        (CONTACTS, {"axes": (Axis("contact_kind", ("one_to_one", "group")),)}, "task-floor"),
        (CONTACTS, {"axes": (Axis("contact_kind", ("group", "group")),)}, "task-floor"),
        (CONTACTS, {"axes": (Axis("contact_kind", ("group", "ward 7")),)}, "task-floor"),
        (CONTACTS, {"axes": (KINDS, KINDS)}, "task-floor"),
        (CONTACTS, {"axes": (KINDS, REASONS)}, "ok"),
        (CONTACTS, {"axes": (REASONS, KINDS)}, "ok"),
        (CONTACTS, {"axes": (REASONS, Axis("disposition", axes_of("contact")["disposition"]))}, "task-floor"),
        (CONTACTS, {"axes": (UNITS,)}, "task-floor"),
        (CONTACTS, {"axes": (UNITS,), "unit": "supporter", "bound": 20}, "ok"),
        (SUPPORTERS, {"bound": 21}, "task-floor"),
        (ZONES, {"axes": (ZONE, ZONE)}, "task-floor"),
        (ZONES, {"unit": "contact"}, "task-floor"),
        (ZONES, {"period_kind": "month"}, "task-floor"),
        (ZONES, {"bound": 2}, "task-floor"),
        (ZONES, {"bound": 0}, "task-floor"),
        (CONTACTS, {"bound": 0}, "task-floor"),
        (CONTACTS, {"bound": 1}, "ok"),
        (CONTACTS, {"bound": 61}, "task-floor"),
        (CONTACTS, {"epsilon": 0}, "task-floor"),
        (CONTACTS, {"epsilon": 1}, "ok"),
        (CONTACTS, {"epsilon": 101}, "task-floor"),
        (CONTACTS, {"k": 7}, "task-floor"),
        (CONTACTS, {"k": 3_000}, "ok"),
        (CONTACTS, {"shares": 1}, "task-floor"),
        (CONTACTS, {"shares": 4}, "task-floor"),
    ],
)
def test_a_floor(task: Task, different: dict[str, Any], expected: str) -> None:
    assert outcome(check_floors, replace(task, **different))[0] == expected


def test_no_table_has_more_than_256_cells() -> None:
    codes = axes_of("contact")["disposition"]
    modes = axes_of("contact")["modality"]
    for reasons, most in ((24, 10), (23, 11)):
        wide = Axis("reason_primary", REASONS.codes[:reasons]), Axis("disposition", codes[:most])
        check_floors(replace(CONTACTS, axes=wide))
    with refused("task-floor"):
        check_floors(replace(CONTACTS, axes=(REASONS, Axis("disposition", codes))))
    assert len(REASONS.codes) * len(codes) == 264
    check_floors(replace(CONTACTS, axes=(REASONS, Axis("modality", modes))))
