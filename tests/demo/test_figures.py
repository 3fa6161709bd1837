"""What is printed of released tables: sums of cells with the error that belongs to them."""

from math import isclose, sqrt

from demo.figures import by_name, kind_released, line, shown
from stats.accuracy import deviation
from tests.demo.counted import counted

JANUARY = counted("contacts", 1, cells={0: 3, 14: 40, 15: 2}, noise=1)
FEBRUARY = counted("contacts", 2, cells={20: 5}, noise=-2)


def test_a_kind_is_the_sum_of_its_cells_over_modalities_and_months() -> None:
    found = line([JANUARY, FEBRUARY], 0, "one_to_one")
    assert found.truths == (42, 5)
    assert [figure.count for figure in found.figures] == [42 + 7, 5 - 14]
    assert found.released == kind_released([JANUARY, FEBRUARY], "one_to_one") == 40
    assert kind_released([JANUARY, FEBRUARY], "group") == 3 + 7 - 14
    assert isclose(found.deviation, sqrt(14) * deviation(JANUARY.release.scales))


def test_moral_injury_and_burnout_have_lines_of_their_own_however_few() -> None:
    reasons = counted("reasons", cells={0: 9, 2: 8, 3: 7, 4: 6, 5: 5, 6: 4})
    lines = [one.strip() for one in shown([JANUARY, FEBRUARY, reasons])]
    assert sum(one.startswith(("Moral injury or distress", "Burnout or exhaustion")) for one in lines) == 2
    assert list(by_name([JANUARY, FEBRUARY, reasons])) == ["contacts", "reasons"]


def test_true_and_released_stand_beside_each_other_with_error_and_promise() -> None:
    lines = shown([JANUARY, FEBRUARY])
    (row,) = [one.split() for one in lines if one.strip().startswith("One to one")]
    assert row == ["One", "to", "one", "42", "49", "+7", "sd", "7.4", "5", "-9", "-14", "sd", "7.4"]
    assert "  84 of 84 cells are within their 95 % interval." in lines
