"""The composition root: what is switched off stays off, and what is given is used."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry import trace
from pydantic import ValidationError
from pydantic_settings import SettingsError

from api.app import NO_TELEMETRY, create_app
from api.operator import founding_ticket
from api.settings import Settings
from crypto.public.base64url import b64
from store.errors import AlreadyServed
from tests.support.client import Host, Tenant, problem_of


class Exporter(trace.TracerProvider):
    """A provider as an operator's environment might install one; it remembers who asked it for a tracer."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get_tracer(self, instrumenting_module_name: str, *_: object, **__: object) -> trace.Tracer:
        self.asked.append(instrumenting_module_name)
        return trace.NoOpTracer()


async def test_telemetry_is_off(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    exporter = Exporter()
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: exporter)
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    for path in ("/v1/health", "/v1/limits", "/v1/nowhere"):
        await host.client.get(path)
    assert exporter.asked == []
    # With the framework's defaults the same requests are handed over, paths and queries included.
    other = FastAPI(openapi_url=None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(other), base_url="http://x") as client:
        await client.get("/v1/nowhere")
    assert exporter.asked == ["fastapi"]
    assert {key for key, value in other._telemetry.items() if value is True} <= NO_TELEMETRY.keys()
    assert set(NO_TELEMETRY.values()) == {False}


async def test_the_clock_is_the_one_given(host: Host, tenant: Tenant) -> None:
    host.now += 86_400 * 100
    tenant.tokens.clear()
    response = await tenant.sync(
        tenant.world.lead, {"log": b64(tenant.world.programme), "cursor": {"position": 0, "head": "A" * 43}}
    )
    assert response.json()["day"] == host.now // 86_400


def test_two_servers_do_not_share_a_database(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    app = create_app(settings)
    with pytest.raises(AlreadyServed):
        create_app(settings)
    app.state.services.close()
    create_app(settings).state.services.close()


def test_the_key_stays_outside_the_database(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "keys", database=str(tmp_path / "elsewhere.sqlite"))
    app = create_app(settings)
    seed = settings.key_path.read_bytes()
    app.state.services.close()
    assert settings.key_path.parent != settings.database_path.parent
    for file in tmp_path.glob("elsewhere*"):
        assert seed not in file.read_bytes()


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HALLWAY_DATA", str(tmp_path))
    monkeypatch.setenv("HALLWAY_ADDRESS", "https://hallway.example")
    settings = Settings()
    assert settings.database_path == tmp_path / "hallway.sqlite"
    assert settings.address == "https://hallway.example"


@pytest.mark.parametrize(
    "address", ["hallway.example", "https://hallway.example/", "ftp://hallway.example", "https://a b"]
)
def test_an_address_is_an_origin(address: str) -> None:
    with pytest.raises((ValidationError, SettingsError)):
        Settings(address=address)


async def test_the_operator_s_ticket_founds(host: Host) -> None:
    from tests.support.actors import World

    ticket = founding_ticket(host.settings)
    assert ticket.kind == "found"
    assert ticket.address == host.settings.address
    assert ticket.server_key == host.key.public
    tenant = Tenant(host.client, World.found(5, server=host.key, address=ticket.address))
    response = await tenant.found(ticket.secret)
    assert response.status_code == 200
    assert response.json()["programme"] == b64(tenant.world.programme)
    again = await tenant.found(bytes(16))
    assert again.json() == response.json()
    other = Tenant(host.client, World.found(6, server=host.key, address=ticket.address))
    assert problem_of(await other.found(ticket.secret)) == "founding-refused"
