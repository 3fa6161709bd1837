"""The server's history from the beginning, beside what a phone has."""

import pytest

from device.branch import fetch_branch, fetch_space
from device.ledger import entries_above
from device.phone import Phone
from sync.answer import Answer
from sync.device.replica import ServerFault
from sync.evidence import Evidence, verify
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE
from tests.support.evil import Json, part


def stored(phone: Phone, log: bytes) -> list[bytes]:
    return [entry.leaf for entry in entries_above(phone.vault.read(), log, 0)]


async def test_an_agreeing_server_shows_what_the_phone_has(house: House) -> None:
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    engine = house.ada.engine
    before = stored(house.ada, house.programme), stored(house.ada, house.personal)
    branch = await fetch_branch(engine)
    space = await fetch_space(engine, branch.roster, house.personal)
    assert ([entry.leaf for entry in branch.entries], [one.entry.leaf for one in space.placed]) == before
    assert branch.roster == engine.roster
    assert space.chain == engine.ledger.chains[house.personal]
    assert (stored(house.ada, house.programme), stored(house.ada, house.personal)) == before


async def test_another_history_is_fetched_in_pages_and_nothing_stored_is_touched(house: House) -> None:
    yesterday = house.hall.backup("yesterday")
    await house.ada.link()
    for _ in range(3):
        house.ada.records.log("contact", CONTACT)
        await house.ada.sync()
    before = stored(house.ada, house.programme), stored(house.ada, house.personal)
    house.hall.restore(yesterday)
    await house.second.link()
    await house.second.link()
    for _ in range(3):
        house.second.records.log("contact", CONTACT)
        await house.second.sync()

    def little(asked: Json) -> None:
        asked["budget"] = 4096

    house.evil.asking(little)
    branch = await fetch_branch(house.ada.engine)
    space = await fetch_space(house.ada.engine, branch.roster, house.personal)
    assert branch.roster == house.second.engine.roster
    assert space.chain == house.second.engine.ledger.chains[house.personal]
    assert len(space.answers) > 1
    assert (stored(house.ada, house.programme), stored(house.ada, house.personal)) == before
    answers = [Answer.decode(one.message) for one in space.answers]
    assert all(one.standing(house.programme) is not None for one in answers)
    # What a phone keeps of it convicts nobody by itself.
    last = branch.answers[-1]
    assert verify(Evidence(branch.entries, [], last, last, house.programme)).outcome == "not-proven"


async def test_a_branch_that_does_not_stand_is_the_servers_fault(house: House) -> None:
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    engine = house.ada.engine

    def forget(_: Json, answer: Json) -> None:
        answer["logs"][-1]["entries"].pop(0)

    def promise(_: Json, answer: Json) -> None:
        answer["logs"][-1].update(entries=[], more=True)

    def deny(_: Json, answer: Json) -> None:
        part(answer, house.programme).update(known=False, entries=[])

    def reword(_: Json, answer: Json) -> None:
        answer["day"] += 1

    roster = (await fetch_branch(engine)).roster
    for trick in (forget, promise, deny, reword):
        house.evil.answering(trick, signed=trick is not reword)
        with pytest.raises(ServerFault):
            await fetch_branch(engine)
        with pytest.raises(ServerFault):
            await fetch_space(engine, roster, house.commons)
        house.hall.wire.be_honest()
    assert house.ada.notes() == []
