"""One round trip with a server that lies: what it says wrong is not believed, and costs the phone nothing."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from crypto.public.base64url import b64, unb64
from crypto.public.signing import SigningKey
from device import outbox
from device.exchange import PUSH_BYTES, compose
from device.outbox import Rows
from schemas import wire
from sync.answer import Answer, Standing
from sync.device.replica import ServerFault
from sync.log import Cursor, Entry, Header
from sync.statements import Policy
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.support.actors import World
from tests.support.evil import Json, cursor, part

Attack = Callable[[House, Json, Json], None]


async def grow(house: House) -> None:
    """Three flushes, a statement and a resource that `second` has not seen."""
    for _ in range(3):
        house.ada.records.log("contact", CONTACT)
        await house.ada.sync()
    await house.lead.set_policy(Policy(contact_days=200))
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()


def cursors(house: House) -> dict[bytes, Cursor]:
    engine = house.second.engine
    return {log: engine.ledger.chain(house.programme, log).cursor for log in engine.logs()}


def resealed(one: Json, **changed: Any) -> Json:
    """The entry with some of its header changed and everything else as it was."""
    header = Header.decode(unb64(one["header"]))
    fields = {name: getattr(header, name) for name in Header.__slots__} | changed
    return one | {"header": b64(Header(**fields).encode())}


def drop_first(entries: list[Json]) -> list[Json]:
    return [one | {"position": one["position"] - 1} for one in entries[1:]]


def drop_middle(entries: list[Json]) -> list[Json]:
    return entries[:1] + drop_first(entries[1:])


def repeat(entries: list[Json]) -> list[Json]:
    return [*entries, entries[-1] | {"position": entries[-1]["position"] + 1}]


def reorder(entries: list[Json]) -> list[Json]:
    positions = [one["position"] for one in entries]
    return [one | {"position": at} for one, at in zip(reversed(entries), positions, strict=True)]


def change_last(**changed: Any) -> Callable[[list[Json]], list[Json]]:
    return lambda entries: [*entries[:-1], entries[-1] | changed]


def foreign_log(entries: list[Json]) -> list[Json]:
    return [*entries[:-1], resealed(entries[-1], log=os.urandom(32))]


def foreign_programme(entries: list[Json]) -> list[Json]:
    stranger = World.found(1).entries[0]
    header, body, signature = b64(stranger.raw_header), b64(stranger.body or b""), b64(stranger.signature)
    return [*entries[:-1], entries[-1] | {"header": header, "body": body, "signature": signature}]


def later_number(entries: list[Json]) -> list[Json]:
    return [*entries[:-1], resealed(entries[-1], sequence=77)]


def other_suite(entries: list[Json]) -> list[Json]:
    return [*entries[:-1], resealed(entries[-1], suite=2)]


BREAKING: dict[str, Callable[[list[Json]], list[Json]]] = {
    "the tail is left out": lambda entries: entries[:-1],
    "everything is left out": lambda _: [],
    "the first is left out": drop_first,
    "the middle is left out": drop_middle,
    "two are swapped": reorder,
    "one comes twice": repeat,
    "a body is changed": change_last(body=b64(bytes(4096))),
    "a body is left out": change_last(body=None),
    "a body is of no rung": change_last(body=b64(b"short")),
    "a signature is changed": change_last(signature=b64(bytes(64))),
    "a header is no encoding": change_last(header=b64(b"\xff")),
    "a header names another log": foreign_log,
    "an entry is of another programme": foreign_programme,
    "a number is changed": later_number,
    "a suite is unknown": other_suite,
}


@pytest.mark.parametrize("how", [name for name in BREAKING if name != "a body is left out"])
async def test_a_space_that_is_shown_wrongly_stands_still_and_the_rest_goes_on(house: House, how: str) -> None:
    await grow(house)
    before = cursors(house)

    def attack(_: Json, answer: Json) -> None:
        broken = part(answer, house.personal)
        broken["entries"] = BREAKING[how](broken["entries"])

    house.evil.answering(attack)
    report = await house.second.sync(flush=False)
    after = cursors(house)
    assert after[house.personal] == before[house.personal]
    assert after[house.programme].position == before[house.programme].position + 1
    assert after[house.commons].position == before[house.commons].position + 1
    assert len(report.notes) == 1
    assert [note.partition(":")[0] for note in house.second.notes()] == ["personal"]
    assert len(logged(house.second)) == 1
    house.hall.wire.be_honest()
    report = await house.second.sync()
    assert (report.notes, house.second.notes()) == ([], [])
    assert logged(house.second) == logged(house.ada)


@pytest.mark.parametrize("how", [name for name in BREAKING if name != "a body is of no rung"])
async def test_a_roster_that_is_shown_wrongly_stops_everything(house: House, how: str) -> None:
    await grow(house)
    await house.lead.set_policy(Policy(contact_days=201))
    await house.lead.set_policy(Policy(contact_days=202))
    before = cursors(house)

    def attack(_: Json, answer: Json) -> None:
        broken = part(answer, house.programme)
        broken["entries"] = BREAKING[how](broken["entries"])

    house.evil.answering(attack)
    with pytest.raises(ServerFault):
        await house.second.sync(flush=False)
    assert cursors(house) == before
    house.hall.wire.be_honest()
    await house.second.sync()
    assert logged(house.second) == logged(house.ada)
    assert house.second.engine.roster.policy.contact_days == 202


def other_challenge(house: House, asked: Json, answer: Json) -> None:
    house.evil.sign(asked | {"challenge": b64(bytes(32))}, answer)


def other_key(house: House, asked: Json, answer: Json) -> None:
    standings = [Standing(unb64(one["log"]), cursor(one["head"]), cursor(one["head"]), True) for one in answer["logs"]]
    signed = Answer(house.programme, unb64(asked["challenge"]), answer["day"], standings)
    answer["signature"] = b64(signed.sign(SigningKey.generate(os.urandom)))


def other_cursor(house: House, asked: Json, answer: Json) -> None:
    swapped = [one | {"cursor": asked["logs"][0]["cursor"]} for one in asked["logs"]]
    house.evil.sign(asked | {"logs": swapped}, answer)


def other_day(_: House, __: Json, answer: Json) -> None:
    answer["day"] += 40


def other_head(house: House, _: Json, answer: Json) -> None:
    part(answer, house.personal)["head"]["head"] = b64(bytes(32))


def other_programme(house: House, asked: Json, answer: Json) -> None:
    type(house.evil)(house.hall, bytes(32)).sign(asked, answer)


UNSIGNED: dict[str, Attack] = {
    "for another challenge": other_challenge,
    "with another key": other_key,
    "over other cursors": other_cursor,
    "over another day": other_day,
    "over another head": other_head,
    "for another programme": other_programme,
}


@pytest.mark.parametrize("how", UNSIGNED)
async def test_an_answer_that_is_signed_otherwise_is_not_believed(house: House, how: str) -> None:
    await grow(house)
    before = cursors(house)
    house.evil.answering(lambda asked, answer: UNSIGNED[how](house, asked, answer), signed=False)
    with pytest.raises(ServerFault, match="not signed"):
        await house.second.sync(flush=False)
    assert cursors(house) == before
    house.hall.wire.be_honest()
    await house.second.sync()
    assert logged(house.second) == logged(house.ada)


async def test_an_answer_of_yesterday_is_not_believed(house: House) -> None:
    kept = list[Json]()
    house.evil.answering(lambda _, answer: kept.append(dict(answer)), signed=False)
    await house.second.sync(flush=False)
    await grow(house)

    def replay(_: Json, answer: Json) -> None:
        answer.clear()
        answer.update(kept[0])

    house.evil.answering(replay, signed=False)
    with pytest.raises(ServerFault, match="not signed"):
        await house.second.sync(flush=False)


def fewer_logs(_: House, __: Json, answer: Json) -> None:
    answer["logs"].pop()


def swapped_logs(_: House, __: Json, answer: Json) -> None:
    answer["logs"].reverse()


def repeated_log(_: House, __: Json, answer: Json) -> None:
    answer["logs"].append(answer["logs"][-1])


def other_log(_: House, __: Json, answer: Json) -> None:
    answer["logs"][-1]["log"] = b64(bytes(32))


def shifted_positions(house: House, _: Json, answer: Json) -> None:
    for one in part(answer, house.personal)["entries"]:
        one["position"] += 1


def never_written(house: House, _: Json, answer: Json) -> None:
    broken = part(answer, house.personal)
    broken["entries"][0] = {"position": broken["entries"][0]["position"], "sequence": 999}


def unknown_with_entries(house: House, _: Json, answer: Json) -> None:
    part(answer, house.personal)["known"] = False


def unknown_with_more(house: House, _: Json, answer: Json) -> None:
    part(answer, house.personal).update(known=False, more=True, entries=[])


def more_and_nothing(_: House, __: Json, answer: Json) -> None:
    for one in answer["logs"]:
        one.update(more=True, entries=[])


def more_of_one(house: House, _: Json, answer: Json) -> None:
    part(answer, house.personal).update(more=True, entries=[])


def more_beyond_the_head(house: House, _: Json, answer: Json) -> None:
    part(answer, house.programme)["more"] = True


IMPOSSIBLE: dict[str, Attack] = {
    "a log is missing": fewer_logs,
    "the logs are swapped": swapped_logs,
    "a log comes twice": repeated_log,
    "a log was not asked for": other_log,
    "more is promised and nothing sent": more_and_nothing,
    "more is promised beyond the head": more_beyond_the_head,
}
IMPOSSIBLE_OF_ONE: dict[str, Attack] = {
    "the positions are shifted": shifted_positions,
    "an own entry was never written": never_written,
    "entries above an unknown cursor": unknown_with_entries,
    "more above an unknown cursor": unknown_with_more,
    "more and nothing of one log": more_of_one,
}


@pytest.mark.parametrize("how", IMPOSSIBLE)
async def test_an_answer_no_honest_server_gives_changes_nothing(house: House, how: str) -> None:
    await grow(house)
    before = cursors(house)
    house.evil.answering(lambda asked, answer: IMPOSSIBLE[how](house, asked, answer))
    with pytest.raises(ServerFault):
        await house.second.sync(flush=False)
    assert len(house.hall.wire.requests) < 50
    assert cursors(house) == before
    house.hall.wire.be_honest()
    await house.second.sync()
    assert logged(house.second) == logged(house.ada)


@pytest.mark.parametrize("how", IMPOSSIBLE_OF_ONE)
async def test_one_log_that_is_answered_impossibly_stops_alone(house: House, how: str) -> None:
    """It stopped all of them: what waited for the other logs stayed on the phone."""
    await grow(house)
    before = cursors(house)
    house.evil.answering(lambda asked, answer: IMPOSSIBLE_OF_ONE[how](house, asked, answer))
    report = await house.second.sync(flush=False)
    assert len(house.hall.wire.requests) < 50
    after = cursors(house)
    assert after[house.personal] == before[house.personal]
    assert after[house.commons].position == before[house.commons].position + 1
    assert [note.partition(":")[0] for note in house.second.notes()] == ["personal"]
    assert len(report.notes) <= 1
    house.hall.wire.be_honest()
    await house.second.sync()
    assert logged(house.second) == logged(house.ada)


async def test_a_page_for_ever_faulty_does_not_starve_the_other_logs(house: House) -> None:
    """It would eat the whole budget of every answer."""
    await grow(house)

    def attack(_: Json, answer: Json) -> None:
        for one in answer["logs"]:
            if one["log"] == b64(house.commons):
                one["entries"] = [entry | {"signature": b64(bytes(64))} for entry in one["entries"]]

    house.evil.answering(attack)
    house.evil.paging(4096)
    await house.second.sync(flush=False)
    assert len(logged(house.second)) == 4


@pytest.mark.parametrize("at", ["programme", "personal"])
async def test_a_pushed_entry_that_is_never_shown_does_not_go_round_for_ever(house: House, at: str) -> None:
    house.ada.records.log("contact", CONTACT)

    def forget(asked: Json) -> None:
        for one in asked["logs"]:
            one.pop("entries", None)
        for rows in ("wraps", "keys", "slip"):
            asked.pop(rows, None)

    house.evil.asking(forget)
    house.hall.wire.requests.clear()
    if at == "programme":
        with pytest.raises(ServerFault, match="just accepted"):
            await house.ada.link()
    else:
        report = await house.ada.sync()
        assert report.waiting == 1
        assert "just accepted" in report.notes[0]
    assert len(house.hall.wire.requests) < 10
    house.hall.wire.be_honest()
    await house.ada.sync()
    assert house.ada.waiting() == house.ada.records.unsent() == 0


async def test_each_request_takes_what_fits_and_leaves_the_rest_for_the_next(house: House) -> None:
    engine = house.ada.engine
    place = engine.writer.place(house.ada.vault.read(), house.personal)
    with house.ada.vault.write() as connection:
        for number in range(4):
            header = replace(place, sequence=number + 10).header("sealed", 1)
            outbox.put(connection, Entry(header.encode(), bytes(64), bytes(PUSH_BYTES // 2)), Rows(name=bytes(1392)))
    request = compose(
        house.ada.vault.read(),
        engine.ledger,
        house.programme,
        engine.logs(),
        pushed=engine.logs(),
        challenge=bytes(32),
    )
    assert [len(one.entries) for one in request.logs] == [0, 0, 2, 0]
    assert request.name == bytes(1392)
    assert isinstance(request, wire.SyncRequest)
