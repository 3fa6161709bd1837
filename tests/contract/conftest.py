"""Every backend the store runs on; a new one joins `BACKENDS` and has to pass the same tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.actors import World
from tests.support.storage import BACKENDS, Shelf, new_place


@pytest.fixture(params=BACKENDS)
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    with new_place(request.param, tmp_path) as place:
        opened = Shelf.open(place)
        yield opened
        opened.store.close()


@pytest.fixture
def world(shelf: Shelf) -> World:
    """A founded programme."""
    return shelf.founded()
