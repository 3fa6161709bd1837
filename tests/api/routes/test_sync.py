"""`POST /v1/sync`: what it answers, and that it refuses without changing anything."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from crypto.public.base64url import b64, unb64
from crypto.public.ids import body_hash
from store.store import Store
from sync.answer import Answer, Standing
from sync.evidence import Signed
from sync.log import Cursor, Entry
from tests.support.actors import World
from tests.support.client import Host, Json, Tenant, entry_json, log_json, problem_of, rows_json
from tests.support.people import Phone
from tests.support.storage import dump


async def refusal(host: Host, tenant: Tenant, who: Phone, *logs: Json, **more: Any) -> tuple[str, Json]:
    """Name and document of the problem that answers this request, after which nothing may be different."""
    await tenant.token_of(who)
    before = dump(host.settings.database_path)
    response = await tenant.sync(who, *logs, **more)
    assert dump(host.settings.database_path) == before
    # A client goes on: the same session reads what it could read before.
    assert await tenant.pull(who)
    return problem_of(response), response.json()


def check_answer(tenant: Tenant, response: httpx.Response, request: Json) -> Json:
    """The answer, after everything that page 6 tells a client to check."""
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    standings = []
    for asked, log in zip(request["logs"], answer["logs"], strict=True):
        assert log["log"] == asked["log"]
        cursor = Cursor(asked["cursor"]["position"], unb64(asked["cursor"]["head"]))
        head = Cursor(log["head"]["position"], unb64(log["head"]["head"]))
        standings.append(Standing(unb64(log["log"]), cursor, head, log["known"]))
    expected = Answer(tenant.world.programme, unb64(request["challenge"]), answer["day"], standings)
    Signed(expected.message(), unb64(answer["signature"])).check(tenant.world.server.public)
    return answer


async def ask(tenant: Tenant, who: Phone, *logs: Json, **more: Any) -> Json:
    request = {"challenge": b64(os.urandom(32)), "logs": list(logs), **more}
    response = await tenant.client.post("/v1/sync", request, await tenant.token_of(who))
    return check_answer(tenant, response, request)


# What is answered.


async def test_an_answer_is_signed_over_challenge_cursors_heads_and_day(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    personal = world.log("personal", world.lead)
    answer = await ask(
        tenant,
        world.lead,
        log_json(world.programme, world.state.chain.cursor),
        log_json(personal, tenant.start_of(personal), [world.write(world.lead, personal)]),
        log_json(world.log("commons"), Cursor(7, bytes(32))),
    )
    assert answer["day"] == host.now // 86_400
    assert [log["known"] for log in answer["logs"]] == [True, True, False]


async def test_an_empty_log_is_known_from_its_genesis(tenant: Tenant) -> None:
    log = tenant.world.log("commons")
    answer = await ask(tenant, tenant.world.lead, log_json(log, tenant.start_of(log)))
    [one] = answer["logs"]
    assert one["known"]
    assert one["head"]["position"] == 0
    assert one["entries"] == []


async def test_own_entries_come_as_numbers_unless_asked_for(tenant: Tenant) -> None:
    world = tenant.world
    log, start = world.log("personal", world.lead), tenant.start_of(world.log("personal", world.lead))
    entry = world.write(world.lead, log)
    await tenant.push(world.lead, entry)
    [short] = (await ask(tenant, world.lead, log_json(log, start)))["logs"]
    assert short["entries"] == [{"position": 1, "sequence": 1}]
    [full] = (await ask(tenant, world.lead, log_json(log, start, own=True)))["logs"]
    assert full["entries"] == [{"position": 1, **entry_json(entry)}]


async def test_a_push_answers_with_its_own_numbers_and_the_entries_of_others(tenant: Tenant) -> None:
    world = tenant.world
    other = await second_lead(tenant)
    commons = world.log("commons")
    start = tenant.start_of(commons)
    theirs = world.write(other, commons)
    await tenant.push(other, theirs)
    mine = world.write(world.lead, commons)
    [log] = (await ask(tenant, world.lead, log_json(commons, start, [mine])))["logs"]
    assert log["accepted"] == [{"sequence": 1, "position": 2}]
    assert log["entries"] == [{"position": 1, **entry_json(theirs)}, {"position": 2, "sequence": 1}]
    before = world.space(commons).chain.cursor
    [log] = (await ask(tenant, world.lead, log_json(commons, before, [world.write(world.lead, commons)])))["logs"]
    assert log["entries"] == [{"position": 3, "sequence": 2}]


async def test_an_entry_twice_in_one_request_is_answered_once(tenant: Tenant) -> None:
    world = tenant.world
    other = await second_lead(tenant)
    commons = world.log("commons")
    start = tenant.start_of(commons)
    mine = world.write(world.lead, commons)
    [log] = (await ask(tenant, world.lead, log_json(commons, start, [mine, mine])))["logs"]
    assert log["accepted"] == [{"sequence": 1, "position": 1}] * 2
    assert log["entries"] == [{"position": 1, "sequence": 1}]
    before = world.space(commons).chain.cursor
    theirs = world.write(other, commons)
    await tenant.push(other, theirs)
    again = world.write(world.lead, commons)
    [log] = (await ask(tenant, world.lead, log_json(commons, before, [again, again])))["logs"]
    assert log["entries"] == [{"position": 2, **entry_json(theirs)}, {"position": 3, "sequence": 2}]


async def test_a_joiner_gets_its_own_join_in_full(tenant: Tenant) -> None:
    world = tenant.world
    used = world.invite("lead")
    await tenant.push(world.lead, world.entries[-1])
    cursor = world.state.chain.cursor
    world.join(used)
    entry = world.entries[-1]
    response = await tenant.sync(
        used, log_json(world.programme, cursor, [entry]), **rows_json(world.keys_for([entry]), world.wraps_for([entry]))
    )
    assert response.status_code == 200, response.text
    assert response.json()["logs"][0]["entries"] == [{"position": 3, **entry_json(entry)}]


async def test_pages_join_without_gaps(tenant: Tenant) -> None:
    world = tenant.world
    log = world.log("personal", world.lead)
    entries = [world.write(world.lead, log) for _ in range(10)]
    for entry in entries:
        await tenant.push(world.lead, entry)
    cursor, seen = tenant.start_of(log), []
    while True:
        [page] = (await ask(tenant, world.lead, log_json(log, cursor, own=True), budget=10_000))["logs"]
        seen += page["entries"]
        assert page["head"]["position"] == 10
        last = seen[-1]["position"]
        cursor = Cursor(last, world.space(log).heads[last])
        if not page["more"]:
            break
    assert seen == [{"position": n, **entry_json(entry)} for n, entry in enumerate(entries, 1)]


async def test_nothing_new_is_answered_without_the_database(
    host: Host, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = tenant.world
    logs = [world.log("commons"), world.log("leads"), world.log("personal", world.lead)]
    entry = world.write(world.lead, logs[2])
    await tenant.push(world.lead, entry)
    asked = [log_json(world.programme, world.state.chain.cursor)]
    asked += [log_json(log, world.space(log).chain.cursor) for log in logs]
    await ask(tenant, world.lead, *asked)

    def touched(*_: object, **__: object) -> None:
        raise AssertionError("the database was touched")

    for name in ("_writer", "_database"):
        monkeypatch.setattr(host.app.state.services.store, name, property(touched))
    for name in ("push", "pull", "state", "with_ends"):
        monkeypatch.setattr(Store, name, touched)
    answer = await ask(tenant, world.lead, *asked)
    assert [log["known"] for log in answer["logs"]] == [True] * 4


# What is refused. Each case sees the right problem, an unchanged database, and a session that goes on.

Case = Callable[[World, Entry], Entry]
SEALED: dict[str, tuple[str, Case]] = {
    "truncated header": ("entry-malformed", lambda _, e: replace_header(e, e.raw_header[:-1])),
    "header with a byte more": ("entry-malformed", lambda _, e: replace_header(e, e.raw_header + b"\0")),
    "header with a longer integer": (
        "entry-malformed",
        lambda _, e: replace_header(e, e.raw_header[:1] + b"\x18\x01" + e.raw_header[2:]),
    ),
    "another suite": ("suite-unknown", lambda w, _: sealing(w, suite=2)),
    "another log's header": ("entry-malformed", lambda w, _: resigned(w, log=w.log("leads"))),
    "another programme's log": ("entry-malformed", lambda w, _: resigned(w, log=bytes(32))),
    "another body": ("body-mismatch", lambda _, e: Entry(e.raw_header, e.signature, bytes(4096))),
    "a body that is no rung": ("body-mismatch", lambda w, _: unpadded(w)),
    "another signature": ("signature-invalid", lambda _, e: Entry(e.raw_header, bytes(64), e.body)),
    "a header changed after signing": (
        "signature-invalid",
        lambda _, e: replace_header(e, replace(e.header, sequence=9).encode()),
    ),
    "another epoch": ("epoch-stale", lambda w, _: sealing(w, epoch=2)),
    "epoch 0": ("epoch-stale", lambda w, _: resigned(w, epoch=0)),
    "seen in the future": ("witness-unknown", lambda w, _: sealing(w, seen=Cursor(5, bytes(32)))),
    "seen off the chain": ("witness-unknown", lambda w, _: sealing(w, seen=Cursor(0, bytes(32)))),
    "roster off the chain": ("witness-unknown", lambda w, _: sealing(w, roster=Cursor(1, bytes(32)))),
    "roster before the enrolment": ("witness-unknown", lambda w, _: sealing(w, roster=w.states[0].chain.cursor)),
    "prev of nothing": ("prev-mismatch", lambda w, _: sealing(w, prev=bytes([1]) * 32)),
    "a statement in a space": ("entry-malformed", lambda w, _: sealing(w, kind="invite")),
    "a clear kind with a sealed body": ("entry-malformed", lambda w, _: sealing(w, kind="erase")),
    "sequence 0": ("entry-malformed", lambda w, _: resigned(w, sequence=0)),
}


def replace_header(entry: Entry, raw: bytes) -> Entry:
    return Entry(raw, entry.signature, entry.body)


def sealing(world: World, **changed: Any) -> Entry:
    return world.sealing(world.lead, world.log("commons"), **changed)


def resigned(world: World, **changed: Any) -> Entry:
    """An honest entry whose header was changed and signed again, after sealing."""
    entry = sealing(world)
    return Entry.sign(replace(entry.header, **changed), entry.body or b"", world.lead.signing)


def unpadded(world: World) -> Entry:
    body = bytes(4097)
    return Entry.sign(replace(sealing(world).header, body_hash=body_hash(body)), body, world.lead.signing)


@pytest.mark.parametrize("case", SEALED)
async def test_a_bad_sealed_entry_is_refused(host: Host, tenant: Tenant, case: str) -> None:
    world = tenant.world
    expected, make = SEALED[case]
    log = world.log("commons")
    entry = make(world, sealing(world))
    problem, document = await refusal(host, tenant, world.lead, log_json(log, tenant.start_of(log), [entry]))
    assert problem == expected
    assert document["log"] == b64(log)
    # The honest entry goes through afterwards.
    assert (await tenant.push(world.lead, world.write(world.lead, log))).status_code == 200


async def test_a_replayed_entry_is_acknowledged_and_stored_once(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    log = world.log("commons")
    entry = world.write(world.lead, log)
    first = await tenant.push(world.lead, entry)
    before = dump(host.settings.database_path)
    for _ in range(2):
        again = await tenant.push(world.lead, entry)
        assert again.json()["logs"][0]["accepted"] == first.json()["logs"][0]["accepted"]
    both = await tenant.sync(world.lead, log_json(log, tenant.start_of(log), [entry, entry]))
    assert both.json()["logs"][0]["accepted"] == [{"sequence": 1, "position": 1}] * 2
    assert dump(host.settings.database_path) == before


async def test_reordered_entries_are_refused(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    log = world.log("commons")
    one, two = world.write(world.lead, log), world.write(world.lead, log)
    problem, _ = await refusal(host, tenant, world.lead, log_json(log, tenant.start_of(log), [two, one]))
    assert problem == "prev-mismatch"
    assert (await tenant.push(world.lead, one, two)).status_code == 200


async def test_a_log_stands_in_a_request_once(host: Host, tenant: Tenant) -> None:
    log = tenant.world.log("commons")
    twice = [log_json(log, tenant.start_of(log))] * 2
    problem, document = await refusal(host, tenant, tenant.world.lead, *twice)
    assert problem == "log-repeated"
    assert document["log"] == b64(log)


async def test_a_clone_is_shown_the_entry_that_stands_there(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    log = world.log("personal", world.lead)
    clone = world.sealing(world.lead, log, b"clone")
    original = world.write(world.lead, log, b"original")
    await tenant.push(world.lead, original)
    problem, document = await refusal(host, tenant, world.lead, log_json(log, tenant.start_of(log), [clone]))
    assert problem == "device-cloned"
    assert document["header"] == b64(original.raw_header)
    assert document["signature"] == b64(original.signature)
    assert document["sequence"] == 1


async def test_a_member_writes_neither_commons_nor_a_stranger_s_log(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    member = await a_member(tenant)
    commons = world.log("commons")
    entry = world.sealing(member, commons)
    problem, _ = await refusal(host, tenant, member, log_json(commons, tenant.start_of(commons), [entry]))
    assert problem == "not-authorised"
    for log in (world.log("leads"), world.log("personal", world.lead), bytes(32)):
        problem, _ = await refusal(host, tenant, member, log_json(log, Cursor(0, bytes(32))))
        assert problem == "log-unknown"


async def test_what_another_programme_holds_looks_like_nothing(host: Host, tenant: Tenant) -> None:
    other = await host.found(2)
    there, here = other.world, tenant.world
    await other.push(there.lead, there.write(there.lead, there.log("commons")))
    answers = set()
    for log in (os.urandom(32), there.programme, there.log("commons"), there.log("personal", there.lead)):
        problem, document = await refusal(host, tenant, here.lead, log_json(log, Cursor(0, bytes(32))))
        assert problem == "log-unknown"
        assert document.pop("log") == b64(log)
        answers.add(repr(sorted(document.items())))
    assert len(answers) == 1
    token = await tenant.token_of(here.lead)
    asked = {"hashes": [b64(there.lead.hpke.hash), b64(os.urandom(32)), b64(here.lead.hpke.hash)]}
    keys = await host.client.post("/v1/keys", asked, token)
    assert keys.json() == {"keys": [b64(here.lead.hpke.public)]}


async def test_a_wrong_epoch_says_the_right_one(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    log = world.log("commons")
    entry = sealing(world, epoch=1)
    world.rotate(world.lead, "commons")
    await tenant.push(world.lead, world.entries[-1])
    problem, document = await refusal(host, tenant, world.lead, log_json(log, tenant.start_of(log), [entry]))
    assert problem == "epoch-stale"
    assert document["epoch"] == 2


async def test_a_wrong_day_says_the_right_one(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    entry = world.draft(world.lead, world.inviting(world.new_pass("recovery", world.lead)))
    host.now += 3 * 86_400
    tenant.tokens.clear()
    problem, document = await refusal(
        host, tenant, world.lead, log_json(world.programme, world.state.chain.cursor, [entry])
    )
    assert problem == "day-off"
    assert document["server_day"] == world.day + 3


async def a_member(tenant: Tenant) -> Phone:
    world = tenant.world
    world.invite("recovery")
    await tenant.push(world.lead, world.entries[-1])
    used = world.invite("member")
    await tenant.push(world.lead, world.entries[-1])
    phone = world.join(used)
    assert (await tenant.push(used, world.entries[-1])).status_code == 200
    return phone


async def second_lead(tenant: Tenant) -> Phone:
    world = tenant.world
    used = world.invite("lead")
    await tenant.push(world.lead, world.entries[-1])
    phone = world.join(used)
    assert (await tenant.push(used, world.entries[-1])).status_code == 200
    return phone
