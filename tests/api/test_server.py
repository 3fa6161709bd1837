"""The server as a process: real uvicorn, real connections."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api.keyfile import server_key
from api.settings import Settings
from store.tokens import mint
from tests.support.actors import World
from tests.support.client import Client, Tenant, log_json, problem_of
from tests.support.serving import ServerProcess, free_port


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    port = free_port()
    made = ServerProcess(Settings(data=tmp_path, port=port, address=f"http://127.0.0.1:{port}"))
    await made.start()
    yield made
    made.kill()


@pytest.fixture
async def tenant(server: ServerProcess) -> AsyncIterator[Tenant]:
    """A programme on a served process."""
    settings = server.settings
    world = World.found(1, server=server_key(settings.key_path, os.urandom), address=settings.address)
    async with httpx.AsyncClient(base_url=settings.address) as http:
        made = Tenant(Client(http, settings.address), world)
        founded = await made.found(mint(settings.database_path, os.urandom))
        assert founded.status_code == 200, founded.text
        yield made


async def test_an_answer_tells_neither_software_nor_time(tenant: Tenant) -> None:
    for path in ("/v1/health", "/v1/nowhere"):
        response = await tenant.client.get(path)
        assert response.headers.keys() <= {"content-type", "content-length"}


async def test_many_phones_at_once_leave_one_chain_each(tenant: Tenant) -> None:
    world = tenant.world
    world.invite("recovery")
    await tenant.push(world.lead, world.entries[-1])
    used = world.invite("member", uses=10)
    await tenant.push(world.lead, world.entries[-1])
    phones = []
    for _ in range(10):
        phones.append(world.join(used))
        assert (await tenant.push(used, world.entries[-1])).status_code == 200

    async def write(number: int) -> None:
        phone = phones[number]
        log = world.log("personal", phone)
        for _ in range(5):
            cursor = world.space(log).chain.cursor
            response = await tenant.sync(phone, log_json(log, cursor, [world.write(phone, log)]))
            assert response.status_code == 200, response.text

    await asyncio.gather(*(write(number) for number in range(len(phones))))
    for phone in phones:
        [log] = await tenant.pull(phone, world.log("personal", phone))
        assert [entry["position"] for entry in log["entries"]] == [1, 2, 3, 4, 5]
        assert log["head"]["position"] == 5


async def test_a_body_far_beyond_the_limit_is_answered_and_not_kept(tenant: Tenant, server: ServerProcess) -> None:
    token = await tenant.token_of(tenant.world.lead)

    async def blanks() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b" " * 65_536

    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    before = server.peak_memory()
    response = await tenant.client.http.post("/v1/sync", content=blanks(), headers=headers)
    assert problem_of(response) == "request-too-large"
    # 65 MB were sent; the parts that arrived before the limit, and no more, were held at once.
    assert server.peak_memory() - before < 30_000_000
    assert (await tenant.client.get("/v1/health")).status_code == 200


async def test_a_client_that_goes_away_leaves_the_server_alone(tenant: Tenant) -> None:
    token = await tenant.token_of(tenant.world.lead)
    port = int(tenant.client.address.rsplit(":", 1)[1])
    for path in ("/v1/sync", "/v1/keys"):
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        head += "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"
        with socket.create_connection(("127.0.0.1", port)) as gone:
            gone.sendall(head.encode())
    assert (await tenant.client.get("/v1/health")).status_code == 200
    log = tenant.world.log("commons")
    response = await tenant.sync(tenant.world.lead, log_json(log, tenant.start_of(log)))
    assert response.status_code == 200
