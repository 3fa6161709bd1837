"""Work (a): one phone pushes 10,000 records."""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from bench import disk, flush
from bench.client import cursors, sync_body
from bench.http import post
from bench.people import Phone, Programme, after
from bench.result import Result, median
from bench.run import Hosted, Run, hosted
from sync.log import Chain, Entry

RECORDS = 10_000
ROUNDS = 5
FULL = 31
"""Flushes of 64 KiB that a phone puts into one request: it sends at most 2 MiB of bodies."""


async def push(run: Run) -> AsyncIterator[Result]:
    """Once with one flush a request, and once as a phone empties a full outbox."""
    records = run.size(RECORDS, 2 * flush.PER_FLUSH)
    async with hosted(run) as at:
        for name, batch in (("a", 1), ("a-outbox", FULL)):
            ours, bare = [], []
            for _ in range(ROUNDS):
                phone, _ = await at.two_phones()
                entries = outbox(at.programme, phone, records // flush.PER_FLUSH)
                ours.append(records / await push_all(at, phone, entries, batch))
                with run.folder() as folder, disk.bare(Path(folder) / "bare.sqlite3") as connection:
                    bare.append(records / disk.commit(connection, entries, batch))
            yield Result(
                name, f"one phone pushes {records} records, {batch} x 100 a request", median(ours), "records/s",
                "bare sqlite3 commits the same flushes, as many a commit", median(bare), 0.5,
            )  # fmt: skip


def outbox(programme: Programme, phone: Phone, flushes: int, records: int = flush.PER_FLUSH) -> list[Entry]:
    """What waits on a phone that was offline: flushes of new records, signed in a chain."""
    place, key = programme.first_place(phone), programme.epoch_keys[programme.personal(phone)]
    return list(flush.sealed(place, key, phone.signing, [flush.plaintext(records) for _ in range(flushes)]))


async def push_all(at: Hosted, phone: Phone, entries: Sequence[Entry], batch: int) -> float:
    """Seconds from the first request to the last acknowledgement, of a session that is open and has synced before."""
    requests = list(pushes(at, phone, entries, batch))
    await at.connection.exchange(idle(at, phone))
    start = time.perf_counter()
    for request in requests:
        await at.connection.exchange(request)
    return time.perf_counter() - start


def pushes(at: Hosted, phone: Phone, entries: Sequence[Entry], batch: int) -> Iterator[bytes]:
    """The requests that empty an outbox into an empty log; each cursor is that of the answer before."""
    behind = after(Chain.start(at.programme.id, at.programme.personal(phone)), entries)
    for start in range(0, len(entries), batch):
        logs = cursors(at.programme, phone, behind[start])
        body = sync_body(logs, entries[start : start + batch])
        yield post("/v1/sync", body, at.client.tokens[phone.id])


def idle(at: Hosted, phone: Phone) -> bytes:
    """A sync of a phone that has nothing of its own space."""
    own = at.programme.start_of(at.programme.personal(phone))
    return post("/v1/sync", sync_body(cursors(at.programme, phone, own)), at.client.tokens[phone.id])
