"""What the server writes to its log: fixed events with keys from one list, and no value a client sent.

There is no line per request: who asked, and when, is exactly what a log must not know.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset({"event", "level", "kind", "where", "logger", "version"})
"""`kind`: class of an exception; `where`: file and line of the code; `logger`: the library that spoke."""


def only_allowed(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drops every key that is not on the list."""
    return {key: value for key, value in event.items() if key in ALLOWED}


def configure_logs() -> None:
    """Sends what the libraries say through the same list; for a process that is nothing but a server."""
    root = logging.getLogger()
    root.handlers[:] = [LibraryHandler(logging.WARNING)]
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        # Another server of the same process may have silenced it.
        logger.setLevel(logging.NOTSET)
        logger.propagate = name != "uvicorn.access"


def log_event(event: str, **values: object) -> None:
    """One JSON object on standard error."""
    _logger().info(event, **values)


def log_defect(error: BaseException) -> None:
    """Which exception it was and where, without its message: messages quote values."""
    _logger().error("defect", kind=type(error).__name__, where=_where(error))


class LibraryHandler(logging.Handler):
    """A library's message may quote a path, an address or a body, so only who spoke, and where, is kept."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        _logger().warning(
            "library",
            logger=record.name,
            kind=type(error).__name__ if error else record.levelname,
            where=f"{record.module}:{record.lineno}",
        )


def _logger() -> Any:
    processors: list[Any] = [structlog.processors.add_log_level, only_allowed, structlog.processors.JSONRenderer()]
    return structlog.wrap_logger(structlog.PrintLogger(sys.stderr), processors=processors)


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    if trace is None:
        return "unknown"
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
