"""A server with phones for every test of the networked half."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.hall import Hall


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    async with Hall(tmp_path) as made:
        yield made


