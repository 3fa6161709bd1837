"""The operator's side: a tree without the decryption code, and a real server process that runs from it."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

from api.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("api", "store", "sync", "stats", "schemas", "crypto", "alembic")
LEFT_OUT = ("crypto/secret", "sync/device")
STOPPING = 20.0


def strip(target: Path) -> None:
    """Copy what a server needs into `target`: no `device`, no `sync/device`, no `crypto/secret`."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, target / room, ignore=_left_out)
    (target / "demo").mkdir()
    for file in ("__init__.py", "server.py"):
        shutil.copy(ROOT / "demo" / file, target / "demo")


def _left_out(folder: str, names: list[str]) -> set[str]:
    place = Path(folder).relative_to(ROOT)
    return {name for name in names if name == "__pycache__" or (place / name).as_posix() in LEFT_OUT}


def interpreter(tree: Path) -> tuple[list[str], dict[str, str]]:
    """Command and environment of a Python that sees `tree` and the installed libraries, and not this checkout."""
    paths = dict.fromkeys((str(tree), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HALLWAY_", "PYTHON"))}
    # The editable install puts the checkout on the path of every Python that runs `site`.
    return [sys.executable, "-S", "-P", "-B"], environment | {"PYTHONPATH": os.pathsep.join(paths)}


class Host:
    """A server of one programme's origin. `folder`: its tree, its data and its log."""

    def __init__(self, folder: Path, clock: Path) -> None:
        self.tree = folder / "tree"
        self.log = folder / "server.log"
        self.data = folder / "data"
        self.clock = clock
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        strip(self.tree)

    @property
    def port(self) -> int:
        """Where it listens, from the start: connections wait until the process takes them."""
        return int(self.listener.getsockname()[1])

    def settings(self, address: str) -> Settings:
        return Settings(data=self.data, address=address)

    @property
    def database(self) -> Path:
        """The server's database file."""
        return self.settings("http://127.0.0.1").database_path

    def start(self, address: str) -> None:
        """Start the process; `address`: the origin that phones use."""
        command, environment = interpreter(self.tree)
        handle = self.listener.fileno()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(*command, "-m", "demo.server", "--data", str(self.data), "--address", address),
                    *("--clock", str(self.clock), "--socket", str(handle)),
                ],
                cwd=self.tree,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[handle],
            )

    async def stop(self) -> int:
        """Ask the process to end; its exit status."""
        if self.process is None:
            raise RuntimeError("the server was never started")
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, STOPPING)

    def close(self) -> None:
        """Whatever happened, leave no process behind."""
        self.listener.close()
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def files(self) -> dict[str, bytes]:
        """Every file of the server's directory by name: the database, its write-ahead log, its index, the key."""
        return {path.name: path.read_bytes() for path in sorted(self.data.iterdir())}
