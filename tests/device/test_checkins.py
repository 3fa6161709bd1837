"""Check-ins: scored here, logged here, offered here; nobody is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from device.checkins import check_in
from schemas.records import RecordError, instrument
from tests.device.local import Local, local_phone


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
    assert (result.score, result.band, result.offer) == (points, band, offer)
    shown = phone.records.get(result.record)
    assert (shown.type, shown.space) == ("check_in", "personal")
    assert shown.fields == {
        "instrument": "stress_continuum",
        "version": 1,
        "answers": {item.id: points},
        "score": points,
        "band": band,
        "occurred_on": "2026-11-20",
    }


def test_burnout_from_three_on(phone: Local) -> None:
    [item] = instrument("burnout_single_item").items
    bands = [check_in(phone.records, "burnout_single_item", {item.id: points}).band for points in range(1, 6)]
    assert len(set(bands[:2])) == 1
    assert len(set(bands[2:])) == 1
    assert bands[1] != bands[2]
    assert len(phone.records.list("check_in")) == 5


@pytest.mark.parametrize("answers", [{}, {"zone": 4}, {"zone": True}, {"zone": 1, "mood": 1}])
def test_wrong_answers_are_not_logged(phone: Local, answers: dict[str, object]) -> None:
    with pytest.raises(RecordError):
        check_in(phone.records, "stress_continuum", answers)
    assert phone.records.list() == []
