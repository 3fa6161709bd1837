"""Cells of a table, and the noise in each."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.task import Axis, Task

KINDS = Axis("contact_kind", ("group", "one_to_one", "unit_presence"))
MODALITIES = Axis("modality", ("phone", "video"))
ZONES = Axis("zone", ("green", "orange", "red", "yellow"))
CONTACTS = Task("contact", (KINDS, MODALITIES), "contact", 60, 100, 8, "month", 2)
WELLBEING = Task("wellbeing", (ZONES,), "supporter", 1, 50, 8, "quarter", 3)


def test_the_last_axis_is_the_fastest() -> None:
    assert CONTACTS.cells == 6
    assert CONTACTS.cell(("group", "video")) == 1
    assert CONTACTS.cell(("unit_presence", "phone")) == 4
    assert CONTACTS.cell(("unit_presence", "email")) is None
    with pytest.raises(ValueError, match="shorter"):
        CONTACTS.cell(("group",))


def test_a_supporter_is_in_one_cell_or_in_none() -> None:
    assert WELLBEING.cells == 5
    assert WELLBEING.codes_of(4) == ()
    assert WELLBEING.cell(("yellow",)) == 3


@given(st.sampled_from([CONTACTS, WELLBEING]), st.data())
def test_a_cell_has_its_codes(task: Task, data: st.DataObject) -> None:
    cell = data.draw(st.integers(0, task.cells - 1 - task.once))
    assert task.cell(task.codes_of(cell)) == cell


def test_the_noise_hides_one_unit() -> None:
    assert CONTACTS.scale == 2
    assert WELLBEING.scale == 4
    hours = Task("hours", (KINDS,), "contact", 60, 100, 8, "month", 2)
    assert hours.scale == 6
    supporter = Task("contact", (KINDS,), "supporter", 20, 100, 8, "month", 2)
    assert supporter.scale == Fraction(40)
