"""Growth: what a push, a pull of 100 entries and a sync with nothing new cost on a small server and on grown ones.

`million` is the same up to the sizes of the design's bar; filling its servers takes a quarter of an hour.
"""

import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bench import flush
from bench.client import cursors, entries_of, sync_body
from bench.http import Connection, post
from bench.people import Phone
from bench.push import idle
from bench.result import Result, median
from bench.run import Hosted, Run, hosted, today
from sync.device.author import Place
from sync.log import Chain, Cursor, Entry

FEW_ENTRIES, MANY_ENTRIES = 1_000, 30_000
FEW_PROGRAMMES, MANY_PROGRAMMES = 10, 1_000
MILLION, TEN_THOUSAND = 1_000_000, 10_000
TIMES = 300
PAGE = 100
A_REQUEST = 64
BAR = 0.8
"""The cost is to be the same within a fifth."""


@dataclass
class Site:
    """A server and a member's two phones: one pushes, the other pulls. `recent`: the newest cursors, oldest first."""

    at: Hosted
    phone: Phone
    other: Phone
    chain: Chain
    recent: deque[Cursor]

    async def grow(self, entries: int, programmes: int) -> None:
        """Push so many entries with nothing in them, and found further programmes up to so many."""
        while self.chain.position < entries:
            count = min(A_REQUEST, entries - self.chain.position)
            await self.at.connection.exchange(self.push(self.seal(count, records=0)))
        tokens = self.at.server.tokens(programmes - 1)
        await self.reconnect()
        for token in tokens:
            await self.at.client.found(token, today())
        await self.at.connection.exchange(idle(self.at, self.other))

    async def reconnect(self) -> None:
        """The server closes a connection on which nothing came for some seconds, and a session after some minutes."""
        self.at.client.connection = await Connection.open(self.at.server.port)
        for phone in (self.phone, self.other):
            await self.at.client.open(phone.id, phone.signing)

    async def costs(self) -> tuple[float, float, float]:
        """Seconds of one push, one pull of the newest entries, one sync with nothing new."""
        pushing = await self.timed(self.push(self.seal(1, flush.PER_SMALL_FLUSH)))
        pull = self.pull(self.recent[0])
        pulling = await self.timed(pull)
        return pushing, pulling, await self.timed(self.pull(self.recent[-1]))

    async def timed(self, request: bytes) -> float:
        start = time.perf_counter()
        await self.at.connection.exchange(request)
        return time.perf_counter() - start

    def seal(self, count: int, records: int) -> Sequence[Entry]:
        programme, author = self.at.programme, self.chain.author(self.phone.id)
        place = Place(
            self.chain.log, self.phone.id, author.sequence + 1, author.leaf, self.chain.cursor,
            programme.state.chain.cursor,
        )  # fmt: skip
        key, contents = programme.epoch_keys[self.chain.log], [flush.plaintext(records)] * count
        return list(flush.sealed(place, key, self.phone.signing, contents))

    def push(self, entries: Sequence[Entry]) -> bytes:
        body = sync_body(cursors(self.at.programme, self.phone, self.chain.cursor), entries)
        for entry in entries:
            self.chain = self.chain.extend(entry)
            self.recent.append(self.chain.cursor)
        return post("/v1/sync", body, self.at.client.tokens[self.phone.id])

    def pull(self, cursor: Cursor) -> bytes:
        return post(
            "/v1/sync", sync_body(cursors(self.at.programme, self.other, cursor)), self.at.client.tokens[self.other.id]
        )


async def growth(run: Run) -> AsyncIterator[Result]:
    """Up to 30,000 entries, and 1,000 programmes."""
    async for result in _grown(run, "growth", MANY_ENTRIES, MANY_PROGRAMMES):
        yield result


async def million(run: Run) -> AsyncIterator[Result]:
    """Up to a million entries, and 10,000 programmes."""
    async for result in _grown(run, "million", MILLION, TEN_THOUSAND):
        yield result


async def _grown(run: Run, work: str, most: int, most_programmes: int) -> AsyncIterator[Result]:
    """All servers stand at once and are measured in turn, so that what slows one slows the others."""
    few, many = run.size(FEW_ENTRIES, PAGE), run.size(most, 2 * PAGE)
    few_programmes, many_programmes = run.size(FEW_PROGRAMMES, 2), run.size(most_programmes, 4)
    sizes = [(few, few_programmes), (many, few_programmes), (few, many_programmes)]
    async with AsyncExitStack() as stack:
        sites = [await site(await stack.enter_async_context(hosted(run)), *size) for size in sizes]
        for one in sites:
            await one.reconnect()
        samples = [[await one.costs() for one in sites] for _ in range(run.size(TIMES, 5))]
        page = entries_of(await sites[0].at.connection.exchange(sites[0].pull(sites[0].recent[0])))
        _, *peaks = ({"server_peak_mb": one.at.server.peak_memory_mb} for one in sites)
    if len(page) != PAGE:
        raise AssertionError("a pull did not bring what it should")
    for number, what in enumerate(("push", f"pull of {PAGE} entries", "sync with nothing new")):
        small, entries, programmes = (
            1 / median([sample[of][number] for sample in samples]) for of in range(len(sites))
        )
        base = f"the same at {few} entries, {few_programmes} programmes"
        for rate, size, more in zip(
            (entries, programmes), (f"{many} entries", f"{many_programmes} programmes"), peaks, strict=True
        ):
            yield Result(work, f"{what} at {size}", rate, "times/s", base, small, BAR, more=more)


async def site(at: Hosted, entries: int, programmes: int) -> Site:
    phone, other = await at.two_phones()
    chain = Chain.start(at.programme.id, at.programme.personal(phone))
    made = Site(at, phone, other, chain, deque([chain.cursor], maxlen=PAGE + 1))
    await made.grow(entries, programmes)
    return made
