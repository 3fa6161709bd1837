"""Opening a session, and what a token is good for."""

import os
from typing import Any

import pytest

from api.sessions import Sessions
from crypto.public.base64url import b64
from crypto.public.signing import SigningKey
from sync.errors import Refused
from tests.support.client import Host, Tenant, log_json, problem_of
from tests.support.people import Phone


async def test_a_device_opens_a_session(host: Host, tenant: Tenant) -> None:
    lead = tenant.world.lead
    response = await host.client.post("/v1/sessions", await host.client.proof(lead.id, lead.signing))
    assert response.status_code == 200
    answer = response.json()
    assert answer["programme"] == b64(tenant.world.programme)
    assert answer["seconds"] == 900
    assert len(answer["token"]) == 43
    assert len(answer["challenge"]) == 64


async def test_the_challenge_of_an_answer_opens_the_next_session(host: Host, tenant: Tenant) -> None:
    from crypto.public.base64url import unb64
    from sync.session import session_message

    lead = tenant.world.lead
    token = await tenant.token_of(lead)
    synced = await tenant.sync(lead, log_json(tenant.world.programme, tenant.world.state.chain.cursor))
    challenge = unb64(synced.json()["challenge"], 48)
    signature = lead.signing.sign("session", session_message(host.settings.address, challenge, lead.id))
    body = {"principal": b64(lead.id), "challenge": b64(challenge), "signature": b64(signature)}
    host.now += 47 * 3600
    response = await host.client.post("/v1/sessions", body)
    assert response.status_code == 200
    assert response.json()["token"] != token


async def test_unknown_foreign_and_false_proofs_are_answered_alike(host: Host, tenant: Tenant) -> None:
    lead, stranger = tenant.world.lead, SigningKey.generate(os.urandom)
    proof = await host.client.proof(lead.id, lead.signing)
    answers = []
    for body in (
        await host.client.proof(os.urandom(32), lead.signing),
        await host.client.proof(lead.id, stranger),
        await host.client.proof(tenant.world.programme, lead.signing),
        {**proof, "signature": b64(bytes(64))},
        {**proof, "principal": b64(lead.account * 2)},
    ):
        response = await host.client.post("/v1/sessions", body)
        assert problem_of(response) == "session-refused"
        answers.append((response.content, response.headers["www-authenticate"]))
    assert len(set(answers)) == 1


async def test_a_proof_for_another_origin_is_refused(host: Host, tenant: Tenant) -> None:
    from tests.support.client import Client

    lead = tenant.world.lead
    relayed = Client(host.client.http, "http://relay.example")
    response = await host.client.post("/v1/sessions", await relayed.proof(lead.id, lead.signing))
    assert problem_of(response) == "session-refused"


async def test_a_stale_challenge_is_said(host: Host, tenant: Tenant) -> None:
    lead = tenant.world.lead
    proof = await host.client.proof(lead.id, lead.signing)
    host.now += 48 * 3600 + 60
    assert problem_of(await host.client.post("/v1/sessions", proof)) == "challenge-stale"
    assert (
        problem_of(await host.client.post("/v1/sessions", {**proof, "challenge": b64(bytes(48))})) == "challenge-stale"
    )


async def test_without_a_live_token_nothing_is_read(host: Host) -> None:
    tokens = ["", "Bearer", "Bearer ", "Bearer AAAA", "Basic " + "A" * 43, "x" * 5000]
    tokens += ["Bearer " + "A" * 43, "Bearer " + "A" * 42 + "B"]
    for method, path in (("POST", "/v1/sync"), ("GET", "/v1/wraps"), ("POST", "/v1/keys"), ("GET", "/v1/names")):
        for header in tokens:
            body: dict[str, Any] = {"json": {"hashes": ["A" * 43]}} if method == "POST" else {}
            response = await host.client.http.request(method, path, headers={"Authorization": header}, **body)
            assert problem_of(response) == "session-required", (path, header)
            assert response.headers["www-authenticate"] == "Bearer"


async def test_a_session_ends_after_its_quarter_of_an_hour(host: Host, tenant: Tenant) -> None:
    token = await tenant.token_of(tenant.world.lead)
    host.now += 15 * 60
    assert (await host.client.get("/v1/wraps", token)).status_code == 200
    host.now += 60
    assert problem_of(await host.client.get("/v1/wraps", token)) == "session-required"


