"""What other phones did to an account is told to its owner, once."""

import json

from device.notices import load_notices
from device.phone import Phone
from tests.device.conftest import House
from tests.support.hall import ADDRESS


def named(phone: Phone) -> str:
    return phone.engine.identity.device.hex()[:8]


async def test_joins_codes_and_revocations_by_other_phones_are_told_once(house: House) -> None:
    ada, second, hall = house.ada, house.second, house.hall
    await ada.sync()
    assert "linked" in ada.take_notices()[0]
    paper = await second.new_code()
    await second.confirm_code(paper)
    third = await hall.linked(second, "third")
    await second.revoke(third.engine.identity.device)
    found = hall.new_phone("found")
    found.recover_with(ADDRESS, paper)
    await found.come_in()
    await ada.sync()
    ada = await hall.reopen(ada)
    assert ada.take_notices() == [
        f"phone {named(second)} made a recovery code",
        f"another phone was linked to your account: {named(third)}, by a ticket of {named(second)}",
        f"phone {named(second)} took phone {named(third)} off your account",
        f"your account was recovered from a code on paper, on phone {named(found)}",
    ]
    await ada.sync()
    assert ada.take_notices() == []


async def test_a_code_that_another_phone_closes_is_told_with_its_last_day(house: House) -> None:
    paper = await house.ada.new_code()
    await house.ada.confirm_code(paper)
    account = house.ada.engine.identity.account
    await house.second.sync()
    house.second.take_notices()
    (code,) = house.ada.engine.roster.open_invites("recovery", account=account)
    await house.second.close_invite(code)
    await house.ada.sync()
    assert house.second.take_notices() == []
    assert "closed a recovery code; it works until 2024-11-0" in house.ada.take_notices()[-1]


async def test_what_was_before_a_phone_came_in_and_what_others_do_is_no_news(house: House) -> None:
    await house.ada.confirm_code(await house.ada.new_code())
    third = await house.hall.linked(house.ada, "third")
    assert third.take_notices() == []
    await house.lead.sync()
    assert house.lead.take_notices() == []
    assert not any("recovery code" in notice for notice in house.ada.take_notices())


async def test_a_notice_of_a_name_without_words_is_shown_all_the_same(house: House) -> None:
    """A renamed sentence raised KeyError in every command that shows notices."""
    with house.ada.vault.write() as connection:
        kept = json.dumps({"said": "notice_of_another_version", "phone": "0a1b2c3d"})
        connection.execute("INSERT INTO notices(position, notice) VALUES (?, ?)", (10**6, kept))
    ((_, said),) = [one for one in load_notices(house.ada.vault.read()) if one[0] == 10**6]
    assert said.startswith("phone 0a1b2c3d did something")
