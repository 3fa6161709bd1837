"""The server's verification of a report: Prio3's aggregator 0 (docs/protocol/10-statistics.md, *Requests*)."""

from collections.abc import Sequence
from dataclasses import dataclass

from stats.errors import Malformed, ReportRefused
from stats.instance import Instance
from sync.errors import Refused
from sync.report import Report


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report with everybody else's verifier shares, in the order of the aggregators."""

    account: bytes
    report: Report
    leader: bytes
    shares: Sequence[bytes]


def check_shape(instance: Instance, report: Report, leader: bytes, sealed: Sequence[bytes]) -> None:
    """Raises Refused `report-malformed` unless the parts are as long as the instance says, and field elements."""
    try:
        instance.codec.decode_public_share(report.public_share)
        instance.codec.decode_leader_share(leader)
    except Malformed as error:
        raise Refused("report-malformed", str(error)) from None
    if len(sealed) != instance.shares - 1:
        raise Refused("report-malformed", f"the task has {instance.shares - 1} sealed shares")


def verdict(instance: Instance, context: bytes, key: bytes, one: Waiting) -> bytes | None:
    """The verifier message of a report that is valid; None rejects it, whoever is to blame."""
    report = one.report
    try:
        state, own = instance.verify_init(key, context, 0, report.nonce, report.public_share, one.leader)
        message = instance.verifier_shares_to_message(context, [own, *one.shares])
        instance.verify_next(state, message)
    except (Malformed, ReportRefused):
        return None
    return message
