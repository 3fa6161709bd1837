"""Runs the server: one process, since cached heads and live sessions are its own."""

import gc
from collections.abc import Callable
from socket import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.erasing import erasing
from api.logs import configure_logs, log_event
from api.metrics import metering
from api.settings import Settings


def config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves the application."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        # Who asked, and when, is not to be known afterwards.
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )


class Server(uvicorn.Server):
    """Tells when connections are taken: before that, what its owner waits for may still fail."""

    def __init__(self, wanted: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(wanted)
        self.listening = listening

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        # Raised again after serving, SIGTERM would end the process before its services are closed.
        self._captured_signals.clear()


def run(settings: Settings, listening: Callable[[], None] = lambda: None) -> None:
    """Serves until a signal stops it; `listening` is called when it does.

    Raises KeyFileWrong, AlreadyServed, StorageFailed, MetricsPortTaken; SystemExit if the other port is taken.
    """
    configure_logs()
    serve(create_app(settings), settings, listening)


def serve(
    app: FastAPI,
    settings: Settings,
    listening: Callable[[], None] = lambda: None,
    sockets: list[socket] | None = None,
) -> None:
    """Serves an application until a signal stops it, then closes its services. `sockets` replace host and port."""
    log_event("started")
    # What was made so far stays for ever. Walked through again and again, it held all requests up for 80 ms a time.
    gc.collect()
    gc.freeze()
    try:
        with erasing(app.state.services), metering(app.state.services):
            Server(config(app, settings), listening).run(sockets)
    finally:
        app.state.services.close()
        log_event("stopped")


if __name__ == "__main__":
    run(Settings())