async def test_a_revoked_device_has_no_session_any_more(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    lost = await linked(tenant)
    token = await tenant.token_of(lost)
    assert (await host.client.get("/v1/wraps", token)).status_code == 200
    world.revoke(world.lead, lost)
    assert (await tenant.push(world.lead, world.entries[-1])).status_code == 200
    asked = {"challenge": b64(bytes(32)), "logs": [log_json(world.programme, tenant.start_of(world.programme))]}
    for response in (
        await host.client.get("/v1/wraps", token),
        await host.client.get("/v1/names", token),
        await host.client.post("/v1/sync", asked, token),
        await host.client.post("/v1/keys", {"hashes": [b64(bytes(32))]}, token),
    ):
        assert problem_of(response) == "session-required"
    again = await host.client.post("/v1/sessions", await host.client.proof(lost.id, lost.signing))
    assert problem_of(again) == "session-refused"


async def test_a_removed_members_session_reads_its_own_log_for_ninety_days(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    invite = world.invite("lead")
    await tenant.push(world.lead, world.entries[-1])
    second = world.join(invite)
    await tenant.push(invite, world.entries[-1])
    personal = world.log("personal", second)
    entry = world.write(second, personal)
    assert (await tenant.push(second, entry)).status_code == 200
    late = world.sealing(second, personal)
    world.remove(world.lead, second)
    assert (await tenant.push(world.lead, world.entries[-1])).status_code == 200
    for days in (0, 90):
        host.now += days * 86_400
        tenant.tokens.clear()
        if days:
            world.day += days
            world.announce(world.lead)
            assert (await tenant.push(world.lead, world.entries[-1])).status_code == 200
        roster, own = await tenant.pull(second, world.programme, personal)
        assert roster["head"]["position"] == len(world.entries)
        assert [one["position"] for one in own["entries"]] == [1]
        assert (await host.client.get("/v1/wraps", await tenant.token_of(second))).json() == {"wraps": []}
        names = await host.client.get("/v1/names", await tenant.token_of(second))
        assert problem_of(names) == "not-authorised"
        assert problem_of(await tenant.push(second, late, rows={})) == "not-authorised"
        shared = await tenant.sync(second, log_json(world.log("commons"), tenant.start_of(world.log("commons"))))
        assert problem_of(shared) == "log-unknown"
    host.now += 86_400
    world.day += 1
    tenant.tokens.pop(world.lead.id)
    world.announce(world.lead)
    assert (await tenant.push(world.lead, world.entries[-1])).status_code == 200
    refused = await host.client.post("/v1/sessions", await host.client.proof(second.id, second.signing))
    assert problem_of(refused) == "session-refused"


async def linked(tenant: Tenant) -> Phone:
    world = tenant.world
    link = world.invite("link")
    await tenant.push(world.lead, world.entries[-1])
    phone = world.join(link)
    await tenant.push(link, world.entries[-1])
    return phone


async def test_a_closed_invite_has_no_session_any_more(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    made = world.invite("lead")
    await tenant.push(world.lead, world.entries[-1])
    token = await tenant.token_of(made)
    assert (await host.client.get("/v1/wraps", token)).status_code == 200
    world.close(world.lead, made)
    await tenant.push(world.lead, world.entries[-1])
    assert problem_of(await host.client.get("/v1/wraps", token)) == "session-required"
    again = await host.client.post("/v1/sessions", await host.client.proof(made.id, made.keys.signing))
    assert problem_of(again) == "session-refused"


async def test_a_session_does_not_survive_a_restart(host: Host, tenant: Tenant) -> None:
    token = await tenant.token_of(tenant.world.lead)
    await host.restart()
    assert problem_of(await host.client.get("/v1/wraps", token)) == "session-required"


async def test_a_principal_has_so_many_sessions_at_once(host: Host, tenant: Tenant) -> None:
    lead = tenant.world.lead
    for _ in range(32):
        await host.client.open(lead.id, lead.signing)
    response = await host.client.post("/v1/sessions", await host.client.proof(lead.id, lead.signing))
    assert problem_of(response) == "too-many-requests"
    assert int(response.headers["retry-after"]) > 0
    host.now += 16 * 60
    assert await host.client.open(lead.id, lead.signing)


def test_tokens_are_kept_as_hashes_and_forgotten_when_they_end() -> None:
    now = 0.0
    sessions = Sessions(lambda: now, os.urandom, seconds=900, per_principal=2)
    tokens = [sessions.open(b"programme", b"principal") for _ in range(2)]
    kept = repr(vars(sessions))
    assert all(repr(token) not in kept for token in tokens)
    with pytest.raises(Refused):
        sessions.open(b"programme", b"principal")
    assert sessions.open(b"programme", b"another")
    now = 16 * 60.0
    sessions.open(b"programme", b"third")
    assert len(sessions._sessions) == 1
    assert dict(sessions._open) == {b"third": 1}
