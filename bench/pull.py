"""Work (b): a fresh phone pulls 10,000 records."""

import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from bench import disk, flush
from bench.client import cursors, entries_of, sync_body
from bench.http import post
from bench.people import Phone, after
from bench.push import FULL, RECORDS, idle, outbox, push_all
from bench.result import Result, median
from bench.run import Hosted, Run, hosted
from sync.log import Chain, Cursor

ROUNDS = 10


async def pull(run: Run) -> AsyncIterator[Result]:
    """Page by page as phones ask for them, from the bytes on the wire to entries."""
    records = run.size(RECORDS, 2 * flush.PER_FLUSH)
    async with hosted(run) as at:
        phone, fresh = await at.two_phones()
        entries = outbox(at.programme, phone, records // flush.PER_FLUSH)
        behind = after(Chain.start(at.programme.id, at.programme.personal(phone)), entries)
        await push_all(at, phone, entries, FULL)
        await at.connection.exchange(idle(at, fresh))
        with run.folder() as folder, disk.bare(Path(folder) / "bare.sqlite3") as connection:
            disk.commit(connection, entries, FULL)
            ours, bare = [], []
            for _ in range(ROUNDS):
                ours.append(records / await pull_all(at, fresh, behind))
                bare.append(records / disk.read_all(connection, entries[0].header.log))
    yield Result(
        "b", f"a fresh phone pulls {records} records, wire to entries", median(ours), "records/s",
        "bare sqlite3 range read of the same flushes", median(bare), 0.4,
    )  # fmt: skip


async def pull_all(at: Hosted, phone: Phone, behind: Sequence[Cursor]) -> float:
    """Seconds from the first request until the entries of the last answer are there."""
    token, position = at.client.tokens[phone.id], 0
    start = time.perf_counter()
    while position < behind[-1].position:
        body = sync_body(cursors(at.programme, phone, behind[position]))
        entries = entries_of(await at.connection.exchange(post("/v1/sync", body, token)))
        position = entries[-1][0]
    return time.perf_counter() - start
