"""Everything that is not a success is a problem document, and none of them repeats what a client sent."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api import body as body_module
from store.errors import Overloaded, StorageFailed
from store.store import Store
from tests.support.client import Host, Tenant, problem_of

MARKER = "markermarkermarker"
JSON = {"Content-Type": "application/json"}
POSTS = ["/v1/sync", "/v1/sessions", "/v1/programmes", "/v1/keys"]


async def token_of(tenant: Tenant) -> dict[str, str]:
    return {"Authorization": f"Bearer {await tenant.token_of(tenant.world.lead)}", **JSON}


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_an_address_that_does_not_exist(host: Host, method: str) -> None:
    for path in ("/", "/v1", "/v1/", "/v1/sync/", "/v1/health/", f"/{MARKER}", "/docs", "/redoc", "/v2/sync"):
        response = await host.client.http.request(method, path)
        assert problem_of(response) == "not-found", path
        assert MARKER not in response.text


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/v1/sync", "POST"), ("/v1/wraps", "GET"), ("/v1/programmes", "POST"), ("/v1/reports", "GET, POST")],
)
async def test_a_method_that_an_address_does_not_take(host: Host, path: str, allowed: str) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", MARKER.upper()} - {
        *allowed.split(", ")
    }:
        response = await host.client.http.request(method, path)
        assert problem_of(response) == "method-not-allowed"
        assert response.headers["allow"] == allowed


@pytest.mark.parametrize("path", POSTS)
async def test_a_body_that_is_not_json(host: Host, tenant: Tenant, path: str) -> None:
    for raw in (b"", b"{", MARKER.encode(), b"\xff\xfe{}", b"[" * 50_000, b'{"a":'):
        response = await host.client.http.post(path, content=raw, headers=await token_of(tenant))
        assert problem_of(response) == "json-malformed", raw[:20]
        assert MARKER not in response.text


@pytest.mark.parametrize("path", POSTS)
async def test_json_of_another_shape(host: Host, tenant: Tenant, path: str) -> None:
    values: list[Any] = [None, [], 1, MARKER, {}, {MARKER: MARKER}, {"hashes": [MARKER], "logs": MARKER}]
    for value in values:
        content = json.dumps(value).encode()
        response = await host.client.http.post(path, content=content, headers=await token_of(tenant))
        assert problem_of(response) == "request-invalid", value
        assert response.json()["errors"]
        assert MARKER not in response.text


async def test_errors_point_into_the_body(host: Host, tenant: Tenant) -> None:
    log = {"log": "A" * 43, "cursor": {"position": -1, "head": MARKER, MARKER: 1}}
    value = {"challenge": "A" * 42 + "B", "logs": [log], "budget": "4096"}
    response = await host.client.http.post(
        "/v1/sync", content=json.dumps(value).encode(), headers=await token_of(tenant)
    )
    assert problem_of(response) == "request-invalid"
    assert {error["pointer"] for error in response.json()["errors"]} == {
        "/challenge",
        "/budget",
        "/logs/0/cursor",
        "/logs/0/cursor/position",
        "/logs/0/cursor/head",
    }
    assert MARKER not in response.text


MEDIA_TYPES = (
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/jsonx"},
    {"Content-Type": "application/vnd.api+json"},
    {"Content-Type": "multipart/form-data; boundary=x"},
    {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    {"Content-Type": ""},
)


@pytest.mark.parametrize("path", POSTS)
async def test_a_body_of_another_media_type(host: Host, tenant: Tenant, path: str) -> None:
    for headers in MEDIA_TYPES:
        response = await host.client.http.post(path, content=b"{}", headers={**await token_of(tenant), **headers})
        assert problem_of(response) == "media-type-unsupported", headers


async def test_a_media_type_may_have_parameters(host: Host, tenant: Tenant) -> None:
    headers = {**await token_of(tenant), "Content-Type": "Application/JSON; charset=utf-8"}
    response = await host.client.http.post("/v1/keys", content=b'{"hashes": ["' + b"A" * 43 + b'"]}', headers=headers)
    assert response.json() == {"keys": []}


async def chunks(size: int, part: int = 10_000) -> AsyncIterator[bytes]:
    """A body that declares no length."""
    while size > 0:
        yield b" " * min(part, size)
        size -= part


@pytest.mark.parametrize(("path", "limit"), [("/v1/sync", 8_388_608), *((path, 65_536) for path in POSTS[1:])])
async def test_a_body_is_limited_by_what_arrives(host: Host, tenant: Tenant, path: str, limit: int) -> None:
    headers = await token_of(tenant)
    for size, expected in ((limit, "json-malformed"), (limit + 1, "request-too-large")):
        response = await host.client.http.post(path, content=chunks(size, 1_000_000), headers=headers)
        assert problem_of(response) == expected
        assert response.json().get("limit", limit) == limit
    lying = {**headers, "Content-Length": "10"}
    response = await host.client.http.post(path, content=chunks(limit + 1, 1_000_000), headers=lying)
    assert problem_of(response) == "request-too-large"


async def test_a_large_body_is_refused_wherever_it_goes(host: Host) -> None:
    for method, path in (("POST", "/v1/challenges"), ("GET", "/v1/health"), ("PUT", "/nowhere")):
        response = await host.client.http.request(method, path, content=chunks(70_000))
        assert problem_of(response) == "request-too-large"


async def test_bodies_in_flight_are_limited_together(
    host: Host, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    flight = host.app.state.services.flight
    headers = await token_of(tenant)
    left = flight._left
    monkeypatch.setattr(flight, "_left", 1000)
    response = await host.client.http.post("/v1/sync", content=chunks(2000, 400), headers=headers)
    assert problem_of(response) == "overloaded"
    assert response.headers["retry-after"] == "1"
    assert flight._left == 1000
    monkeypatch.setattr(flight, "_left", left)
    await host.client.http.post("/v1/sync", content=chunks(2000, 400), headers=headers)
    assert flight._left == left
    assert body_module.Flight(10)._left == 10


@pytest.mark.parametrize(
    ("error", "name"), [(StorageFailed(MARKER), "storage-failed"), (Overloaded(MARKER), "overloaded")]
)
async def test_a_failing_store_is_said_and_to_be_tried_again(
    host: Host, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, error: Exception, name: str
) -> None:
    token = await tenant.token_of(tenant.world.lead)

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Store, "wraps", fail)
    monkeypatch.setattr(Store, "check_writable", fail)
    for path in ("/v1/wraps", "/v1/health"):
        response = await host.client.get(path, token)
        assert problem_of(response) == name
        assert int(response.headers["retry-after"]) > 0
        assert MARKER not in response.text


@pytest.mark.parametrize("path", ["/v1/wraps", "/v1/sync", "/v1/health"])
async def test_a_defect_says_nothing_of_itself(
    host: Host, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    headers = await token_of(tenant)

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError(MARKER)

    for name in ("wraps", "check_writable"):
        monkeypatch.setattr(Store, name, fail)
    monkeypatch.setattr("api.routes.sync.parse_sync", fail)
    method = "POST" if path == "/v1/sync" else "GET"
    response = await host.client.http.request(
        method, path, content=b"{}" if method == "POST" else None, headers=headers
    )
    assert problem_of(response) == "internal"
    assert MARKER not in response.text
    written = capsys.readouterr()
    assert MARKER not in written.out + written.err
    assert json.loads(written.err)["kind"] == "ZeroDivisionError"
