"""The log knows events, not people: nothing that a client sent or that belongs to one reaches it."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.logs import configure_logs, log_defect, log_event
from crypto.public.base64url import b64
from tests.support.client import Host, Tenant
from tests.support.serving import free_port

ROOT = Path(__file__).resolve().parents[2]
MARKER = "markermarkermarker"


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def test_only_keys_on_the_list_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    log_event("started", version="1", path=MARKER, address=MARKER, principal=MARKER)
    assert json.loads(capsys.readouterr().err) == {"event": "started", "level": "info", "version": "1"}


def test_a_defect_is_named_and_placed_without_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError(MARKER)
    except ValueError as error:
        log_defect(error)
    written = json.loads(capsys.readouterr().err)
    assert written["kind"] == "ValueError"
    assert written["where"].startswith("test_logs.py:")
    assert MARKER not in repr(written)


@pytest.mark.usefixtures("logging_as_before")
def test_what_libraries_say_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    configure_logs()
    logging.getLogger("uvicorn.error").error("to %s", MARKER)
    logging.getLogger("uvicorn.access").info(MARKER)
    logging.getLogger("asyncio").error(MARKER, exc_info=ValueError(MARKER))
    written = capsys.readouterr()
    assert MARKER not in written.out + written.err
    lines = [json.loads(line) for line in written.err.splitlines()]
    assert [line["logger"] for line in lines] == ["uvicorn.error", "asyncio"]


async def test_requests_leave_no_line(host: Host, tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    await tenant.push(tenant.world.lead, tenant.world.write(tenant.world.lead, tenant.world.log("commons")))
    for path in ("/v1/health", f"/{MARKER}", "/v1/wraps"):
        await host.client.get(path, await tenant.token_of(tenant.world.lead))
    written = capsys.readouterr()
    assert written.out + written.err == ""


async def test_a_served_process_writes_no_marker(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        **os.environ,
        "HALLWAY_DATA": str(tmp_path),
        "HALLWAY_PORT": str(port),
        "HALLWAY_ADDRESS": f"http://127.0.0.1:{port}",
    }
    with (tmp_path / "output").open("wb") as output:
        server = subprocess.Popen(  # noqa: ASYNC220 (it starts once, before anything is awaited)
            [sys.executable, "-m", "api.server"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
        try:
            for request in requests():
                await send(port, request)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)
    text = (tmp_path / "output").read_text()
    assert MARKER not in text
    assert "127.0.0.1" not in text
    events = [json.loads(line) for line in text.splitlines()]
    assert [event["event"] for event in events if event["level"] == "info"] == ["started", "stopped"]
    assert {key for event in events for key in event} <= {"event", "level", "kind", "where", "logger"}


def requests() -> list[bytes]:
    """Well formed and broken ones, each with the marker somewhere."""
    token = b64(os.urandom(32))
    return [
        f"GET /{MARKER}?{MARKER}=1 HTTP/1.1\r\nHost: {MARKER}\r\nUser-Agent: {MARKER}\r\n\r\n".encode(),
        f"GET /v1/wraps HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode(),
        f"{MARKER} / HTTP/9.9\r\n{MARKER}\r\n\r\n".encode(),
        f"POST /v1/keys HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{MARKER}".encode(),
        f"POST /v1/sessions HTTP/1.1\r\nHost: x\r\n{json_of(MARKER)}".encode(),
    ]


def json_of(text: str) -> str:
    return f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n{text}"


async def send(port: int, request: bytes) -> None:
    for _ in range(500):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            break
        except OSError:
            await asyncio.sleep(0.02)
    else:
        raise TimeoutError("the server did not start")
    writer.write(request)
    writer.write_eof()
    await reader.read(1)
    writer.close()
    await writer.wait_closed()
