"""A real server process, which a test may kill: uvicorn over the application, with a clock that stands still."""

import asyncio
import socket
from multiprocessing import get_context
from pathlib import Path

import uvicorn

from api.app import create_app
from api.logs import configure_logs
from api.metrics import metering
from api.server import config
from api.settings import Settings
from tests.support.programme import FIRST_DAY

NOON = FIRST_DAY * 86_400.0 + 43_200
CONTEXT = get_context("forkserver")
# Imports are most of a start; with them done once, twenty restarts take seconds.
CONTEXT.set_forkserver_preload(["tests.support.serving"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(settings: Settings) -> None:
    """What `api.server.run` does, on the day on which test programmes are founded."""
    configure_logs()
    app = create_app(settings, lambda: NOON)
    with metering(app.state.services):
        uvicorn.Server(config(app, settings)).run()


class ServerProcess:
    """Start, kill, start again: the files stay."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def start(self) -> None:
        self._process = CONTEXT.Process(target=serve, args=(self.settings,))
        self._process.start()
        for _ in range(1000):
            try:
                _, writer = await asyncio.open_connection(self.settings.host, self.settings.port)
            except OSError:
                assert self._process.is_alive(), "the server did not start"
                await asyncio.sleep(0.01)
            else:
                writer.close()
                await writer.wait_closed()
                return
        raise TimeoutError("the server did not answer")

    def peak_memory(self) -> int:
        """Bytes that the process has had resident at most."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        self._process.kill()
        self._process.join()
        self._process.close()
