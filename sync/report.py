"""Reports and what else phones and servers say of a period beside the roster (docs/protocol/10-statistics.md).

The bytes of shares travel beside what is signed, which holds their hashes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from crypto.errors import CryptoError, EncodingError
from crypto.public.encoding import decode, encode
from crypto.public.hashing import H, ctx_of
from crypto.public.signing import SigningKey, verify
from sync.errors import Refused
from sync.log import CURSOR, Cursor
from sync.shape import array, blob, octets, several
from sync.state import RosterState
from sync.tables import REPORTED_AFTER, counts, period_days, takes_reports

NONCE = 16
MOST_REPORT = 512
MOST_LEADER_SHARE = 32_768
MOST_HELPERS = 2
SEALED_SHARE = 1_200
MOST_PUBLIC_SHARE = 96
REPORT = array(
    octets(32),
    octets(32),
    CURSOR,
    octets(NONCE),
    octets(*range(0, MOST_PUBLIC_SHARE + 1, 32)),
    octets(32),
    several(octets(32), 1, MOST_HELPERS),
)
SUBMISSION = array(
    blob(MOST_REPORT),
    octets(64),
    blob(MOST_LEADER_SHARE),
    several(octets(SEALED_SHARE), 1, MOST_HELPERS),
)


@dataclass(frozen=True, slots=True)
class Report:
    """`roster`: the state of the roster in which the device made it; `leader`, `helpers`: hashes of the shares."""

    opening: bytes
    device: bytes
    roster: Cursor
    nonce: bytes
    public_share: bytes
    leader: bytes
    helpers: tuple[bytes, ...]

    def encode(self) -> bytes:
        """The bytes that the device signs."""
        return encode(
            [
                self.opening,
                self.device,
                self.roster.as_array(),
                self.nonce,
                self.public_share,
                self.leader,
                [*self.helpers],
            ]
        )

    @staticmethod
    def decode(raw: bytes) -> "Report":
        """Raises Refused `report-malformed`."""
        try:
            value = decode(raw)
        except EncodingError:
            value = []
        if not REPORT(value):
            raise Refused("report-malformed", "the report is not canonical, or does not have its specified elements")
        opening, device, roster, nonce, public_share, leader, helpers = cast("list[Any]", value)
        return Report(opening, device, Cursor(*roster), nonce, public_share, leader, tuple(helpers))

    def sign(self, programme: bytes, key: SigningKey) -> bytes:
        return key.sign("report", encode([programme, self.encode()]))


@dataclass(frozen=True, slots=True)
class Submission:
    """What a phone sends: a report as it was signed, and the shares whose hashes it holds. `sealed`: to each offer."""

    report: bytes
    signature: bytes
    leader: bytes
    sealed: tuple[bytes, ...]

    def encode(self) -> bytes:
        return encode([self.report, self.signature, self.leader, [*self.sealed]])

    @staticmethod
    def decode(raw: bytes) -> "Submission":
        """Raises Refused `report-malformed`."""
        try:
            value = decode(raw)
        except EncodingError:
            value = []
        if not SUBMISSION(value):
            raise Refused("report-malformed", "the body is not the encoding of a report, a signature and shares")
        report, signature, leader, sealed = cast("list[Any]", value)
        return Submission(report, signature, leader, tuple(sealed))


def share_hash(share: bytes) -> bytes:
    """How a report names one of its shares: the leader's as it is, the others sealed."""
    return H("share", share)


def check_time(roster: RosterState, opening: bytes, day: int, *, held: bool = False) -> None:
    """Whether a server takes a report to an opening on its UTC `day`. `held`: it has the very bytes.

    Raises Refused `not-open`, `too-early` while the period lasts, `report-late` from 22 days after it.
    """
    if not takes_reports(roster, opening):
        raise Refused("not-open", "no open period has this id, or an aggregator of it has left")
    found = roster.openings[opening]
    last = period_days(roster.tasks[found.task], found.period)[-1]
    if day <= last:
        raise Refused("too-early", "the period is not over")
    if not held and max(day, roster.time) > last + REPORTED_AFTER:
        raise Refused("report-late", f"the period was over more than {REPORTED_AFTER} days ago")


def check_over(roster: RosterState, opening: bytes, day: int) -> None:
    """Whether a server that has this UTC `day` takes no more reports of an opening. Raises Refused `too-early`."""
    found = roster.openings[opening]
    if max(day, roster.time) <= period_days(roster.tasks[found.task], found.period)[-1] + REPORTED_AFTER:
        raise Refused("too-early", f"reports are taken until {REPORTED_AFTER} days after the period")


def check_report(roster: RosterState, report: Report, signature: bytes) -> bytes:
    """The account that reports, if it counts for the opening, and its device signed while it was active.

    Raises Refused `not-open`, `device-not-active`, `witness-unknown`, `not-authorised`, `signature-invalid`.
    """
    opening = roster.openings.get(report.opening)
    if opening is None:
        raise Refused("not-open", "the roster has no such opening")
    device = roster.known_device(report.device)
    at = report.roster
    if device is None or not device.enrolled <= at.position or not roster.was_active(report.device, at.position):
        raise Refused("device-not-active", "the device that signed was not active at the roster that it names")
    if roster.head_at(at.position) != at.head or at.position < opening.position:
        raise Refused("witness-unknown", "the report names a roster that is not this one, or is before the opening")
    if not counts(roster, opening, device.account):
        raise Refused("not-authorised", "the account does not count for this opening: it joined later, or had left")
    try:
        verify(device.signing_key, "report", encode([roster.programme, report.encode()]), signature)
    except CryptoError:
        raise Refused("signature-invalid", "the signature of the report does not verify") from None
    return device.account


def aggregator_number(roster: RosterState, opening: bytes, device: bytes) -> int:
    """Which aggregator of Prio3 a device is: 1 or 2, the server being 0.

    Raises Refused `not-open` for an opening that is unknown or has ended, `not-authorised` for another device.
    """
    found = roster.openings.get(opening)
    if found is None or found.ended is not None:
        raise Refused("not-open", "no opening has this id, or another has taken its place")
    for number, id_ in enumerate(found.offers, 1):
        if roster.offers[id_].device == device:
            return number
    raise Refused("not-authorised", "this is for the devices whose offers the opening names")


def measurement_context(programme: bytes, opening: bytes) -> bytes:
    """The application context of Prio3: a share of one opening is nothing in another."""
    return ctx_of("VDAF", "measurement") + encode([programme, opening])


def commitment(task: bytes, period: int, key: bytes) -> bytes:
    """To a verify key, as `open` has it."""
    return H("verify-key", encode([task, period, key]))


def receipt(opening: bytes, account: bytes, nonce: bytes) -> bytes:
    """Stands for a report in the list of a closed period. Without the nonce nobody can tell whose it is."""
    return H("receipt", encode([opening, account, nonce]))


def accepted_hash(opening: bytes, receipts: Iterable[bytes]) -> bytes:
    """Of the reports that are added up, as `close_period` has it; the order they come in is no matter."""
    return H("accepted", encode([opening, sorted(receipts)]))


def released_message(programme: bytes, closing: bytes, share: bytes) -> bytes:
    """What the server signs of a released share. `closing`: leaf of `close_period`."""
    return encode([programme, closing, share])
