"""A server process on PostgreSQL over real HTTP: found, join, push, pull, erase, killed and started again."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api.keyfile import KeyFileWrong, server_key
from api.operator import begin_restore, end_restore, founding_ticket
from api.settings import Settings
from crypto.public.base64url import b64
from store.budget import excess, read_budget
from store.place import Address
from sync.erasure import Erase
from tests.support.actors import World
from tests.support.client import Client, Tenant, log_json, problem_of
from tests.support.postgres import connected, schema
from tests.support.serving import ServerProcess, free_port

BUDGET = Path(__file__).resolve().parents[2] / "docs" / "metadata-budget.yaml"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    port = free_port()
    with schema() as place:
        settings = Settings(data=tmp_path, database=place.url, port=port, address=f"http://127.0.0.1:{port}")
        made = ServerProcess(settings)
        await made.start()
        yield made
        made.kill()


async def test_a_programme_lives_on_postgresql(server: ServerProcess) -> None:
    settings = server.settings
    world = World.found(1, server=server_key(settings.key_path, os.urandom), address=settings.address)
    async with httpx.AsyncClient(base_url=settings.address) as http:
        tenant = Tenant(Client(http, settings.address), world)
        assert (await tenant.found(founding_ticket(settings).secret)).status_code == 200
        code = world.invite("recovery")
        assert (await tenant.push(world.lead, world.entries[-1])).status_code == 200
        used = world.invite("member")
        assert (await tenant.push(world.lead, world.entries[-1])).status_code == 200
        member = world.join(used)
        assert (await tenant.push(used, world.entries[-1])).status_code == 200
        log, commons = world.log("personal", member), world.log("commons")
        mine = world.write(member, log, b"mine")
        kept, erased = (world.write(world.lead, commons, content) for content in (b"kept", b"erased"))
        assert (await tenant.push(member, mine)).status_code == 200
        assert (await tenant.push(world.lead, kept, erased)).status_code == 200
        erasing = world.land(world.erasing(world.lead, commons, Erase(world.day, (erased.leaf,)), code))
        assert (await tenant.push(world.lead, erasing, rows={})).status_code == 200
        server.kill()
        await server.start()
        tenant.tokens.clear()
        [roster, own, shared] = await tenant.pull(member, world.programme, log, commons)
    assert roster["head"]["head"] == b64(world.state.chain.head)
    assert [entry["signature"] for entry in own["entries"]] == [b64(mine.signature)]
    bodies = [entry.get("body") for entry in shared["entries"]]
    assert bodies == [b64(kept.check_body()), None, b64(erasing.check_body())]
    assert excess(settings.place, read_budget(BUDGET)) == []


async def test_a_restore_is_declared_on_postgresql_too(server: ServerProcess) -> None:
    settings = server.settings
    world = World.found(1, server=server_key(settings.key_path, os.urandom), address=settings.address)
    async with httpx.AsyncClient(base_url=settings.address) as http:
        tenant = Tenant(Client(http, settings.address), world)
        assert (await tenant.found(founding_ticket(settings).secret)).status_code == 200
        server.kill()
        assert begin_restore(settings) == 1
        await server.start()
        tenant.tokens.clear()
        entry = world.write(world.lead, world.log("commons"))
        assert problem_of(await tenant.push(world.lead, entry)) == "healing"
        server.kill()
        assert end_restore(settings) == 1
        await server.start()
        tenant.tokens.clear()
        assert (await tenant.push(world.lead, entry)).status_code == 200


async def test_a_server_that_was_paused_while_another_took_over_answers_nothing_old(server: ServerProcess) -> None:
    settings = server.settings
    world = World.found(1, server=server_key(settings.key_path, os.urandom), address=settings.address)
    log, port = world.log("personal", world.lead), free_port()
    other = ServerProcess(settings.model_copy(update={"port": port}))
    async with httpx.AsyncClient(base_url=settings.address) as http:
        tenant = Tenant(Client(http, settings.address), world)
        assert (await tenant.found(founding_ticket(settings).secret)).status_code == 200
        assert (await tenant.push(world.lead, world.write(world.lead, log))).status_code == 200
        cursor = world.space(log).chain.cursor
        assert (await tenant.sync(world.lead, log_json(log, cursor))).status_code == 200
        token = dict(tenant.tokens)
        pid = server._process.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            with connected(Address(str(settings.database))) as raw:
                # As PostgreSQL does when a machine does not answer any more.
                raw.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'hallway'"
                )
            await other.start()
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as elsewhere:
                tenant.client, tenant.tokens = Client(elsewhere, settings.address), {}
                assert (await tenant.push(world.lead, world.write(world.lead, log))).status_code == 200
        finally:
            os.kill(pid, signal.SIGCONT)
        tenant.client, tenant.tokens = Client(http, settings.address), token
        for _ in range(2):
            assert problem_of(await tenant.sync(world.lead, log_json(log, cursor))) == "storage-failed"
        other.kill()
        [own] = await tenant.pull(world.lead, log)
        assert own["head"]["position"] == 2


def test_no_new_key_is_made_for_a_database_on_postgresql_that_is_there(tmp_path: Path) -> None:
    with schema() as place:
        first = Settings(data=tmp_path / "first", database=place.url)
        founding_ticket(first)
        moved = Settings(data=tmp_path / "moved", database=place.url)
        with pytest.raises(KeyFileWrong):
            founding_ticket(moved)
        assert not moved.key_path.exists()
        founding_ticket(first)
