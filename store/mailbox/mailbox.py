"""Reports, verifier shares and decisions of open periods (docs/protocol/10-statistics.md, *Requests*).

Who may ask for what is judged by the roster before (`sync.report`); everything here blocks.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock

from schemas.task import Task
from stats.instance import instance_of
from store.mailbox.box import Box
from store.mailbox.tables import HELD
from store.mailbox.verdict import Waiting, verdict
from sync.errors import Refused
from sync.report import Report, measurement_context, receipt

AT_ONCE = 32
"""Reports that are verified between two transactions."""

_OPENING = "INSERT OR IGNORE INTO openings (opening, programme, noise) VALUES (?, ?, ?)"
_STORED = "SELECT report, signature, leader, first, second FROM reports WHERE opening = ? AND account = ?"
_KNOWN = "SELECT 1 FROM reports WHERE opening = ? AND account = ?"
_REPORT = "INSERT INTO reports VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_PAGE = """
    SELECT account, report, signature, CASE ? WHEN 1 THEN first ELSE second END FROM reports
    WHERE opening = ? AND account > ? ORDER BY account LIMIT ?
"""
_KEY = "UPDATE openings SET verify_key = ?, sealed_key = ? WHERE opening = ?"
_SHARE = "SELECT share FROM verifiers WHERE opening = ? AND account = ? AND aggregator = ?"
_WAITING = """
    SELECT account, report, leader FROM reports AS r
    WHERE opening = ?1 AND NOT EXISTS (SELECT 1 FROM decisions WHERE opening = ?1 AND account = r.account)
    AND ?2 = (SELECT count(*) FROM verifiers WHERE opening = ?1 AND account = r.account) LIMIT ?3
"""
_SHARES = "SELECT share FROM verifiers WHERE opening = ? AND account = ? ORDER BY aggregator"
_DECISIONS = """
    SELECT account, accepted, message FROM decisions WHERE opening = ? AND account > ? ORDER BY account LIMIT ?
"""
_HELD = """
    SELECT programme, opening FROM openings
    WHERE verify_key IS NOT NULL OR opening IN (SELECT opening FROM reports)
"""
_REMEMBERED = "SELECT programme, opening FROM openings JOIN releases USING (opening) WHERE receipts IS NOT NULL"
_RELEASED = "SELECT 1 FROM releases WHERE opening = ?"
_ACCEPTED = """
    SELECT account, nonce FROM reports JOIN decisions USING (opening, account) WHERE opening = ? AND accepted
"""
_KEPT = "SELECT receipts FROM releases WHERE opening = ?"
_PROGRESS = """
    SELECT (SELECT count(*) FROM reports WHERE opening = ?1), count(*), coalesce(sum(accepted), 0)
    FROM decisions WHERE opening = ?1
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """Reports that are stored; of these decided; of these accepted."""

    reports: int
    decided: int
    accepted: int


