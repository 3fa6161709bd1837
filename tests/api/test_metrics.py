"""Metrics over real HTTP: they wake an operator, and no line of them moves because somebody syncs."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from threading import Event

import httpx
import pytest
from pydantic import ValidationError

from api.keyfile import server_key
from api.metrics import HOUR, STEP, Metrics, metering
from api.services import Services
from api.settings import Settings
from store.errors import Overloaded
from store.tokens import mint
from store.transaction import Transaction
from store.writer import LONGEST_QUEUE
from tests.support.actors import World
from tests.support.client import Client, Host, Tenant, problem_of
from tests.support.postgres import schema
from tests.support.programme import FIRST_DAY
from tests.support.serving import ServerProcess, free_port

NAMES = {
    "hallway_info",
    "hallway_database_writes",
    "hallway_writes_behind",
    "hallway_key_file_good",
    "hallway_disk_free_bytes",
    "hallway_database_size_bytes",
    "hallway_resident_memory_bytes",
}
Lines = dict[str, str]


async def scrape(port: int) -> Lines:
    """Every line that is no comment: name and labels, and the value as it stands there."""
    async with httpx.AsyncClient(timeout=30) as http:
        answer = await http.get(f"http://127.0.0.1:{port}/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    lines = (line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: value for name, _, value in lines}


async def until(port: int, name: str, value: str) -> Lines:
    """The first scrape with this value: a disk that others use as well may need more than one."""
    for _ in range(20):
        found = await scrape(port)
        if found[name] == value:
            return found
    raise AssertionError(f"{name} never was {value}")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    async for made in served(tmp_path):
        yield made


async def served(folder: Path, database: str | None = None) -> AsyncIterator[ServerProcess]:
    port, metrics_port = free_port(), free_port()
    address = f"http://127.0.0.1:{port}"
    made = ServerProcess(
        Settings(data=folder, database=database, port=port, address=address, metrics_port=metrics_port)
    )
    await made.start()
    yield made
    made.kill()


def port_of(server: ServerProcess) -> int:
    assert server.settings.metrics_port is not None
    return server.settings.metrics_port


async def a_day_of_a_programme(settings: Settings) -> None:
    """Founded, joined, written and read; and strangers who are refused."""
    world = World.found(1, server=server_key(settings.key_path, os.urandom), address=settings.address)
    async with httpx.AsyncClient(base_url=settings.address) as http:
        tenant = Tenant(Client(http, settings.address), world)
        assert (await tenant.found(mint(settings.place, os.urandom))).status_code == 200
        world.invite("recovery")
        assert (await tenant.push(world.lead, world.entries[-1])).status_code == 200
        used = world.invite("member")
        assert (await tenant.push(world.lead, world.entries[-1])).status_code == 200
        member = world.join(used)
        assert (await tenant.push(used, world.entries[-1])).status_code == 200
        log = world.log("personal", member)
        for _ in range(3):
            assert (await tenant.push(member, world.write(member, log))).status_code == 200
        [pulled] = await tenant.pull(member, log)
        assert len(pulled["entries"]) == 3
        assert problem_of(await tenant.client.get("/v1/wraps", "A" * 43)) == "session-required"
        assert problem_of(await tenant.client.get("/metrics")) == "not-found"


async def test_a_sync_between_two_scrapes_leaves_every_line_as_it_was(server: ServerProcess) -> None:
    before = await until(port_of(server), "hallway_database_writes", "1.0")
    assert {name.partition("{")[0] for name in before} == NAMES
    await a_day_of_a_programme(server.settings)
    assert await until(port_of(server), "hallway_database_writes", "1.0") == before


async def test_on_postgresql_too(tmp_path: Path) -> None:
    with schema() as place:
        async for server in served(tmp_path, place.url):
            before = await until(port_of(server), "hallway_database_writes", "1.0")
            assert {name.partition("{")[0] for name in before} == NAMES
            await a_day_of_a_programme(server.settings)
            assert await until(port_of(server), "hallway_database_writes", "1.0") == before


async def test_no_value_is_finer_than_a_day_or_a_step(host: Host) -> None:
    with page(host) as port:
        found = await scrape(port)
    day = datetime.fromtimestamp(FIRST_DAY * 86_400, UTC).date().isoformat()
    assert f'hallway_info{{started="{day}",version="{version("hallway")}"}}' in found
    for name, value in found.items():
        assert float(value) in (0, 1) or (name.endswith("_bytes") and float(value) % STEP == 0), name


async def test_a_locked_database_is_told_while_it_is_locked(server: ServerProcess) -> None:
    await until(port_of(server), "hallway_database_writes", "1.0")
    with closing(sqlite3.connect(server.settings.database_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        locked = await scrape(port_of(server))
        assert locked["hallway_database_writes"] == "0.0"
        # Everything else is told nevertheless.
        assert {name.partition("{")[0] for name in locked} == NAMES
        other.execute("ROLLBACK")
    await until(port_of(server), "hallway_database_writes", "1.0")


async def test_a_key_file_that_the_next_start_would_refuse_is_told(server: ServerProcess) -> None:
    settings = server.settings
    noise, key = (f'hallway_key_file_good{{file="{name}"}}' for name in ("noise.key", "server.key"))
    settings.noise_key_path.unlink()
    settings.key_path.chmod(0o644)
    found = await scrape(port_of(server))
    assert (found[noise], found[key]) == ("0.0", "0.0")
    # It looked, and did not make a new one.
    assert not settings.noise_key_path.exists()
    settings.key_path.chmod(0o600)
    assert (await scrape(port_of(server)))[key] == "1.0"


@contextmanager
def page(host: Host) -> Iterator[int]:
    """The port with the metrics of a server whose clock the test moves."""
    services: Services = host.app.state.services
    port = free_port()
    object.__setattr__(services, "settings", host.settings.model_copy(update={"metrics_port": port}))
    with metering(services, wait=0.2):
        yield port


async def test_a_failure_is_told_after_the_hour_and_once_an_hour(host: Host, tenant: Tenant) -> None:
    """Told at once, or each time, it would say when somebody synced who met it."""
    name = 'hallway_defect_hours_total{kind="OperationalError"}'
    lead, log = tenant.world.lead, tenant.world.log("commons")
    with page(host) as port:
        before = await until(port, "hallway_database_writes", "1.0")
        with closing(sqlite3.connect(host.settings.database_path)) as other:
            other.execute("ALTER TABLE entries RENAME TO elsewhere")
        for _ in range(3):
            assert problem_of(await tenant.push(lead, tenant.world.write(lead, log))) == "storage-failed"
        # The commit of nothing still succeeds: only the kind tells that something is wrong.
        assert await until(port, "hallway_database_writes", "1.0") == before
        host.now += HOUR
        assert (await scrape(port))[name] == "1.0"
        assert (await scrape(port))[name] == "1.0"
        tenant.tokens.clear()
        assert problem_of(await tenant.push(lead, tenant.world.write(lead, log))) == "storage-failed"
        host.now += HOUR
        assert (await scrape(port))[name] == "2.0"
        host.now += HOUR
        assert (await scrape(port))[name] == "2.0"


async def test_sizes_are_read_once_an_hour(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step taken within the hour would be at the time of the sync that took it."""
    services: Services = host.app.state.services
    looked: list[Path] = []
    real = shutil.disk_usage

    def disk_usage(folder: Path) -> object:
        looked.append(folder)
        return real(folder)

    monkeypatch.setattr("api.metrics.shutil.disk_usage", disk_usage)
    metrics = Metrics(services, wait=0.01)
    for _ in range(3):
        metrics.collect()
    assert len(looked) == 2
    host.now += HOUR
    metrics.collect()
    assert len(looked) == 4
    metrics.close()
    assert metrics.collect() == []


