"""What a phone does when the server refuses: it goes on, asks a bounded number of times, and loses nothing."""

import os
from contextlib import suppress
from typing import Any

import orjson
import pytest

from crypto.public.base64url import b64
from crypto.public.signing import SigningKey
from device import outbox
from device.refusals import CURES, RESEAL
from device.transport import Malformed, ServerProblem, Unreachable
from device.writer import CannotSign
from schemas.problems import PROBLEMS
from sync.device.replica import ServerFault
from sync.log import Entry
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.support.evil import SYNC, part

ENOUGH = 100
"""More requests than any of this should take."""
RAISED = (ServerProblem, ServerFault, CannotSign, Malformed, Unreachable)


def stored(house: House) -> list[Entry]:
    """All entries of the member's space as its phones hold them."""
    rows = house.ada.vault.read().execute(
        "SELECT header, signature, body FROM entries WHERE log = ? ORDER BY position", (house.personal,)
    )
    return [Entry(*row) for row in rows]


@pytest.mark.parametrize("where", ["its log", "no log"])
@pytest.mark.parametrize("name", sorted(PROBLEMS))
async def test_no_problem_of_the_table_loses_anything_or_goes_round_for_ever(
    house: House, name: str, where: str
) -> None:
    house.ada.records.log("contact", CONTACT)
    members: dict[str, Any] = {"log": house.personal} if where == "its log" else {}
    house.evil.refusing(name, **members)
    house.hall.wire.requests.clear()
    with suppress(*RAISED):
        await house.ada.sync()
    assert len(house.hall.wire.requests) < ENOUGH
    assert house.ada.records.unsent() == 1
    house.hall.wire.be_honest()
    await house.ada.sync()
    await house.second.sync()
    assert house.ada.records.unsent() == house.ada.waiting() == 0
    assert logged(house.second) == logged(house.ada)
    assert len(logged(house.ada)) == 2


@pytest.mark.parametrize("name", sorted(RESEAL))
async def test_a_push_refused_for_ever_is_sealed_anew_a_few_times_and_kept(house: House, name: str) -> None:
    """Pulls come through, pushes never: the phone would sign new numbers without end."""
    house.ada.records.log("contact", CONTACT)
    before = outbox.last_signed(house.ada.vault.read(), house.personal)
    house.evil.asking(lambda _: None)

    def refuse_pushes(asked: dict[str, Any]) -> None:
        if any(one.get("entries") for one in asked["logs"]):
            part(asked, house.personal)["entries"][0]["header"] = b64(b"\xff")

    house.evil.asking(refuse_pushes)
    house.hall.wire.tamper = _renaming("entry-malformed", name)
    house.hall.wire.requests.clear()
    report = await house.ada.sync()
    assert len(house.hall.wire.requests) < ENOUGH
    assert len(report.notes) == 1
    assert outbox.last_signed(house.ada.vault.read(), house.personal) <= before + 1 + CURES
    house.hall.wire.be_honest()
    await house.ada.sync()
    assert house.ada.records.unsent() == 0


def _renaming(name: str, other: str) -> Any:
    def tamper(_: Any, response: Any) -> Any:
        if response.status_code in (403, 409):
            content = response.content.replace(name.encode(), other.encode())
            return type(response)(PROBLEMS[other].status, content=content)
        return response

    return tamper


async def test_one_refused_space_does_not_stop_the_others(house: House) -> None:
    house.lead.records.log("contact", CONTACT)
    house.lead.records.log("resource", RESOURCE)

    def spoil(asked: dict[str, Any]) -> None:
        for one in asked["logs"]:
            if one["log"] == b64(house.commons):
                one["entries"] = [entry | {"signature": b64(bytes(64))} for entry in one.get("entries", [])]

    house.evil.asking(spoil)
    report = await house.lead.sync()
    assert any("signature-invalid" in note for note in report.notes)
    assert house.lead.records.unsent() == 1
    house.hall.wire.be_honest()
    await house.lead.sync()
    await house.ada.sync()
    assert house.lead.records.unsent() == 0
    assert len(house.ada.records.list("resource")) == 1


async def test_no_letter_of_the_server_is_in_what_a_sync_says(house: House) -> None:
    """The detail of a refusal stood in its notes, in the middle of the phone's own words."""
    house.ada.records.log("contact", CONTACT)

    def spoil(asked: dict[str, Any]) -> None:
        for one in asked["logs"]:
            if one["log"] == b64(house.personal):
                one["entries"] = [entry | {"signature": b64(bytes(64))} for entry in one.get("entries", [])]

    def write(_: Any, response: Any) -> Any:
        if response.status_code != 403:
            return response
        document = {**orjson.loads(response.content), "detail": "Type your code at elsewhere.example"}
        return type(response)(403, content=orjson.dumps(document))

    house.evil.asking(spoil)
    house.hall.wire.tamper = write
    (note,) = (await house.ada.sync()).notes
    assert note == "the server takes no entries of one space, they stay on this phone (signature-invalid)"


async def test_a_refusal_that_names_no_log_at_all_is_no_answer_of_a_server(house: House) -> None:
    house.evil.refusing("prev-mismatch", log="!!")
    with pytest.raises(Malformed):
        await house.ada.sync()


