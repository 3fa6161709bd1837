"""The backends that the store runs on, for tests that are about neither of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.place import Place
from tests.support.storage import BACKENDS, new_place


@pytest.fixture(params=BACKENDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Where no database is yet."""
    with new_place(request.param, tmp_path) as made:
        yield made
