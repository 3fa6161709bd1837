"""The engine against a server that is behind, shows another history, or withholds keys."""

from typing import Any

import pytest

from crypto.public.base64url import b64, unb64
from device.report import Report
from device.transport import Unreachable
from sync.device.replica import ServerFault
from sync.log import Header
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.support.evil import Json, part

# A server that is behind, and one with another history.


@pytest.fixture
async def behind(house: House) -> Any:
    """The house after its server was put back to yesterday: it lost entries of all kinds."""
    yesterday = house.hall.backup("yesterday")
    house.ada.records.log("contact", CONTACT)
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    await house.ada.sync()
    await house.ada.rotate("personal")
    today = house.hall.backup("today")
    house.hall.restore(yesterday)
    return house, today


async def test_a_server_that_is_behind_and_takes_nothing_back_costs_nothing(behind: tuple[House, Any]) -> None:
    house, today = behind
    house.ada.records.log("contact", CONTACT)

    def forbid(asked: Json) -> None:
        for one in asked["logs"]:
            one.pop("offer", None)

    house.evil.asking(forbid)
    for _ in range(2):
        report = await house.ada.sync()
        assert report.waiting >= 1
        assert {note.partition(":")[2].strip().partition(":")[0] for note in house.ada.notes()} == {"behind"}
        assert len(logged(house.ada)) == 3
    assert house.hall.wire.requests
    with pytest.raises(ServerFault):
        await house.ada.rotate("personal")
    with pytest.raises(ServerFault):
        await house.ada.link()
    # Nothing new was signed upon a roster that the server does not know.
    assert house.ada.engine.roster.spaces[house.personal].epoch == 2
    house.hall.restore(today)
    await house.everything_arrives()
    assert len(logged(house.second)) == 3


async def test_a_phone_behind_a_restored_server_never_unlearns_a_rotation(behind: tuple[House, Any]) -> None:
    house, _ = behind
    pushed = list[Header]()

    def watch(asked: Json) -> None:
        entries = [entry for one in asked["logs"] for entry in one.get("entries", [])]
        pushed.extend(Header.decode(unb64(entry["header"])) for entry in entries)

    house.evil.asking(watch)
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    again = await house.hall.reopen(house.ada)
    await again.sync()
    known = [header for header in pushed if header.log == house.personal][-1]
    assert (known.device, known.epoch) == (again.engine.identity.device, 2)
    assert again.waiting() == again.records.unsent() == 0
    assert again.engine.roster.spaces[house.personal].epoch == 2


async def test_two_histories_are_seen_noted_and_survived(behind: tuple[House, Any]) -> None:
    house, today = behind
    # Yesterday's server goes on without what it lost.
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    await house.second.link()
    await house.second.link()
    await house.second.sync()
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    notes = house.ada.notes()
    assert any(note.startswith("roster: contradiction") for note in notes)
    assert len(logged(house.ada)) == 3
    assert house.ada.records.unsent() == 1
    before = len(logged(house.second))
    house.hall.restore(today)
    await house.second.sync()
    assert any("contradiction" in note or "behind" in note for note in house.second.notes())
    assert len(logged(house.second)) == before
    await house.ada.sync()
    assert (house.ada.notes(), house.ada.records.unsent()) == ([], 0)


async def test_a_roster_behind_blocks_writing_in_spaces_that_are_not(house: House) -> None:
    house.ada.records.log("contact", CONTACT)
    engine, blocked = house.ada.engine, set[bytes]()
    engine.flush()

    def hide(_: Json, answer: Json) -> None:
        shown = part(answer, house.programme)
        shown.update(known=False, entries=[], more=False)
        shown["head"] = {"position": 1, "head": b64(engine.roster.heads[1])}

    house.evil.answering(hide)
    assert not await engine.round(Report(), blocked, push=())
    assert blocked == {house.programme}
    assert not await engine.round(Report(), blocked, push=engine.logs())
    assert house.ada.waiting() == 1
    assert house.ada.notes() == ["roster: behind: the server lost entries that this phone has"]
    await house.everything_arrives()


# Keys that are withheld or wrong.


def no_wraps(_: Json, answer: Json) -> None:
    answer["wraps"] = []


def garbage_wraps(_: Json, answer: Json) -> None:
    for one in answer["wraps"]:
        one["wrap"] = b64(bytes(1168))


def swapped_wraps(_: Json, answer: Json) -> None:
    wraps = [one["wrap"] for one in answer["wraps"]]
    for one, wrap in zip(answer["wraps"], reversed(wraps), strict=True):
        one["wrap"] = wrap


def later_epochs(_: Json, answer: Json) -> None:
    for one in answer["wraps"]:
        one["epoch"] += 1


def one_left_out(_: Json, answer: Json) -> None:
    answer["wraps"].pop()


@pytest.mark.parametrize("trick", [no_wraps, garbage_wraps, swapped_wraps, later_epochs, one_left_out])
async def test_a_key_that_is_withheld_stops_one_space_and_is_asked_for_again(house: House, trick: Any) -> None:
    await house.ada.rotate("personal")
    await house.lead.rotate("commons")
    house.ada.records.log("contact", CONTACT)
    house.lead.records.log("resource", RESOURCE)
    await house.ada.sync()
    await house.lead.sync()
    house.evil.answering(trick, path="/v1/wraps")
    house.second.records.log("contact", CONTACT)
    house.hall.wire.requests.clear()
    report = await house.second.sync()
    assert len(house.hall.wire.requests) < 15
    assert report.quarantined >= 1
    assert any("the newest key has not come" in note for note in report.notes)
    # What was to be said is neither lost nor said under the old key.
    assert len(logged(house.second)) >= 2
    await house.everything_arrives()
    assert len(logged(house.second)) == 3
    assert len(house.second.records.list("resource")) == 1
    assert (await house.second.sync()).quarantined == 0


async def test_wraps_that_the_network_lost_are_no_complaint(house: House) -> None:
    """Found by the simulator: the phone complained of an honest server until its next sync."""
    await house.ada.rotate("personal")
    house.hall.wire.lose = lambda request: "answer" if request.url.path == "/v1/wraps" else ""
    with pytest.raises(Unreachable):
        await house.second.sync()
    assert house.second.notes() == []
    house.hall.wire.be_honest()
    assert (await house.second.sync()).notes == []


async def test_a_key_that_the_server_made_up_is_not_wrapped_to(house: House) -> None:
    def other_keys(_: Json, answer: Json) -> None:
        answer["keys"] = [b64(bytes(1216)) for _ in answer["keys"]]

    house.evil.answering(other_keys, path="/v1/keys")
    with pytest.raises(ServerFault, match="HPKE key"):
        await house.ada.rotate("personal")
    assert house.ada.waiting() == 0
    await house.everything_arrives()
    await house.ada.rotate("personal")
    await house.everything_arrives()