async def test_the_lesser_of_two_disks_is_told_in_whole_steps(tmp_path: Path) -> None:
    async with Host(tmp_path) as host:
        with page(host) as port:
            found = await scrape(port)
    free = shutil.disk_usage(tmp_path).free
    # Others write to this disk, too.
    assert abs(float(found["hallway_disk_free_bytes"]) - free) <= 4 * STEP
    assert float(found["hallway_database_size_bytes"]) == STEP
    assert 0 < float(found["hallway_resident_memory_bytes"]) < 64 * STEP


async def test_only_a_queue_above_a_half_is_told(host: Host) -> None:
    services: Services = host.app.state.services
    holding, free = Event(), Event()

    def hold(_: Transaction) -> None:
        holding.set()
        free.wait(60)

    with page(host) as port:
        store = services.store
        first = store._writer.submit(hold)
        holding.wait(10)
        waiting = [store.check_writable() for _ in range(LONGEST_QUEUE // 2 - 1)]
        # The scrape's own commit is the last of the half.
        found = await scrape(port)
        assert (found["hallway_writes_behind"], found["hallway_database_writes"]) == ("0.0", "0.0")
        waiting.append(store.check_writable())
        assert (await scrape(port))["hallway_writes_behind"] == "1.0"
        # One commit of the scrapes waits, however many they are, and a full queue stops none of them.
        with pytest.raises(Overloaded):
            waiting.extend(store.check_writable() for _ in range(LONGEST_QUEUE))
        assert (await scrape(port))["hallway_database_writes"] == "0.0"
        free.set()
        for future in [first, *waiting]:
            await asyncio.wrap_future(future)
        found = await until(port, "hallway_database_writes", "1.0")
        assert found["hallway_writes_behind"] == "0.0"


def test_the_port_of_the_phones_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        Settings(data=tmp_path, port=8499, metrics_port=8499)
