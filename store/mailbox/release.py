"""The server's one release of an opening (docs/protocol/10-statistics.md, *Release*)."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from crypto.public.signing import SigningKey
from schemas.task import Task
from stats.instance import Instance, instance_of
from stats.noise import noised
from stats.prio3.share import Share
from store.mailbox.mailbox import Mailbox, destroy, receipts_of
from sync.errors import Refused
from sync.report import accepted_hash, released_message
from sync.state import Opening

AGGREGATOR = 0
_STORED = """
    SELECT closing, share, signature, total, reports, accepted FROM releases JOIN openings USING (opening)
    WHERE opening = ?
"""
_LEADERS = """
    SELECT leader FROM reports JOIN decisions USING (opening, account) WHERE opening = ? AND accepted
"""


@dataclass(frozen=True, slots=True)
class Released:
    """`share`: the server's, with its noise; `total`: the second aggregator's, sealed, if there is one."""

    share: bytes
    signature: bytes
    total: bytes | None
    reports: int
    accepted: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A period that a lead has closed, by the entry `closing`; `id` of its opening."""

    programme: bytes
    id: bytes
    opening: Opening
    task: Task
    closing: bytes


def release(mailbox: Mailbox, closed: Closed, key: SigningKey) -> Released:
    """The released share: made once, with the reports destroyed in the same transaction, and the same ever after.

    Raises Refused `opening-void`, `list-wrong`, `below-k`, `too-many-rejected`, `not-yet`; StorageFailed.
    """
    with mailbox.working:
        stored = _stored(mailbox, closed)
        if stored is not None:
            return stored
        total, reports, receipts = _check(mailbox, closed)
        share = _noised(mailbox, closed)
        signature = key.sign("release", released_message(closed.programme, closed.closing, share))
        accepted = len(receipts)
        row = (closed.id, closed.closing, share, signature, reports, accepted, b"".join(receipts))
        with mailbox.box.write(destroys=True) as driver:
            driver.execute("INSERT INTO releases VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            destroy(driver, closed.id)
        return Released(share, signature, total, reports, accepted)


def _stored(mailbox: Mailbox, closed: Closed) -> Released | None:
    with mailbox.box.read() as driver:
        row = driver.execute(_STORED, (closed.id,)).fetchone()
    if row is None:
        return None
    closing, *values = row
    if closing != closed.closing:
        # After a restore the period was closed by another entry: other noise, and so the mean of two.
        raise Refused("opening-void", "this opening was released to another closing")
    return Released(*values)


def _check(mailbox: Mailbox, closed: Closed) -> tuple[bytes | None, int, list[bytes]]:
    """The second aggregator's total, how many reports there are, and the receipts of those accepted."""
    with mailbox.box.read() as driver:
        row = driver.execute("SELECT noise, total FROM openings WHERE opening = ?", (closed.id,)).fetchone()
        receipts = receipts_of(driver, closed.id)
    reports = mailbox.progress(closed.id).reports
    if row is None or reports == 0:
        raise Refused("opening-void", "the server holds no reports for this opening")
    if row[0] != mailbox.noise_id:
        # Under another key the same closing would have other noise than a release that may have been given before.
        raise Refused("opening-void", "the key of the noise is another one than when this opening began")
    if accepted_hash(closed.id, receipts) != closed.opening.accepted:
        raise Refused("list-wrong", "the accepted reports are not those of `close_period`")
    if len(receipts) < closed.task.k:
        raise Refused("below-k", f"{len(receipts)} reports are accepted, the task demands {closed.task.k}")
    if reports - len(receipts) > max(1, reports // 20):
        raise Refused("too-many-rejected", f"{reports - len(receipts)} of {reports} reports are not accepted")
    if closed.task.shares == 3 and row[1] is None:
        raise Refused("not-yet", "the second aggregator has not sent its aggregate share")
    return row[1], reports, receipts


def _noised(mailbox: Mailbox, closed: Closed) -> bytes:
    instance, task = instance_of(closed.task), closed.task
    with mailbox.box.read() as driver:
        total = instance.aggregate(_out_shares(instance, driver.execute(_LEADERS, (closed.id,))))
    return noised(total, mailbox.noise_key, closed.closing, AGGREGATOR, task.scale).encode()


def _out_shares(instance: Instance, leaders: sqlite3.Cursor) -> Iterator[Share]:
    return (instance.leader_out_share(leader) for (leader,) in leaders)