class Mailbox:
    """`noise_key`: the server's, 32 bytes, kept in a file of its own."""

    def __init__(self, path: Path, noise_key: bytes, driver: type[sqlite3.Connection] = sqlite3.Connection) -> None:
        """Raises StorageFailed."""
        self.box = Box(path, driver)
        self.noise_key = noise_key
        self.noise_id = sha256(noise_key).digest()
        # One processor's work at a time: what is verified here takes the interpreter from everybody else.
        self.working = Lock()

    def add_report(
        self, programme: bytes, account: bytes, report: Report, signature: bytes, leader: bytes, sealed: Sequence[bytes]
    ) -> None:
        """Raises Refused `report-exists` unless it is new, or the very bytes that are stored; `not-open` if it comes
        after the release, behind a roster that was older.
        """
        opening, row = report.opening, _row(report, signature, leader, sealed)
        with self.box.write() as driver:
            stored = driver.execute(_STORED, (opening, account)).fetchone()
            if stored == row:
                return
            taken = "SELECT 1 FROM reports WHERE opening = ? AND nonce = ?"
            if stored is not None or driver.execute(taken, (opening, report.nonce)).fetchone():
                raise Refused("report-exists", "another report of the account, or another nonce's, is stored")
            if driver.execute(_RELEASED, (opening,)).fetchone():
                raise Refused("not-open", "the opening is released")
            driver.execute(_OPENING, (opening, programme, self.noise_id))
            raw, _, _, first, second = row
            driver.execute(_REPORT, (opening, account, report.nonce, raw, signature, first, second, leader))

    def holds(self, account: bytes, report: Report, signature: bytes, leader: bytes, sealed: Sequence[bytes]) -> bool:
        """Whether these very bytes are stored."""
        with self.box.read() as driver:
            stored = driver.execute(_STORED, (report.opening, account)).fetchone()
        return bool(stored == _row(report, signature, leader, sealed))

    def reports(self, opening: bytes, number: int, after: bytes, most: int) -> list[tuple[bytes, bytes, bytes, bytes]]:
        """(account, report, signature, share sealed to aggregator `number`) of the accounts above `after`."""
        with self.box.read() as driver:
            return driver.execute(_PAGE, (number, opening, after, most)).fetchall()

    def set_key(self, programme: bytes, opening: bytes, key: bytes, sealed: bytes | None) -> None:
        """Keep the verify key, which was checked against the commitment; sealed anew it replaces the older message."""
        with self.box.write() as driver:
            driver.execute(_OPENING, (opening, programme, self.noise_id))
            driver.execute(_KEY, (key, sealed, opening))

    def sealed_key(self, opening: bytes) -> bytes:
        """Raises Refused `not-yet`."""
        with self.box.read() as driver:
            row = driver.execute("SELECT sealed_key FROM openings WHERE opening = ?", (opening,)).fetchone()
        if row is None or row[0] is None:
            raise Refused("not-yet", "the verify key has not been sent")
        return bytes(row[0])

    def add_verifiers(self, opening: bytes, number: int, shares: Mapping[bytes, bytes]) -> None:
        """Keep an aggregator's verifier shares by account: all of them, or none.

        Raises Refused `report-unknown`, `share-exists`.
        """
        with self.box.write() as driver:
            for account, share in shares.items():
                if driver.execute(_KNOWN, (opening, account)).fetchone() is None:
                    raise Refused("report-unknown", "there is no report of one of these accounts")
                stored = driver.execute(_SHARE, (opening, account, number)).fetchone()
                if stored is None:
                    driver.execute("INSERT INTO verifiers VALUES (?, ?, ?, ?)", (opening, account, number, share))
                elif stored[0] != share:
                    raise Refused("share-exists", "another verifier share of one of these accounts is stored")

    def decide(self, programme: bytes, opening: bytes, task: Task) -> Progress:
        """Decide what has all its verifier shares; the verification itself holds up no transaction."""
        with self.working:
            self._decide(programme, opening, task)
        return self.progress(opening)

    def end_decisions(self, programme: bytes, opening: bytes, task: Task) -> Progress:
        """As `decide`, for the last time: what is not decided now never will be."""
        with self.working:
            self._decide(programme, opening, task)
            with self.box.write() as driver:
                driver.execute(_OPENING, (opening, programme, self.noise_id))
                driver.execute("UPDATE openings SET decided = 1 WHERE opening = ?", (opening,))
        return self.progress(opening)

    def decisions(self, opening: bytes, after: bytes, most: int) -> list[tuple[bytes, bool, bytes]]:
        """(account, accepted, verifier message) of the accounts above `after`."""
        with self.box.read() as driver:
            rows = driver.execute(_DECISIONS, (opening, after, most)).fetchall()
        return [(account, bool(accepted), message) for account, accepted, message in rows]

    def receipts(self, opening: bytes) -> list[bytes]:
        """Of the accepted reports, ascending; kept after the release, which destroys the reports.

        Raises Refused `opening-void` if neither is there.
        """
        with self.box.read() as driver:
            kept = driver.execute(_KEPT, (opening,)).fetchone()
            if kept is None:
                found = receipts_of(driver, opening)
            else:
                (joined,) = kept
                found = [joined[at : at + 32] for at in range(0, len(joined), 32)] if joined else []
        if not found:
            raise Refused("opening-void", "the server holds no accepted reports of this opening, and no receipts")
        return found

    def progress(self, opening: bytes) -> Progress:
        with self.box.read() as driver:
            return Progress(*driver.execute(_PROGRESS, (opening,)).fetchone())

    def add_total(self, opening: bytes, sealed: bytes) -> None:
        """Keep the second aggregator's sealed aggregate share. Raises Refused `share-exists`, `opening-void`."""
        with self.box.write() as driver:
            row = driver.execute("SELECT total FROM openings WHERE opening = ?", (opening,)).fetchone()
            if row is None:
                raise Refused("opening-void", "the server holds nothing of this opening")
            if row[0] not in (None, sealed):
                raise Refused("share-exists", "another aggregate share is stored")
            driver.execute("UPDATE openings SET total = ? WHERE opening = ?", (sealed, opening))

    def openings(self) -> list[tuple[bytes, bytes]]:
        """(programme, opening) of all of which reports or a key are held."""
        with self.box.read() as driver:
            return driver.execute(_HELD).fetchall()

    def remembered(self) -> list[tuple[bytes, bytes]]:
        """(programme, opening) of all of which the receipts of a release are kept."""
        with self.box.read() as driver:
            return driver.execute(_REMEMBERED).fetchall()

    def released(self, opening: bytes) -> bool:
        with self.box.read() as driver:
            return driver.execute(_RELEASED, (opening,)).fetchone() is not None

    def destroy(self, opening: bytes) -> None:
        """Everything that phones and aggregators sent for an opening of which nothing will be released any more."""
        with self.box.write(destroys=True) as driver:
            destroy(driver, opening)

    def forget_receipts(self, opening: bytes) -> None:
        with self.box.write(destroys=True) as driver:
            driver.execute("UPDATE releases SET receipts = NULL WHERE opening = ?", (opening,))

    def close(self) -> None:
        self.box.close()

    def _decide(self, programme: bytes, opening: bytes, task: Task) -> None:
        instance, context = instance_of(task), measurement_context(programme, opening)
        while key := self._verify_key(opening):
            waiting = self._waiting(opening, task.shares - 1)
            if not waiting:
                return
            decided = [(one.account, verdict(instance, context, key, one)) for one in waiting]
            self._keep(opening, decided)

    def _verify_key(self, opening: bytes) -> bytes | None:
        """None before it is there, and when nothing more is to be decided."""
        query = "SELECT verify_key FROM openings WHERE opening = ? AND NOT decided"
        with self.box.read() as driver:
            row = driver.execute(query, (opening,)).fetchone()
        return row[0] if row else None

    def _waiting(self, opening: bytes, helpers: int) -> list[Waiting]:
        with self.box.read() as driver:
            rows = driver.execute(_WAITING, (opening, helpers, AT_ONCE)).fetchall()
            return [
                Waiting(account, Report.decode(raw), leader, _column(driver.execute(_SHARES, (opening, account))))
                for account, raw, leader in rows
            ]

    def _keep(self, opening: bytes, decided: Sequence[tuple[bytes, bytes | None]]) -> None:
        rows = [(opening, account, message is not None, message or b"") for account, message in decided]
        with self.box.write() as driver:
            driver.executemany("INSERT OR IGNORE INTO decisions VALUES (?, ?, ?, ?)", rows)


def destroy(driver: sqlite3.Connection, opening: bytes) -> None:
    """The reports of an opening, what was made of them, and its verify key; within a transaction that `destroys`."""
    for table in HELD:
        driver.execute(f"DELETE FROM {table} WHERE opening = ?", (opening,))  # noqa: S608 (names of this package)
    driver.execute("UPDATE openings SET verify_key = NULL, sealed_key = NULL WHERE opening = ?", (opening,))


def _row(report: Report, signature: bytes, leader: bytes, sealed: Sequence[bytes]) -> tuple[bytes | None, ...]:
    return report.encode(), signature, leader, sealed[0], sealed[1] if len(sealed) > 1 else None


def receipts_of(driver: sqlite3.Connection, opening: bytes) -> list[bytes]:
    """Of the accepted reports that are held, ascending."""
    rows = driver.execute(_ACCEPTED, (opening,))
    return sorted(receipt(opening, account, nonce) for account, nonce in rows)


def _column(rows: sqlite3.Cursor) -> list[bytes]:
    return [value for (value,) in rows]
