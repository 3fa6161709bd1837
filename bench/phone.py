"""What a phone does with sealed flushes: opens and merges them, in memory and into its encrypted database."""

import os
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlcipher3 import dbapi2 as sqlcipher

from bench import flush
from bench.people import found
from bench.push import FULL, RECORDS, outbox
from bench.result import Result, median
from bench.run import Run, today
from crypto.public.signing import SigningKey
from crypto.secret.local import new_passcode_words
from device.keyring import hold_key
from device.ledger import follow
from device.opening import land_entries
from device.vault import Vault
from sync.device.author import open_entry
from sync.device.changes import check_place, decode_content
from sync.device.merge import RecordState, merge_change
from sync.log import Entry

ROUNDS = 5
IN_MEMORY, IN_VAULT = 50_000, 15_000
"""Records a second, whatever the machine: here the bar of the design is not a ratio."""

States = dict[bytes, RecordState]


@dataclass(frozen=True)
class Arrived:
    """Flushes of one space as they came from the server, none of their headers read yet."""

    programme: bytes
    log: bytes
    device: bytes
    key: bytes
    entries: Sequence[Entry]

    def fresh(self) -> list[tuple[int, Entry]]:
        """The entries with their positions, again unread."""
        return [(at, Entry(one.raw_header, one.signature, one.body)) for at, one in enumerate(self.entries, start=1)]

    def merged(self) -> States:
        """Opens, parses and merges all of them: a phone without its database."""
        states: States = {}
        for position, entry in self.fresh():
            header = entry.header
            content = decode_content(open_entry(entry, self.key))
            check_place(content, position, header.seen.position)
            for group in content.groups:
                author, place = group.origin or (header.device, position)
                for change in group.changes:
                    states[change.record] = merge_change(
                        states.get(change.record),
                        change,
                        stamp=group.stamp,
                        device=author,
                        position=place,
                        seen=group.seen,
                    )
        return states


def arrived(flushes: int) -> Arrived:
    programme, _ = found("http://127.0.0.1", SigningKey.generate(os.urandom).public, today())
    log = programme.personal(programme.lead)
    entries = outbox(programme, programme.lead, flushes)
    return Arrived(programme.id, log, programme.lead.id, programme.epoch_keys[log], entries)


async def in_memory(run: Run) -> AsyncIterator[Result]:
    """Against the decryption alone, of as many bytes."""
    records = run.size(RECORDS, 2 * flush.PER_FLUSH)
    flushes = arrived(records // flush.PER_FLUSH)
    ours, bare = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        states = flushes.merged()
        ours.append(records / (time.perf_counter() - start))
        if len(states) != records:
            raise AssertionError("records are missing")
        # Else they would end within the next round's time.
        states.clear()
        bare.append(records / decrypting(flushes.entries))
    yield Result(
        "memory", f"a phone opens and merges {records} records in memory", median(ours), "records/s",
        "AES-256-GCM opens as many bytes", median(bare), IN_MEMORY, absolute=True,
    )  # fmt: skip


def decrypting(entries: Iterable[Entry]) -> float:
    """Seconds for opening ciphertexts as long as the bodies, with as much associated data."""
    sealed = []
    for entry in entries:
        key, nonce, data = os.urandom(32), os.urandom(12), entry.raw_header
        sealed.append((key, nonce, AESGCM(key).encrypt(nonce, bytes(len(entry.body or b"")), data), data))
    start = time.perf_counter()
    for key, nonce, body, data in sealed:
        AESGCM(key).decrypt(nonce, body, data)
    return time.perf_counter() - start


async def in_vault(run: Run) -> AsyncIterator[Result]:
    """As many flushes a transaction as a page of an answer holds; against SQLCipher storing the same rows."""
    records = run.size(RECORDS, 2 * flush.PER_FLUSH)
    flushes = arrived(records // flush.PER_FLUSH)
    states = flushes.merged()
    ours, bare = [], []
    for _ in range(ROUNDS):
        with run.folder() as folder:
            ours.append(records / landing(flushes, Path(folder)))
            bare.append(records / storing(flushes.log, states, Path(folder)))
    yield Result(
        "vault", f"a phone opens and merges {records} records into its database", median(ours), "records/s",
        "bare SQLCipher inserts the same rows", median(bare), IN_VAULT, absolute=True,
    )  # fmt: skip


def landing(flushes: Arrived, folder: Path) -> float:
    """Seconds for bringing flushes of another phone into a fresh vault."""
    vault = Vault.create(folder / "vault", folder / "keystore", new_passcode_words(os.urandom), os.urandom)
    with vault:
        with vault.write() as connection:
            follow(connection, flushes.programme, flushes.log, "personal")
            hold_key(connection, flushes.log, 1, flushes.key)
        entries = flushes.fresh()
        start = time.perf_counter()
        for first in range(0, len(entries), FULL):
            with vault.write() as connection:
                land_entries(connection, os.urandom(32), flushes.log, entries[first : first + FULL])
        taken = time.perf_counter() - start
        (stored,) = vault.read().execute("SELECT COUNT(*) FROM records").fetchone()
        if stored != len(entries) * flush.PER_FLUSH:
            raise AssertionError("records are missing")
    return taken


def storing(log: bytes, states: States, folder: Path) -> float:
    """Seconds for inserting the same rows into an encrypted table, in transactions as large."""
    rows = [(log, record, state.type, state.deleted, state.encode()) for record, state in states.items()]
    with closing(sqlcipher.connect(str(folder / "bare.db"), isolation_level=None)) as connection:
        connection.execute(f"PRAGMA key = \"x'{os.urandom(32).hex()}'\"")
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(
            "CREATE TABLE records (log BLOB NOT NULL, record BLOB NOT NULL, type TEXT NOT NULL,"
            " deleted INTEGER NOT NULL, state BLOB NOT NULL, PRIMARY KEY (log, record))"
        )
        start = time.perf_counter()
        for first in range(0, len(rows), FULL * flush.PER_FLUSH):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO records VALUES (?, ?, ?, ?, ?)", rows[first : first + FULL * flush.PER_FLUSH]
            )
            connection.execute("COMMIT")
        return time.perf_counter() - start
