"""A server with phones for every test of the networked half."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from device.phone import Phone
from tests.device.contacts import CONTACT, logged
from tests.support.evil import Evil
from tests.support.hall import Hall


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    async with Hall(tmp_path) as made:
        yield made


@dataclass
class House:
    """A programme with a lead, and a member with two phones, `ada` and `second`, that share one contact."""

    hall: Hall
    lead: Phone
    ada: Phone
    second: Phone
    evil: Evil

    @property
    def personal(self) -> bytes:
        """Log id of the member's own space."""
        return self.ada.engine.writer.personal

    @property
    def commons(self) -> bytes:
        return self.ada.engine.roster.space_log("commons")

    @property
    def programme(self) -> bytes:
        return self.evil.programme

    async def everything_arrives(self) -> None:
        """Two honest rounds bring both phones of the member to the same entries."""
        self.hall.wire.be_honest()
        for _ in range(2):
            await self.ada.sync()
            await self.second.sync()
        for phone in (self.ada, self.second):
            assert (phone.records.unsent(), phone.waiting(), phone.notes()) == (0, 0, [])
        assert logged(self.ada) == logged(self.second)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of such a house, made once."""
    folder = tmp_path_factory.mktemp("house") / "built"

    async def build() -> None:
        async with Hall(folder) as hall:
            lead = await hall.founded()
            ada = await hall.joined(lead, "ada")
            second = await hall.linked(ada, "second")
            ada.records.log("contact", CONTACT)
            for phone in (ada, second, lead):
                await phone.sync()

    asyncio.run(build())
    return folder


@pytest.fixture
async def house(built: Path, tmp_path: Path) -> AsyncIterator[House]:
    folder = tmp_path / "house"
    shutil.copytree(built, folder)
    async with Hall(folder) as hall:
        lead, ada, second = (hall.open_phone(name) for name in ("lead", "ada", "second"))
        yield House(hall, lead, ada, second, Evil(hall, lead.engine.identity.programme))
