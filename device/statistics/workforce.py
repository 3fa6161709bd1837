"""Where a supporter stands on the last day of a quarter, from their own records of training and supervision."""

from collections.abc import Iterable
from datetime import date

from device.view import Record
from schemas.records import Fields, refresher_due, supervision_due, trained


def standing(axis: str, records: Iterable[Record], programme: Fields | None, day: date) -> str | None:
    """The code of an axis of the source `workforce`; None where nothing is on record.

    Two phones of an account agree that hold the same records and the same settings of the programme.
    """
    # Only what lies in the owner's own space: a lead could place records in a shared one.
    own = [record for record in records if record.space == "personal"]
    trainings = [record.fields for record in own if record.type == "training"]
    if axis == "trained":
        return trained(trainings, programme, day)
    if axis == "refresher":
        due = refresher_due(trainings, programme, day)
    else:
        due = supervision_due((record.fields for record in own if record.type == "supervision"), programme, day)
    return None if due is None else "in_date" if due >= day else "overdue"
