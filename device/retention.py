"""Retention: what is older than the programme keeps is deleted (docs/protocol/5-sealed.md)."""

from datetime import date

from device.records import Records
from schemas.records.formats import parse_date
from sync.statements import Policy

SLACK = 1
"""Days by which the local date of an entry may lie before the UTC day of the statement that let its author in."""


def delete_old(records: Records, policy: Policy, day: int, joined: int) -> int:
    """Delete the owner's entries whose date lies more than the policy's days before `day`; returns how many.

    `day`: days since 1970 on which both the phone's clock and the server agree at least: either alone could be
    wrong by years, and what is deleted is gone. What is dated before `joined`, the day on which the account came in, a
    wrong clock dated: it stays.
    """
    deleted = 0
    kept = {"contact": policy.contact_days, "failed_call": policy.contact_days, "check_in": policy.check_in_days}
    for kind, days in kept.items():
        for record in records.list(kind):
            value = record.fields.get("occurred_on")
            occurred = parse_date(value) if isinstance(value, str) else None
            if occurred is not None and joined - SLACK <= (occurred - date(1970, 1, 1)).days < day - days:
                records.delete(record.id)
                deleted += 1
    return deleted
