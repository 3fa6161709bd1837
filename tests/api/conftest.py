"""A real server behind ASGI for every test of the HTTP side."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.client import Host, Tenant
from tests.support.counting import Period, opened
from tests.support.released import SMALL


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    async with Host(tmp_path) as made:
        yield made


@pytest.fixture
async def tenant(host: Host) -> Tenant:
    """A founded programme."""
    return await host.found(1)


@pytest.fixture
async def period(host: Host) -> Period:
    """Reports of a small table, which is open."""
    return await opened(host, task=SMALL)
