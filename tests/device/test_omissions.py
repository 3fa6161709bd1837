"""A server that leaves out bodies: asked once more, reported, and believed in everything else."""

from typing import Any

import pytest

from crypto.public.base64url import b64
from device.erasures import erasures
from sync.erasure import DELAY
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged
from tests.device.test_repacking import pass_days, repack_now, states
from tests.support.evil import SYNC, Json, part


def leaving_out(house: House, *positions: int, log: bytes = b"") -> Any:
    wanted = b64(log or house.personal)

    def change(_: Json, answer: Json) -> None:
        for one in answer["logs"]:
            for entry in one["entries"] if one["log"] == wanted else ():
                if entry["position"] in positions and "body" in entry:
                    entry["body"] = None

    return change


async def written(house: House, number: int = 3) -> list[int]:
    """Positions of entries that the second phone has not pulled yet."""
    await house.second.sync()
    start = house.second.engine.ledger.chains[house.personal].position
    for _ in range(number):
        house.ada.records.log("contact", CONTACT)
        await house.ada.engine.sync()
    return list(range(start + 1, start + number + 1))


async def test_a_body_that_is_left_out_is_reported_and_all_else_goes_on(house: House) -> None:
    _, second, third = await written(house)
    house.evil.answering(leaving_out(house, second))
    report = await house.second.sync()
    (note,) = report.notes
    assert note.startswith("personal: the server leaves out the content of 1 ")
    assert house.second.notes() == [note]
    assert len(logged(house.second)) == 1 + 2
    position = house.second.engine.ledger.chains[house.personal].position
    assert position > third
    # It is asked for each time, and comes at last.
    asked = house.hall.wire.requests.count(SYNC)
    await house.second.sync()
    assert house.hall.wire.requests.count(SYNC) > asked + 1
    house.hall.wire.be_honest()
    report = await house.second.sync()
    assert (report.notes, house.second.notes()) == ([], [])
    assert logged(house.second) == logged(house.ada)
    assert states(house.second, house.personal) == states(house.ada, house.personal)


async def test_a_body_that_comes_on_the_second_asking_is_no_omission(house: House) -> None:
    _, second, _ = await written(house)
    house.evil.answering(leaving_out(house, second), times=1)
    report = await house.second.sync()
    assert report.notes == []
    assert logged(house.second) == logged(house.ada)


async def test_all_that_comes_is_taken_until_one_is_still_missing(house: House) -> None:
    first, second, third = await written(house)
    house.evil.answering(leaving_out(house, first, second, third), times=1)
    await house.second.engine.sync(flush=False)
    house.evil.answering(leaving_out(house, third))
    report = await house.second.sync()
    assert "content of 1 of" in report.notes[0]
    assert len(logged(house.second)) == 3


async def test_another_body_is_not_taken_for_the_missing_one(house: House) -> None:
    _, second, _ = await written(house)

    def exchange(_: Json, answer: Json) -> None:
        entries = {entry["position"]: entry for entry in part(answer, house.personal)["entries"]}
        if second in entries and "body" in entries[second]:
            entries[second]["body"] = b64(bytes(4096))

    house.evil.answering(leaving_out(house, second), times=1)
    await house.second.engine.sync(flush=False)
    house.evil.answering(exchange)
    report = await house.second.sync(flush=False)
    assert "leaves out" in report.notes[0]
    assert len(logged(house.second)) == 3


@pytest.mark.parametrize("small", [True, False])
async def test_what_an_erasure_allows_is_judged_at_the_end_of_the_log(house: House, small: bool) -> None:
    """The `erase` stands above the entries that it names: on another page, if pages are small."""
    await written(house)
    await repack_now(house.ada, house.personal)
    pass_days(house, DELAY)
    await house.ada.sync()
    if small:
        house.evil.paging(4096)
    fresh = await house.hall.linked(house.ada, "fresh")
    assert fresh.notes() == []
    assert states(fresh, house.personal) == states(house.ada, house.personal)


async def test_a_body_may_be_missing_on_its_day_and_not_before(house: House) -> None:
    positions = await written(house)
    await repack_now(house.ada, house.personal)
    (one,) = erasures(house.ada.vault.read(), house.personal)
    pass_days(house, DELAY - 1)
    house.evil.answering(leaving_out(house, *positions))
    report = await house.second.sync()
    assert "content of 3 of" in report.notes[0]
    # Nothing is lost by it: the repack says the same.
    assert logged(house.second) == logged(house.ada)
    house.hall.pass_days(1)
    report = await house.second.sync()
    assert one.due == house.second.engine.writer.day()
    assert report.notes == []


async def test_what_was_withdrawn_may_not_be_missing(house: House) -> None:
    positions = await written(house)
    await repack_now(house.ada, house.personal)
    await house.ada.withdraw(house.ada.erasures()[0].id)
    pass_days(house, DELAY + 5)
    house.evil.answering(leaving_out(house, *positions))
    report = await house.second.sync()
    assert "content of 3 of" in report.notes[0]


async def test_a_clear_body_is_never_missing(house: House) -> None:
    await house.second.sync()
    await repack_now(house.ada, house.personal)
    position = erasures(house.ada.vault.read(), house.personal)[0].position
    house.evil.answering(leaving_out(house, position))
    before = house.second.engine.ledger.chains[house.personal]
    report = await house.second.sync(flush=False)
    assert "refused" in report.notes[0]
    assert house.second.engine.ledger.chains[house.personal] == before
