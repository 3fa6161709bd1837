"""Runs the server: one process, since cached heads and live sessions are its own."""

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.logs import configure_logs, log_event
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


def run(settings: Settings) -> None:
    """Serves until a signal stops it. Raises KeyFileWrong, AlreadyServed, StorageFailed."""
    configure_logs()
    app = create_app(settings)
    log_event("started")
    try:
        uvicorn.Server(config(app, settings)).run()
    finally:
        app.state.services.close()
        log_event("stopped")


if __name__ == "__main__":
    run(Settings())
