"""Names of those who joined: signed by the device that joined, believed once and never replaced."""

import os
from typing import Any

import pytest

from api.operator import founding_ticket
from crypto.public.base64url import b64
from crypto.public.signing import SigningKey
from crypto.secret.epoch import inbox_key, seal_name
from device.ceremonies import naming
from device.ceremonies.naming import NameWrong
from device.keyring import epoch_key
from device.phone import Phone
from device.transport import Unreachable
from tests.device.conftest import House
from tests.support.evil import SYNC, Json
from tests.support.hall import Hall

NAMES = "/v1/names"


def sealed(house: House, account: bytes, name: str, signer: SigningKey, *, epoch: int = 1) -> Json:
    log = house.lead.engine.roster.space_log("leads")
    key = epoch_key(house.lead.vault.read(), log, epoch)
    assert key is not None
    row = seal_name(inbox_key(key).public, house.programme, account, name, signer)
    return {"account": b64(account), "sealed": b64(row)}


def showing(house: House, *names: Json) -> None:
    house.evil.answering(lambda _, answer: answer.update(names=list(names)), path=NAMES)


def shown(phone: Phone) -> list[str | None]:
    return [one.name for one in phone.members()]


async def test_a_known_name_is_not_replaced_by_the_server(house: House) -> None:
    """The inbox is public: whoever holds the sealed names could have renamed every colleague."""
    identity = house.ada.engine.identity
    showing(house, sealed(house, identity.account, "Somebody Else", identity.signing))
    for _ in range(2):
        await house.lead.sync()
    assert shown(house.lead) == ["lead", "ada"]


async def test_a_name_for_nobody_is_not_taken(house: House) -> None:
    showing(house, sealed(house, b"s" * 16, "Nobody", house.ada.engine.identity.signing))
    report = await house.lead.sync()
    assert len(report.notes) == 1
    assert shown(house.lead) == ["lead", "ada"]
    assert house.lead.waiting() == 0


async def test_the_server_names_no_newcomer(house: House) -> None:
    """Anybody can seal to the inbox, and the first name that came was believed."""
    joiner = await house.hall.joined(house.lead, "Bo")
    account = joiner.engine.identity.account
    for signer in (SigningKey.generate(os.urandom), house.ada.engine.identity.signing):
        showing(house, sealed(house, account, "Somebody Else", signer))
        assert len((await house.lead.sync()).notes) == 1
        assert shown(house.lead) == ["lead", "ada", None]
    house.hall.wire.be_honest()
    await house.lead.sync()
    assert shown(house.lead) == ["lead", "ada", "Bo"]


async def test_a_name_that_does_not_open_is_said_and_left(house: House) -> None:
    joiner = await house.hall.joined(house.lead, "Bo")
    garbage = {"account": b64(joiner.engine.identity.account), "sealed": b64(bytes(1392))}
    showing(house, garbage)
    assert len((await house.lead.sync()).notes) == 1
    house.hall.wire.be_honest()
    assert (await house.lead.sync()).notes == []
    assert shown(house.lead) == ["lead", "ada", "Bo"]


async def test_a_name_sealed_before_the_leads_rotated_opens(house: House) -> None:
    await house.hall.joined(house.lead, "Bo")
    await house.lead.rotate("leads")
    await house.lead.sync()
    assert shown(house.lead) == ["lead", "ada", "Bo"]


async def test_a_join_and_a_rotation_between_two_requests_are_not_taken_for_a_wrong_name(house: House) -> None:
    """The name was under an inbox, and of an account, that the last pull did not know: a note told to join anew."""
    other = await house.hall.joined(house.lead, "Lou", "lead")
    await house.lead.sync()
    ticket = await house.lead.invite()
    joiner = house.hall.new_phone("Bo")
    take, busy = house.lead.engine.transport.names, False

    async def late(token: bytes) -> Any:
        nonlocal busy
        if not busy:
            busy = True
            await other.sync()
            await other.rotate("leads")
            joiner.accept(ticket, "Bo")
            await joiner.come_in()
        return await take(token)

    house.lead.engine.transport.names = late  # type: ignore[method-assign]
    report = await house.lead.sync()
    assert busy
    assert report.notes == []
    assert shown(house.lead) == ["lead", "ada", "Lou", "Bo"]


async def test_names_do_not_pile_up_while_the_space_takes_nothing(house: House) -> None:
    await house.hall.joined(house.lead, "Bo")
    fates: Any = iter(["", "request", "request", "request"])
    house.hall.wire.lose = lambda request: next(fates, "") if request.url.path == SYNC else ""
    with pytest.raises(Unreachable):
        await house.lead.sync(flush=False)
    assert house.lead.waiting() == 1
    house.hall.wire.be_honest()
    leads = house.lead.engine.roster.space_log("leads")
    house.evil.asking(
        lambda asked: [
            entry.update(signature=b64(bytes(64)))
            for one in asked["logs"]
            if one["log"] == b64(leads)
            for entry in one.get("entries", [])
        ].clear()
    )
    for _ in range(3):
        await house.lead.sync()
        assert house.lead.waiting() == 1
    house.hall.wire.be_honest()
    await house.lead.sync()
    assert shown(house.lead) == ["lead", "ada", "Bo"]
    assert house.lead.waiting() == 0


async def test_more_names_than_fit_are_taken_in_turns(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "MAX_TAKEN", 2)
    ticket = await house.lead.invite(uses=3)
    for name in ("Bo", "Cy", "Di"):
        phone = house.hall.new_phone(name)
        phone.accept(ticket, name)
        await phone.come_in()
    await house.lead.sync()
    assert len([name for name in shown(house.lead) if name]) == 4
    await house.lead.sync()
    assert shown(house.lead) == ["lead", "ada", "Bo", "Cy", "Di"]


@pytest.mark.parametrize("name", ["Ö" * 89, "a" * 177, "\ud800", ""])
async def test_a_name_that_cannot_be_sealed_is_refused_before_it_is_kept(hall: Hall, name: str) -> None:
    """It was refused at the end of every attempt, and the ticket given again with another name changed nothing."""
    lead = await hall.founded()
    ticket, phone = await lead.invite(), hall.new_phone("phone")
    with pytest.raises(NameWrong):
        phone.accept(ticket, name)
    with pytest.raises(NameWrong):
        await hall.new_phone("other").found(founding_ticket(hall.settings), name)
    phone.accept(ticket, "Ö" * 88)
    await phone.come_in()
    await lead.sync()
    assert shown(lead) == ["lead", "Ö" * 88]
