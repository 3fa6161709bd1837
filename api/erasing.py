"""The server's own timer: bodies go on the day they fall due, also where nobody asks for anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from api.logs import log_defect
from api.services import Services
from store.errors import Overloaded, StorageFailed

EVERY = 600.0
"""Seconds."""


@contextmanager
def erasing(services: Services, every: float = EVERY) -> Iterator[None]:
    """Erases what is due, every so often, until the end of the block."""
    stopped = Event()
    thread = Thread(target=_run, args=(services, every, stopped), name="hallway-erasing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _run(services: Services, every: float, stopped: Event) -> None:
    while not stopped.wait(every):
        try:
            services.erase_due()
        except (StorageFailed, Overloaded) as error:
            # A full disk passes; the marks are there the next time.
            log_defect(error)
            services.defects.note(error)
