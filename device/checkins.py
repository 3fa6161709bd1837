"""Wellbeing check-ins: scored on the phone, for its owner's eyes."""

from collections.abc import Mapping
from dataclasses import dataclass

from device.records import Records
from schemas.records import offer, score


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A result: a conversation starter, shown beside the crisis card. `offer`: debrief, crisis_card or None."""

    record: bytes
    score: int
    band: str
    offer: str | None


def check_in(records: Records, instrument: str, answers: Mapping[str, object]) -> CheckIn:
    """Score and log. `answers`: item id -> value. Nobody is alerted. Raises RecordError."""
    fields = score(instrument, answers)
    record = records.log("check_in", fields)
    points, band = fields["score"], fields["band"]
    if not isinstance(points, int) or not isinstance(band, str):
        raise TypeError("an instrument scores with a number and a band")
    return CheckIn(record, points, band, offer(instrument, band))
