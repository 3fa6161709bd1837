"""A real server process with a founded programme: what a client is tried against."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.operator import founding_ticket
from api.settings import Settings
from crypto.public.base64url import b64
from crypto.secret.local import new_passcode_words
from device.engine import Engine
from device.phone import Phone
from sync.log import Chain

LOOPBACK = "127.0.0.1"
STARTING = 20.0
"""Seconds that the server may take to listen."""


@dataclass(frozen=True)
class Hall:
    """Where a server listens, and the phone of the lead who founded a programme on it."""

    address: str
    phone: Phone

    @property
    def engine(self) -> Engine:
        return self.phone.engine

    def handed_over(self) -> str:
        """JSON of what a client needs to be that phone for a session: it keeps no state and writes nothing."""
        identity, roster = self.engine.identity, self.engine.roster
        cursor = roster.chain.cursor
        return json.dumps(
            {
                "address": self.address,
                "programme": b64(identity.programme),
                "server_key": b64(roster.server_key),
                "device": b64(identity.device),
                "seed": b64(identity.signing.seed),
                "start": b64(Chain.start(identity.programme, identity.programme).head),
                "position": cursor.position,
                "head": b64(cursor.head),
            }
        )


@asynccontextmanager
async def hall(folder: Path) -> AsyncIterator[Hall]:
    """A server on the loopback interface, and the programme of one lead, until the block ends."""
    with _server(folder) as settings:
        passcode = new_passcode_words(os.urandom)
        phone = Phone.create(folder / "phone", folder / "keystore", passcode)
        try:
            await phone.found(founding_ticket(settings), "Ada")
            yield Hall(settings.address, phone)
        finally:
            await phone.close()


@contextmanager
def _server(folder: Path) -> Iterator[Settings]:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = int(probe.getsockname()[1])
    settings = Settings(data=folder / "server", address=f"http://{LOOPBACK}:{port}", host=LOOPBACK, port=port)
    command = [str(Path(sys.executable).with_name("hallway")), "serve", "--data", str(settings.data)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--address", settings.address, "--port", str(port)], stdout=log, stderr=log
        )
        try:
            _wait(port, process)
            yield settings
        finally:
            process.terminate()
            process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + STARTING
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("the server did not start: see server.log")
        try:
            socket.create_connection((LOOPBACK, port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the server did not listen")
