"""Processes that answer: the product's own server on an embedded database, and the bare baseline."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import insert

from api.keyfile import server_key
from api.settings import Settings
from crypto.public.signing import SigningKey
from store.database import Database
from store.tables import FoundingTokenRow

START_SECONDS = 30.0
STATEMENTS = "statements"
"""File in which `bench.counted` counts the statements of its database."""


@dataclass(frozen=True)
class Server:
    """A running server and what its operator knows."""

    settings: Settings
    key: SigningKey
    process: "subprocess.Popen[bytes]"

    @property
    def port(self) -> int:
        return self.settings.port

    @property
    def statements(self) -> int:
        """SQL statements so far, of a server that counts them."""
        return int.from_bytes((self.settings.data / STATEMENTS).read_bytes(), "big")

    @property
    def peak_memory_mb(self) -> float:
        """Highest resident size of the process so far; 0 where the system does not tell."""
        return self._size("VmHWM")

    @property
    def memory_mb(self) -> float:
        """Resident size of the process now; 0 where the system does not tell."""
        return self._size("VmRSS")

    def _size(self, name: str) -> float:
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return 0.0
        found = re.search(rf"{name}:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0

    def tokens(self, count: int) -> list[bytes]:
        """Founding tokens."""
        made = [os.urandom(16) for _ in range(count)]
        database = Database(self.settings.database_path)
        try:
            with database.connection() as connection:
                connection.exec_driver_sql("BEGIN")
                connection.execute(insert(FoundingTokenRow), [{"hash": sha256(token).digest()} for token in made])
                connection.exec_driver_sql("COMMIT")
        finally:
            database.close()
        return made


@asynccontextmanager
async def serving(directory: Path, *, counted: bool = False) -> AsyncIterator[Server]:
    """The product's server in a process of its own; with `counted`, one that counts its SQL statements."""
    port = free_port()
    settings = Settings(data=directory, address=f"http://127.0.0.1:{port}", port=port)
    key = server_key(settings.key_path, os.urandom)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HALLWAY_")} | {
        "HALLWAY_DATA": str(directory),
        "HALLWAY_ADDRESS": settings.address,
        "HALLWAY_PORT": str(port),
    }
    async with running("bench.counted" if counted else "api.server", port, environment=environment) as process:
        yield Server(settings, key, process)


@asynccontextmanager
async def constant(size: int) -> AsyncIterator[int]:
    """Bare uvicorn answering every request with the same `size` bytes; yields its port."""
    port = free_port()
    async with running("bench.constant", port, [str(port), str(size)]):
        yield port


@asynccontextmanager
async def running(
    module: str, port: int, arguments: Sequence[str] = (), environment: dict[str, str] | None = None
) -> AsyncIterator["subprocess.Popen[bytes]"]:
    """A Python module that listens on `port`, until the block ends."""
    process = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-m", module, *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await _listening(process, port)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _listening(process: "subprocess.Popen[bytes]", port: int) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError(f"the server ended with status {process.returncode}") from None
                await asyncio.sleep(0.05)
                continue
            writer.close()
            await writer.wait_closed()
            return
