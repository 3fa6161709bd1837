"""Work (d): fifty phones, each pushing ten records and pulling, over and over."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from bench import disk, flush
from bench.client import cursors, sync_body, wire_cursor
from bench.flood import flood
from bench.http import Connection, post
from bench.people import Phone
from bench.push import outbox
from bench.result import Result, median, percentile
from bench.run import Hosted, Run, hosted
from bench.server import constant
from sync.log import Entry

PHONES = 50
SYNCS = 100
"""Syncs of each phone."""
BAR = 0.31
"""Three times express-pouchdb (380 syncs/s) on a disk that commits 3,700 such rows a second: the bar of the design,
measured once on one machine, as a ratio that holds on others. PouchDB itself is not run here."""


@dataclass
class Visitor:
    """A phone with its prebuilt requests: each is cut where its cursor belongs, which the answer before it tells."""

    token: str
    requests: list[tuple[bytes, bytes]]
    cursor: bytes
    taken: list[float] = field(default_factory=list)
    pulled: int = 0
    size: int = 0

    def request(self, number: int) -> bytes:
        before, behind = self.requests[number]
        return post("/v1/sync", before + self.cursor + behind, self.token)

    async def visit(self, connection: Connection) -> None:
        for number in range(len(self.requests)):
            await self.sync(connection, number)

    async def sync(self, connection: Connection, number: int) -> None:
        request = self.request(number)
        start = time.perf_counter()
        answer = await connection.exchange(request)
        self.taken.append(time.perf_counter() - start)
        log: dict[str, Any] = orjson.loads(answer)["logs"][-1]
        if [one["sequence"] for one in log["accepted"]] != [number + 1]:
            raise AssertionError("an entry was not acknowledged")
        self.cursor = orjson.dumps(log["head"])
        self.pulled += len(log["entries"])
        self.size = len(answer)


async def crowd(run: Run) -> AsyncIterator[Result]:
    """Two phones an account, so that each pulls what the other wrote."""
    phones, syncs = run.size(PHONES, 4), run.size(SYNCS, 4)
    async with hosted(run) as at:
        pairs = await at.client.members(at.programme, phones // 2)
        visitors, entries = list[Visitor](), list[Entry]()
        for phone in [phone for pair in pairs for phone in pair]:
            written = outbox(at.programme, phone, syncs, flush.PER_SMALL_FLUSH)
            entries += written
            visitors.append(await arrive(at, phone, written))
        taken = bare(run, entries)
        connections = [await Connection.open(at.server.port) for _ in visitors]
        start = time.perf_counter()
        await asyncio.gather(*map(Visitor.visit, visitors, connections))
        rate = len(entries) / (time.perf_counter() - start)
        memory = at.server.peak_memory_mb
        for connection in connections:
            connection.close()
    if sum(visitor.pulled for visitor in visitors) < len(entries):
        raise AssertionError("the phones did not pull what they wrote")
    taken += bare(run, entries)
    async with constant(round(median([visitor.size for visitor in visitors]))) as port:
        answers = await flood(port, [visitor.request(0) for visitor in visitors], syncs)
    latencies = [taken for visitor in visitors for taken in visitor.taken]
    yield Result(
        "d", f"{len(visitors)} phones push 10 records each and pull, over and over", rate, "syncs/s",
        "bare sqlite3 commits the same flushes one by one", 2 * len(entries) / taken, BAR,
        more={
            "p50_ms": percentile(latencies, 50) * 1000,
            "p99_ms": percentile(latencies, 99) * 1000,
            "bare_uvicorn_rate": answers,
            "server_peak_mb": memory,
        },
    )  # fmt: skip


def bare(run: Run, entries: Sequence[Entry]) -> float:
    """Seconds of the baseline; taken before and after, since disks have moods."""
    with run.folder() as folder, disk.bare(Path(folder) / "bare.sqlite3") as connection:
        return disk.commit(connection, entries)


async def arrive(at: Hosted, phone: Phone, written: Sequence[Entry]) -> Visitor:
    """A visitor with a session, and a request for each of its flushes."""
    token = await at.client.token(phone)
    start = at.programme.start_of(at.programme.personal(phone))
    mark = wire_cursor(start).model_dump_json().encode()
    cut = [sync_body(cursors(at.programme, phone, start), [entry]).rpartition(mark) for entry in written]
    return Visitor(token, [(before, behind) for before, _, behind in cut], mark)
