"""Sums from published cells, and nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.task import Axis
from stats.accuracy import deviation, half_width
from stats.release import Release
from stats.report.words import facts, rows, summary, title
from stats.table import Figure, added, days, table
from tests.stats.report.samples import AUTUMN, KINDS, MODALITIES, OCTOBER, ZONES, release, task

CROSSED = task("contact", ("contact_kind", KINDS), ("modality", MODALITIES), shares=3)
ZONE = task("wellbeing", ("zone", ZONES))
TRAINED = replace(task("workforce", ("trained", ("partly", "trained"))), unit="supporter")
BURNOUT = task("wellbeing", ("burnout", ("burned_out", "not_burned_out")))


def month(period: int, *, shares: int = 3) -> Release:
    """Of three shares, and so with two noises."""
    of = replace(CROSSED, shares=shares)
    return release(of, [10 * place for place in range(12)], period, 30, seed=period % 251)


def test_a_figure_has_the_noise_of_each_of_its_cells() -> None:
    shown = table(month(OCTOBER))
    cells = shown.cells
    assert shown.figure(3) == Figure(cells[3], half_width([CROSSED.scale] * 2), deviation([CROSSED.scale] * 2))
    assert shown.figure(1, 5, 9).count == cells[1] + cells[5] + cells[9]
    assert shown.figure(1, 5, 9).error == half_width([CROSSED.scale] * 6)
    assert shown.along(0, 1).count == sum(cells[4:8])
    assert shown.along(1, 2).count == cells[2] + cells[6] + cells[10]
    assert shown.total() == shown.figure(*range(12))
    with pytest.raises(ValueError):
        shown.figure(1, 2, 1)


def test_months_add_up_to_a_quarter_and_a_year() -> None:
    months = [month(OCTOBER + place, shares=2 + (place > 0)) for place in range(3)]
    quarter = added(reversed(months), "quarter", AUTUMN)
    assert quarter.cells == tuple(map(sum, zip(*(one.cells for one in months), strict=True)))
    assert quarter.figure(0).deviation == pytest.approx(deviation([CROSSED.scale] * 5))
    assert quarter.reports == (30, 30, 30)
    assert days(quarter) == ("2026-10-01", "2026-12-31")
    year = added([month(12 * 2026 + place) for place in range(12)], "year", 2026)
    assert days(year) == ("2026-01-01", "2026-12-31")
    quarters = [
        replace(month(OCTOBER), task=replace(CROSSED, period_kind="quarter"), period=8104 + q) for q in range(4)
    ]
    assert days(added(quarters, "year", 2026)) == ("2026-01-01", "2026-12-31")


def test_the_second_aggregator_may_have_joined_meanwhile() -> None:
    alone = month(OCTOBER, shares=2)
    shown = added([alone, month(OCTOBER + 1), month(OCTOBER + 2)], "quarter", AUTUMN)
    assert shown.figure(0).error == half_width([CROSSED.scale] * 5)


def test_what_is_not_every_period_once_is_no_sum() -> None:
    months = [month(OCTOBER + place) for place in range(3)]
    other = replace(CROSSED, axes=(Axis("contact_kind", KINDS), Axis("modality", MODALITIES[::-1])))
    for wrong in (
        [],
        months[:2],
        [*months, months[0]],
        [months[0], months[0], months[2]],
        [month(OCTOBER - 1), *months[:2]],
        [*months[:2], replace(months[2], task=other)],
        [*months[:2], replace(months[2], task=replace(CROSSED, unit="supporter"))],
    ):
        with pytest.raises(ValueError):
            added(wrong, "quarter", AUTUMN)
    with pytest.raises(ValueError):
        added(months, "month", OCTOBER)
    with pytest.raises(ValueError):
        added(months, "year", 2026)


def test_people_are_not_added_up() -> None:
    quarters = [release(ZONE, [8, 3, 1, 6, 2], 4 * 2026 + place, 20, seed=place) for place in range(4)]
    with pytest.raises(ValueError):
        added(quarters, "year", 2026)


def test_wellbeing_as_a_whole() -> None:
    zones = table(Release(ZONE, AUTUMN, bytes(32), (400, 150, 50, 300, 100), 1000, 0, release_day))
    mean, low = zones.mean_zone(), zones.low_share()
    assert mean is not None
    assert low is not None
    assert mean.value == pytest.approx((400 + 2 * 300 + 3 * 150 + 4 * 50) / 900)
    assert low.value == pytest.approx(200 / 900)
    assert zones.total().count == 900
    burnout = table(Release(BURNOUT, AUTUMN, bytes(32), (120, 280, 600), 1000, 0, release_day))
    assert burnout.mean_zone() is None
    share = burnout.low_share()
    assert share is not None
    assert share.value == pytest.approx(0.3)
    few = table(Release(ZONE, AUTUMN, bytes(32), (2, -1, 3, 0, 10), 14, 0, release_day))
    assert few.mean_zone() is few.low_share() is None
    assert table(month(OCTOBER)).low_share() is None


def test_the_workforce_as_a_whole() -> None:
    trained = table(Release(TRAINED, AUTUMN, bytes(32), (120, 280, 600), 1000, 0, release_day))
    share = trained.good_share()
    assert share is not None
    assert share.value == pytest.approx(0.7)
    assert trained.low_share() is trained.mean_zone() is None
    assert [line.split(": ")[0] for line in summary(trained)] == ["Of those on record, trained"]
    assert [row.label for row in rows(trained)] == ["Trained", "Training begun", "On record", "Nothing on record"]
    assert title(trained) == "Supporters by training"
    assert dict(facts(trained))["Protects"] == "all that a supporter reported"
    few = table(Release(TRAINED, AUTUMN, bytes(32), (2, -1, 13), 14, 0, release_day))
    assert summary(few) == ["Too few on record for a mean or a share."]
    assert table(Release(ZONE, AUTUMN, bytes(32), (1, 1, 1, 1, 9), 13, 0, release_day)).good_share() is None


def test_shifts_are_no_contacts() -> None:
    shifts = task("presence", ("hours_band", ("h8_11", "lt_2")))
    shown = table(Release(shifts, OCTOBER, bytes(32), (7, 2), 30, 0, release_day))
    assert title(shown) == "Shifts of presence by hours"
    assert dict(facts(shown))["Protects"] == "one shift"
    assert [row.label for row in rows(shown)] == ["Under 2 hours", "8 to under 12 hours", "All"]


release_day = month(OCTOBER).released


@given(st.lists(st.integers(-20, 300), min_size=12, max_size=12))
def test_rows_and_columns_sum_to_all(cells: list[int]) -> None:
    shown = table(replace(month(OCTOBER), cells=tuple(cells)))
    assert sum(shown.along(0, place).count for place in range(3)) == shown.total().count == sum(cells)
    assert sum(shown.along(1, place).count for place in range(4)) == sum(cells)
