"""Whether the server's memory grows: fifty phones push and pull at a steady pace for an hour."""

import asyncio
import time
from collections.abc import AsyncIterator

from bench.crowd import PHONES, arrive
from bench.flush import PER_SMALL_FLUSH
from bench.http import Connection
from bench.push import outbox
from bench.result import Result, percentile
from bench.run import Run, hosted

SYNCS, EVERY = 1_800, 2.0
"""Syncs of each phone, and seconds from one to the next: 90,000 flushes of 4 KiB."""
A_SESSION = 300
"""Syncs of a session: ten minutes of the fifteen that it lasts."""
WARM = 6
"""The first sixth of the time fills caches, pools and the arenas of the allocator."""
BAR = 0.95


async def hour(run: Run) -> AsyncIterator[Result]:
    """The resident memory at the end of the first ten minutes, over that at the end of the hour."""
    phones, syncs = run.size(PHONES, 4), run.size(SYNCS, 12)
    every = EVERY * min(1.0, run.scale)
    async with hosted(run) as at:
        members = [phone for pair in await at.client.members(at.programme, phones // 2) for phone in pair]
        visitors = [await arrive(at, phone, outbox(at.programme, phone, syncs, PER_SMALL_FLUSH)) for phone in members]
        connections = [await Connection.open(at.server.port) for _ in visitors]
        sizes = list[float]()
        start = time.perf_counter()
        for number in range(syncs):
            if number % A_SESSION == 0:
                at.client.connection = await Connection.open(at.server.port)
                for visitor, phone in zip(visitors, members, strict=True):
                    visitor.token = await at.client.open(phone.id, phone.signing)
            await asyncio.gather(*(
                visitor.sync(connection, number) for visitor, connection in zip(visitors, connections, strict=True)
            ))  # fmt: skip
            sizes.append(at.server.memory_mb)
            await asyncio.sleep(max(0.0, start + (number + 1) * every - time.perf_counter()))
        minutes = (time.perf_counter() - start) / 60
        for connection in connections:
            connection.close()
    warm, end = (max(part) for part in (sizes[: syncs // WARM], sizes[-(syncs // WARM) :]))
    latencies = [taken for visitor in visitors for taken in visitor.taken]
    yield Result(
        "hour", f"{phones} phones sync every {every:.1f} s: memory at {minutes:.0f} minutes", 1 / end, "servers/MB",
        f"at {minutes / WARM:.0f} minutes", 1 / warm, BAR,
        more={
            "warm_mb": warm, "end_mb": end, "flushes": len(latencies),
            "p50_ms": percentile(latencies, 50) * 1000, "p99_ms": percentile(latencies, 99) * 1000,
        },
    )  # fmt: skip
