"""What every work is given: a directory on the disk that is measured, sizes in proportion, a programme to measure."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.client import Client
from bench.http import Connection
from bench.people import Phone, Programme
from bench.server import Server, serving


@dataclass(frozen=True)
class Run:
    """`scale` 1 is the whole work; a smaller one is for trying that the measurements run at all."""

    directory: Path
    scale: float

    def size(self, whole: int, least: int) -> int:
        """So many of something, at this scale."""
        return max(least, round(whole * self.scale))

    def folder(self) -> "TemporaryDirectory[str]":
        """A directory that goes away again."""
        return TemporaryDirectory(dir=self.directory)


@dataclass
class Hosted:
    """A server with one programme, and a connection to it."""

    server: Server
    client: Client
    programme: Programme

    @property
    def connection(self) -> Connection:
        return self.client.connection

    async def two_phones(self) -> tuple[Phone, Phone]:
        """Two linked phones of one new member, with sessions."""
        ((one, other),) = await self.client.members(self.programme, 1)
        await self.client.token(one)
        await self.client.token(other)
        return one, other


@asynccontextmanager
async def hosted(run: Run, *, counted: bool = False) -> AsyncIterator[Hosted]:
    """A fresh server with a founded programme."""
    with run.folder() as folder:
        async with serving(Path(folder), counted=counted) as server:
            client = Client(server, await Connection.open(server.port))
            programme = await client.found(server.tokens(1)[0], today())
            yield Hosted(server, client, programme)
            client.connection.close()


def today() -> int:
    """UTC days since 1970: the server refuses statements of any other day."""
    return int(time.time() // 86_400)
