"""The same prebuilt requests over and over, on one connection each, against any server: how many answers a second."""

import asyncio
import time
from collections.abc import Sequence

from bench.http import Connection


async def flood(port: int, requests: Sequence[bytes], count: int) -> float:
    """Answers a second when each of `requests` is sent `count` times on a connection of its own."""
    connections = [await Connection.open(port) for _ in requests]
    start = time.perf_counter()
    await asyncio.gather(
        *(repeat(connection, request, count) for connection, request in zip(connections, requests, strict=True))
    )
    taken = time.perf_counter() - start
    for connection in connections:
        connection.close()
    return len(requests) * count / taken


async def repeat(connection: Connection, request: bytes, count: int) -> None:
    for _ in range(count):
        await connection.exchange(request)
