"""The backends that the store runs on, for tests that are about neither of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.place import Place
from tests.support.actors import World
from tests.support.storage import BACKENDS, Shelf, new_place


@pytest.fixture(params=BACKENDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Where no database is yet."""
    with new_place(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def world(shelf: Shelf) -> World:
    """A founded programme, on the shelf of the test's own file."""
    return shelf.founded()