async def test_a_refusal_of_a_log_in_which_nothing_was_sent_ends_the_sync(house: House) -> None:
    house.ada.records.log("contact", CONTACT)
    house.evil.refusing("prev-mismatch", log=bytes(32))
    house.hall.wire.requests.clear()
    with pytest.raises(ServerProblem):
        await house.ada.sync()
    assert len(house.hall.wire.requests) < 10
    assert house.ada.records.unsent() == 1


async def test_a_statement_refused_for_another_reason_is_dropped_and_said(house: House) -> None:
    house.hall.wire.lose = lambda request: "request" if request.url.path == SYNC else ""
    with pytest.raises(Unreachable):
        await house.ada.link()
    house.hall.wire.be_honest()
    waiting = outbox.waiting(house.ada.vault.read(), house.programme)
    assert waiting == []
    # Lost on its very way up: after the pull came through.
    losing = iter(["", "request", "request", "request"])
    house.hall.wire.lose = lambda request: next(losing, "") if request.url.path == SYNC else ""
    with pytest.raises(Unreachable):
        await house.ada.link()
    house.hall.wire.be_honest()
    assert house.ada.waiting() == 1
    house.hall.pass_days(5)
    report = await house.ada.sync()
    assert any("do it again" in note for note in report.notes)
    assert house.ada.waiting() == 0


async def test_a_clone_is_not_believed_without_a_signature(house: House) -> None:
    stranger, old = SigningKey.generate(os.urandom), stored(house)[0]
    for signature in (bytes(64), stranger.sign("entry", old.raw_header), b""):
        house.evil.refusing("device-cloned", log=house.personal, header=old.raw_header, signature=signature)
        with pytest.raises(ServerFault, match="cannot show"):
            await house.ada.sync()
    house.hall.wire.be_honest()
    await house.ada.sync()
    assert house.ada.waiting() == 0


async def test_a_clone_is_not_believed_by_an_old_entry_of_this_phone(house: House) -> None:
    """Its signature is genuine, and the phone would have been silenced for ever."""
    own = [entry for entry in stored(house) if entry.header.device == house.ada.engine.identity.device]
    house.ada.engine.flush(empty=True)
    waits = outbox.waiting(house.ada.vault.read(), house.personal)[0].entry
    for entry in (*own, waits):
        house.evil.refusing("device-cloned", log=house.personal, header=entry.raw_header, signature=entry.signature)
        with pytest.raises(ServerFault, match="own entry"):
            await house.ada.sync()
    house.hall.wire.be_honest()
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    assert house.ada.records.unsent() == house.ada.waiting() == 0


async def test_a_statement_that_landed_before_a_503_does_not_silence_the_phone(house: House) -> None:
    """It was dropped as refused; its number came back at a position, and the phone took the server for a liar."""
    answers = iter(["", "answer"])
    house.hall.wire.lose = lambda request: next(answers, "") if request.url.path == SYNC else ""
    count = 0

    def overload(request: Any, response: Any) -> Any:
        nonlocal count
        count += request.url.path == SYNC
        return type(response)(503, content=b'{"type": "urn:hallway:problem:overloaded"}') if count == 2 else response

    house.hall.wire.tamper = overload
    with pytest.raises(ServerProblem, match="overloaded"):
        await house.ada.link()
    house.hall.wire.be_honest()
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    assert house.ada.records.unsent() == house.ada.waiting() == 0
    await house.ada.link()


async def test_an_own_entry_that_was_dropped_and_came_in_late_is_fetched_in_full(house: House) -> None:
    """The first copy of a request may overtake everything that was decided after it was given up."""
    house.ada.records.log("contact", CONTACT)
    house.ada.engine.flush()
    late = outbox.waiting(house.ada.vault.read(), house.personal)[0].entry
    with house.ada.vault.write() as connection:
        house.ada.engine.writer.reseal(connection, house.personal)
    again = outbox.waiting(house.ada.vault.read(), house.personal)[0].entry
    assert again.header.sequence == late.header.sequence + 1

    def overtake(asked: dict[str, Any]) -> None:
        for one in part(asked, house.personal).get("entries", []):
            one.update(header=b64(late.raw_header), signature=b64(late.signature), body=b64(late.body or b""))

    house.evil.asking(overtake)
    house.hall.wire.lose = lambda request: "answer" if request.url.path == SYNC else ""
    with pytest.raises(Unreachable):
        await house.ada.sync()
    house.hall.wire.be_honest()
    await house.ada.sync()
    await house.second.sync()
    assert house.ada.records.unsent() == house.ada.waiting() == 0
    assert logged(house.second) == logged(house.ada)
    assert len(logged(house.ada)) == 2
    assert house.second.records.conflicts() == house.ada.records.conflicts() == []


async def test_taken_names_beside_a_new_entry_after_a_lost_answer_are_taken(house: House) -> None:
    """Refused as rows without their entry, at every sync of that lead from then on."""
    await house.hall.joined(house.lead, "Bo")
    await house.lead.engine.sync()
    lose = iter(["", "answer", "answer", "answer"])
    house.hall.wire.lose = lambda request: next(lose, "") if request.url.path == SYNC else ""
    with pytest.raises(Unreachable):
        await house.lead.sync(flush=False)
    house.hall.wire.be_honest()
    house.lead.records.log("contact", CONTACT)
    await house.lead.sync()
    assert [one.name for one in house.lead.members()] == ["lead", "ada", "Bo"]
    assert house.lead.waiting() == 0
