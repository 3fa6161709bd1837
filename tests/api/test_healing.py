"""Offers, `healing` and `GET /v1/missing` on the wire."""

from typing import Any

import httpx
import orjson

from api.operator import begin_restore
from crypto.public.base64url import b64, unb64
from sync.answer import Answer, Standing
from sync.evidence import Signed
from sync.log import Cursor, Entry
from tests.support.client import Host, Json, Tenant, cursor_json, log_json, problem_of
from tests.support.people import Pass, Phone
from tests.support.storage import dump


async def give(tenant: Tenant, who: Phone | Pass, *entries: Entry, **more: Any) -> httpx.Response:
    log = entries[0].header.log
    return await tenant.sync(who, log_json(log, tenant.start_of(log), entries, offer=True), **more)


def check_signed(host: Host, tenant: Tenant, response: httpx.Response, asked: Cursor) -> Json:
    """The one log of a signed answer."""
    answer = response.json()
    [one] = answer["logs"]
    head = Cursor(one["head"]["position"], unb64(one["head"]["head"]))
    sent = unb64(orjson.loads(response.request.content)["challenge"])
    standing = Standing(unb64(one["log"]), asked, head, one["known"])
    expected = Answer(tenant.world.programme, sent, answer["day"], [standing])
    Signed(expected.message(), unb64(answer["signature"])).check(host.key.public)
    return dict(one)


async def test_an_offer_is_answered_with_the_new_head_alone(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    world.invite("recovery")
    world.rotate(world.lead, "personal")
    response = await give(tenant, world.lead, *world.entries)
    assert response.status_code == 200, response.text
    one = check_signed(host, tenant, response, tenant.start_of(world.programme))
    assert one["head"] == cursor_json(world.state.chain.cursor)
    assert (one["known"], one["entries"], one["accepted"], one["more"]) == (True, [], [], False)
    assert "healing" not in response.json()
    [roster] = await tenant.pull(world.lead)
    assert len(roster["entries"]) == 3


async def test_an_offer_stands_alone_in_its_request(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    log = world.log("personal", world.lead)
    entry = world.write(world.lead, log)
    before = dump(host.settings.database_path)
    offered = log_json(log, tenant.start_of(log), [entry], offer=True)
    roster = log_json(world.programme, tenant.start_of(world.programme))
    assert problem_of(await tenant.sync(world.lead, roster, offered)) == "offer-mixed"
    assert problem_of(await tenant.sync(world.lead, offered, keys=[b64(bytes(1216))])) == "offer-mixed"
    assert problem_of(await tenant.sync(world.lead, {**offered, "offer": 1})) == "request-invalid"
    bare = {**offered, "entries": [{**offered["entries"][0], "body": None}]}
    assert problem_of(await tenant.sync(world.lead, {**bare, "offer": False})) == "body-mismatch"
    del bare["entries"][0]["body"]
    assert problem_of(await tenant.sync(world.lead, bare)) == "request-invalid"
    pushed = log_json(log, tenant.start_of(log), [Entry(entry.raw_header, entry.signature, entry.body)])
    pushed["entries"][0]["body"] = None
    assert problem_of(await tenant.sync(world.lead, pushed)) == "body-mismatch"
    assert dump(host.settings.database_path) == before


async def test_another_history_is_stale_and_names_its_entry(tenant: Tenant) -> None:
    world = tenant.world
    log = world.log("personal", world.lead)
    fork = world.sealing(world.lead, log)
    assert (await give(tenant, world.lead, world.write(world.lead, log))).status_code == 200
    response = await give(tenant, world.lead, fork)
    assert problem_of(response) == "offer-stale"
    assert (response.json()["log"], response.json()["sequence"]) == (b64(log), 1)
    far = log_json(log, Cursor(9, bytes(32)), [fork], offer=True)
    assert problem_of(await tenant.sync(world.lead, far)) == "offer-stale"


async def test_in_healing_answers_say_so_and_new_entries_are_refused(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    log = world.log("personal", world.lead)
    await host.stop()
    assert begin_restore(host.settings) == 1
    host.start()
    tenant.client, tenant.tokens = host.client, {}
    entry = world.write(world.lead, log)
    assert problem_of(await tenant.push(world.lead, entry)) == "healing"
    nothing = await tenant.sync(world.lead, log_json(log, tenant.start_of(log)))
    assert nothing.json()["healing"] is True
    assert (await give(tenant, world.lead, entry)).json()["healing"] is True
    world.restored(world.lead)
    ended = await tenant.push(world.lead, world.entries[-1])
    assert ended.status_code == 200
    assert "healing" not in ended.json()
    assert (await tenant.push(world.lead, world.write(world.lead, log))).status_code == 200


async def test_what_is_missing_is_told_to_devices(tenant: Tenant) -> None:
    world = tenant.world
    code = world.invite("recovery")
    await tenant.push(world.lead, world.entries[-1])
    assert (await tenant.client.get("/v1/missing", await tenant.token_of(world.lead))).json() == {
        "keys": [],
        "wraps": [],
    }
    world.rotate(world.lead, "personal")
    await give(tenant, world.lead, *world.entries)
    found = (await tenant.client.get("/v1/missing", await tenant.token_of(world.lead))).json()
    log = world.log("personal", world.lead)
    assert {(one["log"], one["reader"]) for one in found["wraps"]} == {
        (b64(log), b64(reader)) for reader in (world.lead.id, code.id)
    }
    assert problem_of(await tenant.client.get("/v1/missing", await tenant.token_of(code))) == "not-authorised"
    assert problem_of(await tenant.client.get("/v1/missing")) == "session-required"
