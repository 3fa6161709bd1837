"""Every backend the store runs on; a new one joins here and has to pass the same tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.actors import World
from tests.support.storage import Shelf


@pytest.fixture(params=["sqlite"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    assert request.param == "sqlite"
    opened = Shelf.open(tmp_path)
    yield opened
    opened.store.close()


@pytest.fixture
def world(shelf: Shelf) -> World:
    """A founded programme."""
    made = World.found(1)
    shelf.found(made)
    return made
