"""Work (c): one record is pushed, and then seen by the second phone of its account."""

import os
import time
from collections.abc import AsyncIterator

from bench import disk, flush
from bench.client import cursors, entries_of, sync_body
from bench.http import post
from bench.people import Phone
from bench.push import idle
from bench.result import Result, percentile
from bench.run import Hosted, Run, hosted
from sync.device.author import Place, open_entry, seal_entry
from sync.device.changes import decode_content
from sync.log import Chain

TIMES = 500
FSYNCS = 4
MORE = 0.001
"""Seconds allowed beyond so many fsyncs."""


async def seen(run: Run) -> AsyncIterator[Result]:
    """From the first byte that the one sends until the other has the entry; `whole` also seals and opens it."""
    times = run.size(TIMES, 10)
    async with hosted(run) as at:
        one, other = await at.two_phones()
        for phone in (one, other):
            await at.connection.exchange(idle(at, phone))
        chain = Chain.start(at.programme.id, at.programme.personal(one))
        latencies, wholes, fsyncs = list[float](), list[float](), list[float]()
        for _ in range(times):
            chain, latency, whole = await see_one(at, one, other, chain)
            latencies.append(latency)
            wholes.append(whole)
            fsyncs += disk.fsyncs(at.server.settings.data, 1)
    p50, fsync = percentile(latencies, 50), percentile(fsyncs, 50)
    yield Result(
        "c", "one record pushed, then seen by a second phone, at p50", 1 / p50, "times/s",
        f"{FSYNCS} fsyncs of this disk and 1 ms", 1 / (FSYNCS * fsync + MORE), 1.0,
        more={
            "p50_ms": p50 * 1000,
            "p99_ms": percentile(latencies, 99) * 1000,
            "whole_p50_ms": percentile(wholes, 50) * 1000,
            "fsync_p50_ms": fsync * 1000,
            "fsync_p99_ms": percentile(fsyncs, 99) * 1000,
        },
    )  # fmt: skip


async def see_one(at: Hosted, one: Phone, other: Phone, chain: Chain) -> tuple[Chain, float, float]:
    """The chain with one more entry, the seconds on the wire, and those with sealing and opening."""
    key, author, cursor = at.programme.epoch_keys[chain.log], chain.author(one.id), chain.cursor
    pull = post("/v1/sync", sync_body(cursors(at.programme, other, cursor)), at.client.tokens[other.id])
    begun = time.perf_counter()
    place = Place(chain.log, one.id, author.sequence + 1, author.leaf, cursor, at.programme.state.chain.cursor)
    entry = seal_entry(place, 1, key, flush.plaintext(1, seen=cursor.position), one.signing, os.urandom)
    push = post("/v1/sync", sync_body(cursors(at.programme, one, cursor), [entry]), at.client.tokens[one.id])
    sent = time.perf_counter()
    await at.connection.exchange(push)
    ((_, pulled),) = entries_of(await at.connection.exchange(pull))
    arrived = time.perf_counter()
    content = decode_content(open_entry(pulled, key))
    opened = time.perf_counter()
    if content.groups[0].changes[0].fields != flush.CONTACT:
        raise AssertionError("the second phone sees another record")
    return chain.extend(entry), arrived - sent, opened - begun
