"""Programmes with an open period, made once and copied for each test."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.device.statistics import programme
from tests.device.statistics.programme import Programme, table
from tests.support.hall import Hall


@pytest.fixture(scope="session")
def folders() -> dict[tuple[int, bool], Path]:
    """(shares, reported) -> files, as far as they were made."""
    return {}


async def copied(
    folders: dict[tuple[int, bool], Path],
    factory: pytest.TempPathFactory,
    into: Path,
    shares: int,
    *,
    reported: bool,
) -> AsyncIterator[Programme]:
    key = (shares, reported)
    if key not in folders:
        folders[key] = factory.mktemp("programme") / "built"
        await asyncio.to_thread(asyncio.run, programme.built(folders[key], table(shares), reported=reported))
    folder = into / "programme"
    shutil.copytree(folders[key], folder)
    async with Hall(folder) as hall:
        yield programme.opened(hall, table(shares), reported=reported)


@pytest.fixture
async def early(
    folders: dict[tuple[int, bool], Path], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> AsyncIterator[Programme]:
    """Two shares; December is open, and it is November."""
    async for made in copied(folders, tmp_path_factory, tmp_path, 2, reported=False):
        yield made


@pytest.fixture
async def reported(
    folders: dict[tuple[int, bool], Path], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> AsyncIterator[Programme]:
    """Two shares; everybody has reported for December."""
    async for made in copied(folders, tmp_path_factory, tmp_path, 2, reported=True):
        yield made


@pytest.fixture
async def shared(
    folders: dict[tuple[int, bool], Path], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> AsyncIterator[Programme]:
    """Three shares; everybody has reported for December."""
    async for made in copied(folders, tmp_path_factory, tmp_path, 3, reported=True):
        yield made
