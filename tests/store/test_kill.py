"""What was acknowledged is there after a SIGKILL: twenty in a row, in the middle of pushes, over real HTTP."""

import asyncio
import os
import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from api.keyfile import server_key
from api.settings import Settings
from crypto.public.base64url import b64, unb64
from store.place import Place
from store.tokens import mint
from sync.log import Cursor, Entry
from tests.support.actors import World
from tests.support.client import Client, Tenant, log_json
from tests.support.serving import ServerProcess, free_port
from tests.support.storage import database_of

KILLS = 20


@dataclass
class Pusher:
    """A lead who writes one entry after the other into one log, and sends again what was not answered."""

    tenant: Tenant
    log: bytes
    verified: Cursor
    acknowledged: list[Entry] = field(default_factory=list)
    pending: Entry | None = None

    async def run(self) -> None:
        """Pushes until the server is gone."""
        while True:
            world = self.tenant.world
            entry = self.pending = self.pending or world.sealing(world.lead, self.log, os.urandom(16))
            response = await self.tenant.sync(
                world.lead, log_json(self.log, world.space(self.log).chain.cursor, [entry])
            )
            assert response.status_code == 200, response.text
            [accepted] = response.json()["logs"][0]["accepted"]
            self.acknowledge(entry, accepted["position"])

    def acknowledge(self, entry: Entry, position: int) -> None:
        self.tenant.world.land(entry)
        assert position == self.tenant.world.space(self.log).chain.position
        self.acknowledged.append(entry)
        self.pending = None

    async def check(self) -> None:
        """Every acknowledged entry is there, in its place; beyond them at most the one that was under way."""
        response = await self.tenant.sync(
            self.tenant.world.lead, log_json(self.log, self.verified, own=True), budget=8_388_608
        )
        [log] = response.json()["logs"]
        assert log["known"]
        assert not log["more"]
        stored = [(one["position"], one["signature"]) for one in log["entries"]]
        first = self.verified.position + 1
        expected = [(first + n, b64(entry.signature)) for n, entry in enumerate(self.acknowledged)]
        assert stored[: len(expected)] == expected
        beyond = [signature for _, signature in stored[len(expected) :]]
        assert beyond in ([], [b64(self.pending.signature)] if self.pending else [])
        if beyond and self.pending:
            self.acknowledge(self.pending, first + len(expected))
        chain = self.tenant.world.space(self.log).chain
        assert log["head"]["position"] == chain.position
        assert unb64(log["head"]["head"], 32) == chain.head
        self.verified, self.acknowledged = chain.cursor, []


@pytest.mark.timeout(240)
async def test_every_acknowledged_entry_survives_twenty_kills(place: Place, tmp_path: Path) -> None:
    port = free_port()
    settings = Settings(data=tmp_path, database=database_of(place), port=port, address=f"http://127.0.0.1:{port}")
    key = server_key(settings.key_path, os.urandom)
    server = ServerProcess(settings)
    await server.start()
    tenants = []
    async with httpx.AsyncClient(base_url=settings.address) as http:
        for seed in (1, 2):
            world = World.found(seed, server=key, address=settings.address)
            tenants.append(Tenant(Client(http, settings.address), world))
            founded = await tenants[-1].found(mint(settings.place, os.urandom))
            assert founded.status_code == 200, founded.text
    pushers = [
        Pusher(tenant, log, tenant.start_of(log))
        for tenant in tenants
        for log in (tenant.world.log("personal", tenant.world.lead), tenant.world.log("leads"))
    ]
    total = 0
    for kill in range(KILLS):
        async with httpx.AsyncClient(base_url=settings.address) as http:
            for tenant in tenants:
                tenant.client, tenant.tokens = Client(http, settings.address), {}
            running = [asyncio.create_task(pusher.run()) for pusher in pushers]
            while not any(pusher.acknowledged for pusher in pushers):
                await asyncio.sleep(0.001)
                assert not any(task.done() for task in running), [task for task in running if task.done()]
            await asyncio.sleep(random.Random(kill).uniform(0, 0.05))
            server.kill()
            ends = await asyncio.gather(*running, return_exceptions=True)
            assert all(isinstance(end, httpx.TransportError) for end in ends), ends
        total += sum(len(pusher.acknowledged) for pusher in pushers)
        await server.start()
        async with httpx.AsyncClient(base_url=settings.address) as http:
            for tenant in tenants:
                tenant.client, tenant.tokens = Client(http, settings.address), {}
            for pusher in pushers:
                await pusher.check()
    server.kill()
    assert total >= KILLS
    if isinstance(place, Path):
        with closing(sqlite3.connect(place)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
