"""Check-ins: scored here, logged here, offered here; nobody is told."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from device.checkins import check_in, trend
from schemas.records import RecordError, Result, instrument, score
from tests.device.local import TODAY, Local, local_phone
from tests.device.test_records import newer, put


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Local]:
    with local_phone(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("points", "band", "offer"),
    [(0, "green", None), (1, "yellow", None), (2, "orange", "debrief"), (3, "red", "crisis_card")],
)
def test_the_stress_continuum(phone: Local, points: int, band: str, offer: str | None) -> None:
    [item] = instrument("stress_continuum").items
    result = check_in(phone.records, "stress_continuum", {item.id: points})
    assert result.results == (Result("", points, band, offer),)
    assert result.record is not None
    shown = phone.records.get(result.record)
    assert (shown.type, shown.space) == ("check_in", "personal")
    assert shown.fields == {
        "instrument": "stress_continuum",
        "version": 1,
        "scoring_version": 1,
        "answers": {item.id: points},
        "score": points,
        "band": band,
        "occurred_on": "2026-11-20",
    }


def test_burnout_from_three_on(phone: Local) -> None:
    [item] = instrument("burnout_single_item").items
    bands = [
        check_in(phone.records, "burnout_single_item", {item.id: points}).results[0].band for points in range(1, 6)
    ]
    assert len(set(bands[:2])) == 1
    assert len(set(bands[2:])) == 1
    assert bands[1] != bands[2]
    assert len(phone.records.list("check_in")) == 5


@pytest.mark.parametrize("answers", [{}, {"zone": 4}, {"zone": True}, {"zone": 1, "mood": 1}])
def test_wrong_answers_are_not_logged(phone: Local, answers: dict[str, object]) -> None:
    with pytest.raises(RecordError):
        check_in(phone.records, "stress_continuum", answers)
    assert phone.records.list() == []


WHO5 = ("cheerful", "calm", "active", "rested", "interested")


def who5(total: int) -> dict[str, object]:
    """Answers with this sum."""
    return {item: min(5, max(0, total - 5 * place)) for place, item in enumerate(WHO5)}


def days_ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def test_the_own_trend_and_what_a_change_means(phone: Local) -> None:
    assert trend(phone.records, "who5") == {}
    for days, total in ((0, 16), (9, 12), (4, 13), (14, 15)):
        phone.records.log("check_in", {**score("who5", who5(total)), "occurred_on": days_ago(days)})
    check_in(phone.records, "stress_continuum", {"zone": 1})
    [points] = trend(phone.records, "who5").values()
    assert [(point.day, point.result.score, point.change, point.meaningful) for point in points] == [
        (days_ago(14), 60, None, None),
        (days_ago(9), 48, -12, True),
        (days_ago(4), 52, 4, False),
        (days_ago(0), 64, 12, True),
    ]
    [zone] = trend(phone.records, "stress_continuum")[""]
    assert (zone.result.band, zone.change, zone.meaningful) == ("yellow", None, None)
    with pytest.raises(RecordError):
        trend(phone.records, "phq9")


def test_two_check_ins_of_a_day_are_no_change_in_an_order_that_nobody_knows(phone: Local) -> None:
    for days, total in ((9, 12), (4, 5), (4, 20), (0, 12)):
        phone.records.log("check_in", {**score("who5", who5(total)), "occurred_on": days_ago(days)})
    [points] = trend(phone.records, "who5").values()
    assert [point.day for point in points] == [days_ago(9), days_ago(4), days_ago(4), days_ago(0)]
    assert [(point.change, point.meaningful) for point in points] == [(None, None)] * 4


def test_a_trend_by_scale_and_none_across_two_ways_of_scoring(phone: Local) -> None:
    items = {scale.name: scale.items for scale in instrument("proqol5").scales}
    satisfied, stressed = items["compassion_satisfaction"], items["secondary_traumatic_stress"]
    check_in(phone.records, "proqol5", {**dict.fromkeys(satisfied, 4), **dict.fromkeys(stressed, 1)})
    later = {**score("proqol5", dict.fromkeys(satisfied, 3)), "occurred_on": days_ago(-1)}
    put(phone, newer(later, "check_in", b"l" * 16))
    series = trend(phone.records, "proqol5")
    assert {scale: len(points) for scale, points in series.items()} == {
        "compassion_satisfaction": 2,
        "secondary_traumatic_stress": 1,
    }
    assert [point.meaningful for point in series["compassion_satisfaction"]] == [None, None]
    assert series["compassion_satisfaction"][1].change == -10
    put(phone, newer({**score("who5", who5(20)), "scoring_version": 2, "occurred_on": days_ago(1)}, "check_in"))
    check_in(phone.records, "who5", who5(10))
    assert [point.change for point in trend(phone.records, "who5")[""]] == [None, None]


def test_the_buddy_check_is_written_nowhere(phone: Local) -> None:
    answers = {item.id: 1 for item in instrument("buddy_check").items}
    before = phone.vault.read().total_changes
    done = check_in(phone.records, "buddy_check", answers)
    assert (done.record, done.results[0].offer) == (None, "debrief")
    assert phone.vault.read().total_changes == before
    assert phone.records.list() == []
    assert phone.records.unsent() == 0
    with pytest.raises(RecordError):
        phone.records.log("check_in", score("buddy_check", answers))
