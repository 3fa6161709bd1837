"""What wakes an operator in time, in the text format of Prometheus, on a port of its own.

A scraper keeps every value with the time at which it saw it change. So no line may change because of one sync: what
grows with use is read once an hour and in steps, and nothing is counted (docs/decisions/0023-metrics.md).
"""

import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Lock, Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.keyfile import is_good
from api.logs import log_defect
from api.services import Services
from store.errors import Overloaded, StorageFailed

LOOPBACK = "127.0.0.1"
STEP = 67_108_864
"""Bytes: 16,384 bodies of 4 KiB."""
HOUR = 3600
# Every scrape takes as long, since scrapers also keep how long each took: one that waited for the COMMIT of others
# would tell that somebody was syncing.
WAIT = 1.0
STATM = Path("/proc/self/statm")


class MetricsPortTaken(Exception):
    """Another program listens on the port for metrics."""


class Metrics(Collector):
    """All lines. `wait`: seconds that a commit is given, and that a scrape takes."""

    def __init__(self, services: Services, wait: float) -> None:
        self._services = services
        self._wait = wait
        # The time of a start would be that of the operator's shift; phones that were cut off come back right after it.
        self._started = datetime.fromtimestamp(services.day * 86_400, UTC).date().isoformat()
        self._version = version("hallway")
        self._lock = Lock()
        self._closed = False
        self._trial: Future[None] | None = None
        self._hour: int | None = None
        self._sizes: list[Metric] = []
        self._hours: dict[str, int] = {}

    def collect(self) -> list[Metric]:
        """The lines of one scrape; none once it is closed."""
        with self._lock:
            if self._closed:
                return []
            try:
                return self._collected()
            except Exception as error:
                # The library would print the message, which may quote a path.
                log_defect(error)
                return []

    def close(self) -> None:
        """Waits for a scrape that is under way."""
        with self._lock:
            self._closed = True

    def _collected(self) -> list[Metric]:
        writes = self._writes()
        hour = int(self._services.clock() // HOUR)
        if hour != self._hour:
            self._hour = hour
            # A database that hangs would hold up the line that says so.
            self._sizes = list(self._measured(database=writes))
            for kind in self._services.defects.take():
                self._hours[kind] = self._hours.get(kind, 0) + 1
        return [*self._standing(writes=writes), *self._sizes, self._defects()]

    def _standing(self, *, writes: bool) -> Iterator[Metric]:
        """What is the same whoever syncs."""
        settings = self._services.settings
        info = GaugeMetricFamily("hallway_info", "Version, and UTC day of the start.", labels=["version", "started"])
        info.add_metric([self._version, self._started], 1)
        yield info
        yield GaugeMetricFamily("hallway_database_writes", "1: a write was committed just now.", writes)
        # Below a half it would be the number of phones that are syncing; above, at least 513 writes wait.
        behind = self._services.store.is_behind
        yield GaugeMetricFamily("hallway_writes_behind", "1: over half of the writes that may wait do.", behind)
        keys = GaugeMetricFamily("hallway_key_file_good", "1: the next start will take this file.", labels=["file"])
        for path in (settings.key_path, settings.noise_key_path):
            keys.add_metric([path.name], is_good(path))
        yield keys

    def _writes(self) -> bool:
        """Whether a write that changes nothing is durable by the end of the wait."""
        # While the writer hangs, one trial waits in its queue and not one a scrape.
        if self._trial is None or self._trial.done():
            try:
                self._trial = self._services.store.check_writable()
            except Overloaded:
                self._trial = None
        time.sleep(self._wait)
        return self._trial is not None and self._trial.done() and self._trial.exception() is None

    def _measured(self, *, database: bool) -> Iterator[Metric]:
        """What moves with use. Read at any time, even in steps, the scrape at which a step was taken would be that of
        a sync; once an hour it is that of nobody.
        """
        folders = (self._services.settings.data, self._services.settings.database_path.parent)
        free = min(shutil.disk_usage(folder).free for folder in folders)
        yield GaugeMetricFamily(
            "hallway_disk_free_bytes", "Of the data directory or the database's, the lesser.", free // STEP * STEP
        )
        if database:
            try:
                size = self._services.store.size()
            except StorageFailed:
                pass
            else:
                yield GaugeMetricFamily("hallway_database_size_bytes", "Of all tables.", _up(size))
        if STATM.exists():
            resident = int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            yield GaugeMetricFamily("hallway_resident_memory_bytes", "Of the process.", _up(resident))

    def _defects(self) -> Metric:
        # How often would be how many requests met it; the hour at which it is told is that of the next reading.
        found = CounterMetricFamily(
            "hallway_defect_hours", "Hours in which there was a defect of this kind.", labels=["kind"]
        )
        for kind, hours in sorted(self._hours.items()):
            found.add_metric([kind], hours)
        return found


class _Listener(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A scraper that went away is no defect, and its traceback no line of the log."""


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the library names it so)
        """Nothing."""


@contextmanager
def metering(services: Services, wait: float = WAIT) -> Iterator[None]:
    """Serves the metrics on the loopback interface until the end of the block, if the settings give a port.

    Raises MetricsPortTaken.
    """
    port = services.settings.metrics_port
    if port is None:
        yield
        return
    # Not the library's own registry: its start time, processor time and collections move with every request.
    registry, metrics = CollectorRegistry(), Metrics(services, wait)
    registry.register(metrics)
    try:
        listener = _Listener((LOOPBACK, port), _Silent)
    except OSError:
        raise MetricsPortTaken(f"{LOOPBACK}:{port} cannot be listened on") from None
    listener.set_app(make_wsgi_app(registry))
    thread = Thread(target=listener.serve_forever, args=(0.1,), name="hallway-metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
        metrics.close()


def _up(count: int) -> int:
    """The next full step."""
    return -(-count // STEP) * STEP
