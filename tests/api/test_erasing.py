"""Erasing over HTTP: at the start, by the timer, and what a reader is shown."""

import sqlite3
from contextlib import closing
from threading import Event
from unittest.mock import patch

from api.defects import Defects
from api.erasing import erasing
from store.errors import StorageFailed
from sync.erasure import DELAY, Erase, Withdraw
from tests.support.client import Host, Tenant, problem_of


async def erased(tenant: Tenant) -> bytes:
    """The log of an erasure of its first entry."""
    world = tenant.world
    log = world.log("commons")
    one = world.write(world.lead, log, b"one")
    other = world.write(world.lead, log, b"other")
    entry = world.land(world.erasing(world.lead, log, Erase(world.day, (one.leaf,))))
    response = await tenant.push(world.lead, one, other, entry)
    assert response.status_code == 200, response.text
    return log


async def shown(tenant: Tenant, log: bytes) -> list[bool]:
    """Which entries of the log have bodies."""
    (answer,) = await tenant.pull(tenant.world.lead, log)
    return [entry["body"] is not None for entry in answer["entries"]]


async def test_a_body_is_null_when_its_day_has_come(host: Host, tenant: Tenant) -> None:
    log = await erased(tenant)
    host.now += DELAY * 86_400 - 86_400
    host.app.state.services.erase_due()
    tenant.tokens.clear()
    assert await shown(tenant, log) == [True, True, True]
    host.now += 86_400
    host.app.state.services.erase_due()
    tenant.tokens.clear()
    assert await shown(tenant, log) == [False, True, True]


async def test_what_fell_due_while_the_server_was_off_goes_at_its_start(host: Host, tenant: Tenant) -> None:
    await erased(tenant)
    host.now += (DELAY + 3) * 86_400
    await host.restart()
    with closing(sqlite3.connect(host.settings.database_path)) as connection:
        rows = connection.execute("SELECT COUNT(*) FROM entries WHERE body IS NULL").fetchone()
    assert rows == (1,)


async def test_a_refused_erasure_names_its_entry(tenant: Tenant) -> None:
    world = tenant.world
    log = world.log("commons")
    wrong = world.erasing(world.lead, log, Withdraw(world.day, bytes(32)))
    response = await tenant.push(world.lead, wrong)
    assert (response.status_code, problem_of(response)) == (409, "leaf-unknown")
    assert response.json()["sequence"] == 1


class Counted:
    """Services that are asked again and again, and fail the first time."""

    def __init__(self) -> None:
        self.calls, self.enough, self.defects = 0, Event(), Defects()

    def erase_due(self) -> None:
        self.calls += 1
        if self.calls == 1:
            raise StorageFailed("the disk is full")
        if self.calls == 3:
            self.enough.set()


def test_the_timer_asks_again_and_again_and_outlives_a_full_disk() -> None:
    counted = Counted()
    with patch("api.erasing.log_defect") as logged, erasing(counted, every=0.001):  # type: ignore[arg-type]
        assert counted.enough.wait(10)
    assert logged.call_count == 1
    assert counted.defects.take() == {"StorageFailed"}
