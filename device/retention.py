"""Retention: what the programme keeps no longer is deleted (docs/protocol/5-sealed.md)."""

from datetime import date, timedelta

from device.records import Records
from schemas.records import LAPSING, lapsed
from sync.statements import Policy

SLACK = 1
"""Days by which the local date of an entry may lie before the UTC day of the statement that let its author in."""


def delete_old(records: Records, policy: Policy, day: int, joined: int) -> int:
    """Delete the owner's entries whose last day (`lapsed`) is more than the policy's days before `day`; how many.

    `day`: days since 1970 on which both the phone's clock and the server agree at least: either alone could be
    wrong by years, and what is deleted is gone. What is dated before `joined`, the day on which the account came in, a
    wrong clock dated, or it is a training that its owner brought along: it stays.
    """
    programme, since, deleted = records.programme(), _date(joined - SLACK), 0
    for kind in LAPSING:
        entries = {record.id: record.fields for record in records.list(kind)}
        for record in lapsed(kind, entries, programme, since, _date(day - kept_days(policy, kind))):
            records.delete(record)
            deleted += 1
    return deleted


def kept_days(policy: Policy, kind: str) -> int:
    """Days for which an entry is kept after its last day."""
    return policy.check_in_days if kind == "check_in" else policy.contact_days


def _date(day: int) -> date:
    first = date(1970, 1, 1)
    return first + timedelta(days=min(max(day, 0), (date.max - first).days))
