"""The real server on its files: started, killed at a COMMIT, backed up and put back."""

import shutil
import sqlite3
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

import api.app
from api.keyfile import server_key
from api.settings import Settings
from crypto.public.randomness import Randomness
from simulation import programs
from simulation.randomness import seeded
from store.sqlite import Sqlite
from sync.state import FIRST_RULES

ADDRESS = "http://hall.test"


class Server:
    """One server of its life's many processes. `dying`: "before" or "after" the next COMMIT; `died`: it has.

    `program`: the rules version that it implements; `ready`: key files with which it may go
    on, by public key.
    """

    def __init__(self, data: Path, clock: Callable[[], float], randomness: Randomness) -> None:
        self.settings = Settings(data=data, address=ADDRESS)
        data.mkdir(parents=True, exist_ok=True)
        self.clock = clock
        self.randomness = randomness
        self.dying = ""
        self.died = False
        self.program = FIRST_RULES
        self.ready: dict[bytes, Path] = {}
        self.start()

    def start(self) -> None:
        server = self

        class Disk(sqlite3.Connection):
            def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
                if sql != "COMMIT" or not server.dying:
                    return super().execute(sql, *parameters)
                moment, server.dying, server.died = server.dying, "", True
                if moment == "before":
                    raise sqlite3.OperationalError("the power failed")
                return super().execute(sql, *parameters)

        with patch.object(api.app, "open_at", partial(Sqlite, driver=Disk)):
            self.app = api.app.create_app(self.settings, self.clock, self.randomness)
        self.asgi = httpx.ASGITransport(self.app)
        self.dying, self.died = "", False

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """The whole answer; raises httpx.ReadError if the server dies over it."""
        phone = programs.running()
        programs.run(self.program)
        try:
            response = await self.asgi.handle_async_request(request)
            await response.aread()
        finally:
            programs.run(phone)
        self.dying = ""
        if self.died:
            self.kill()
            # Whoever was told "stored" before the power failed was told so.
            if response.status_code != 200:
                raise httpx.ReadError("the server died")
        return response

    def erase_due(self) -> None:
        """What the server's own timer does; no death was meant for it."""
        dying, self.dying = self.dying, ""
        self.app.state.services.erase_due()
        self.dying = dying

    def stop(self) -> None:
        self.app.state.services.close()

    def kill(self) -> None:
        """Nothing is closed in order: the files as they are now are all that the next process finds."""
        left = self.backup(self.settings.data.with_name("killed"))
        self.restore(left)
        shutil.rmtree(left)

    def backup(self, target: Path) -> Path:
        """Database, write-ahead log and key as they are at this moment."""
        target.mkdir()
        for path in self.settings.data.iterdir():
            if not path.name.endswith(("-shm", ".lock")):
                shutil.copy(path, target)
        return target

    def restore(self, copy: Path) -> None:
        self.stop()
        shutil.rmtree(self.settings.data)
        shutil.copytree(copy, self.settings.data)
        self.start()

    @property
    def key(self) -> bytes:
        """The public key that signs its answers."""
        return server_key(self.settings.key_path, seeded("none")).public

    def move(self, key: bytes, address: str) -> None:
        """The same database at another address, with the one of the keys that are `ready`, or its own."""
        self.stop()
        if key != self.key:
            shutil.copy(self.ready[key], self.settings.key_path)
        self.settings = Settings(data=self.settings.data, address=address)
        self.start()

    def is_at(self, url: httpx.URL) -> bool:
        return url.host == httpx.URL(self.settings.address).host

    def put_back(self, copy: Path, *, mailbox: bool) -> None:
        """A database from a backup. No backup has the reports, nor the key of the noise: they are where they were if
        `mailbox`, else gone with the disk.
        """
        names = (self.settings.mailbox_path, self.settings.noise_key_path)
        self.stop()
        left = self.settings.data.with_name("left")
        shutil.move(self.settings.data, left)
        shutil.copytree(copy, self.settings.data, ignore=lambda _, found: [one for one in found if _is_of(one, names)])
        for path in left.iterdir() if mailbox else ():
            if _is_of(path.name, names):
                shutil.copy(path, self.settings.data)
        shutil.rmtree(left)
        self.start()

    def files(self) -> bytes:
        """All that the operator holds on disk."""
        return b"".join(path.read_bytes() for path in sorted(self.settings.data.iterdir()))

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.settings.database_path)
        try:
            return connection.execute(sql, parameters).fetchall()
        finally:
            connection.close()


def _is_of(name: str, paths: Collection[Path]) -> bool:
    """A file, or what SQLite keeps beside it."""
    return any(name.startswith(path.name) for path in paths) and not name.endswith((".lock", "-shm"))
