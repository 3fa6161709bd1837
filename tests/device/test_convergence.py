"""Three phones of one person, edited and synced in any order, with anything lost: they end with one and the same."""

import asyncio
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.phone import Phone
from device.transport import Unreachable
from tests.device.contacts import CONTACT, DISPOSITIONS
from tests.support.evil import SYNC
from tests.support.hall import Hall

NAMES = ("ada", "second", "third")
Fate = Literal["", "request", "answer"]

phones = st.sampled_from(NAMES)
numbers = st.integers(0, 5)
steps = st.one_of(
    st.tuples(st.just("log"), phones),
    st.tuples(st.just("edit"), phones, numbers, st.sampled_from(DISPOSITIONS)),
    st.tuples(st.just("edit"), phones, numbers, st.sampled_from(DISPOSITIONS)),
    st.tuples(st.just("modality"), phones, numbers, st.sampled_from(["phone", "video", "in_person_private"])),
    st.tuples(st.just("delete"), phones, numbers),
    st.tuples(st.just("flush"), phones),
    st.tuples(st.just("sync"), phones, st.sampled_from(["", "", "request", "answer"])),
    st.tuples(st.just("sync"), phones, st.sampled_from(["", "", "request", "answer"])),
    st.tuples(st.just("pull"), phones),
    st.tuples(st.just("rotate"), phones, st.sampled_from(["", "answer"])),
    st.tuples(st.just("restart"), phones),
)


@pytest.fixture(scope="session")
def three(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the house with a third phone."""
    folder = tmp_path_factory.mktemp("three") / "built"
    shutil.copytree(built, folder)

    async def build() -> None:
        async with Hall(folder) as hall:
            await hall.linked(hall.open_phone("ada"), "third")

    asyncio.run(build())
    return folder


def shown(phone: Phone) -> dict[bytes, Any]:
    """All that a person sees: records and conflicts."""
    return {one.id: (one.type, one.fields, one.conflicts) for one in phone.records.list()}


def states(phone: Phone) -> list[Any]:
    """All that has landed, deleted records too, byte for byte."""
    return list(phone.vault.read().execute("SELECT log, record, type, deleted, state FROM records ORDER BY 1, 2"))


class Story:
    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.phones = {name: hall.open_phone(name) for name in NAMES}

    async def tell(self, step: tuple[Any, ...]) -> None:
        kind, name, *rest = step
        phone = self.phones[name]
        match kind:
            case "log":
                phone.records.log("contact", CONTACT)
            case "flush":
                phone.engine.flush()
            case "sync":
                await self.attempt(phone.sync, rest[0])
            case "pull":
                await phone.sync(flush=False)
            case "rotate":
                await self.attempt(lambda: phone.rotate("personal"), rest[0])
            case "restart":
                self.phones[name] = await self.hall.reopen(phone)
            case _:
                self.change(phone, kind, *rest)

    async def attempt(self, act: Callable[[], Any], fate: Fate) -> None:
        """`fate` of each sync request but the first."""
        requests = count()
        self.hall.wire.lose = lambda request: fate if request.url.path == SYNC and next(requests) else ""
        try:
            await act()
        except Unreachable:
            assert fate
        self.hall.wire.be_honest()

    def change(self, phone: Phone, kind: str, number: int, value: str = "") -> None:
        here = sorted(shown(phone))
        if not here:
            return
        record = here[number % len(here)]
        if kind == "delete":
            phone.records.delete(record)
        else:
            phone.records.edit(record, {"disposition" if kind == "edit" else kind: value})

    async def end(self) -> None:
        for _ in range(2):
            for phone in self.phones.values():
                await phone.sync()
        for phone in self.phones.values():
            # What the others flushed with nothing to say.
            await phone.sync(flush=False)
            assert (phone.records.unsent(), phone.waiting(), phone.notes()) == (0, 0, [])
        ada, *others = self.phones.values()
        for other in others:
            assert shown(other) == shown(ada)
            assert states(other) == states(ada)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(story=st.lists(steps, min_size=4, max_size=14))
def test_phones_converge_whatever_the_order_and_whatever_is_lost(
    story: list[tuple[Any, ...]], three: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("story") / "house"
    shutil.copytree(three, folder)

    async def live() -> None:
        async with Hall(folder) as hall:
            told = Story(hall)
            for step in story:
                await told.tell(step)
            await told.end()

    asyncio.run(live())
    shutil.rmtree(folder)


def test_a_thousand_records_go_from_phone_to_phone(three: Path, tmp_path: Path) -> None:
    folder = tmp_path / "house"
    shutil.copytree(three, folder)

    async def live() -> None:
        async with Hall(folder) as hall:
            told = Story(hall)
            for _ in range(1_000):
                told.phones["ada"].records.log("contact", CONTACT)
            hall.wire.requests.clear()
            await told.phones["ada"].sync()
            assert hall.wire.requests.count(SYNC) <= 2
            await told.end()
            assert len(shown(told.phones["third"])) == 1_001

    asyncio.run(live())
