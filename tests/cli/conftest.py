"""One server and one programme for the tests that need a network, and a phone whose server is gone for the others."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest

from crypto.secret.local import local_key
from device import vault
from tests.cli.terminal import Person, Server

DIRECTORY = Path(__file__).resolve().parents[2] / "demo" / "data" / "directory.json"


@pytest.fixture(scope="session", autouse=True)
def stretched_once() -> Iterator[None]:
    """A passcode is stretched once a test run, and not with each of the commands that run in this process."""
    with patch.object(vault, "local_key", cache(local_key)):
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("served"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def lead(server: Server) -> Person:
    return server.founded()


@pytest.fixture(scope="session")
def stranded_once(tmp_path_factory: pytest.TempPathFactory) -> Person:
    gone = Server(tmp_path_factory.mktemp("gone"))
    gone.start()
    try:
        return gone.founded("stranded")
    finally:
        gone.stop()


@pytest.fixture
def stranded(stranded_once: Person, tmp_path: Path) -> Person:
    """The phone of a lead whose server is gone; each test has a copy of its own."""
    return stranded_once.twin(tmp_path / "stranded")
