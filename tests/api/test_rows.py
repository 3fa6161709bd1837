"""Wraps, keys and names: who may read them."""

from crypto.public.base64url import b64
from tests.support.client import Host, Tenant, problem_of, rows_json
from tests.support.people import Pass, Phone


async def joined(tenant: Tenant, role: str) -> tuple[Pass, Phone]:
    world = tenant.world
    used = world.invite(role)
    await tenant.push(world.lead, world.entries[-1])
    await tenant.token_of(used)
    phone = world.join(used)
    entry = world.entries[-1]
    rows = rows_json(world.keys_for([entry]), world.wraps_for([entry]))
    response = await tenant.push(used, entry, rows={**rows, "name": b64(bytes(1392))})
    assert response.status_code == 200, response.text
    return used, phone


async def wraps_of(tenant: Tenant, who: Phone | Pass) -> set[tuple[str, str]]:
    response = await tenant.client.get("/v1/wraps", await tenant.token_of(who))
    assert response.status_code == 200
    return {(wrap["log"], wrap["reader"]) for wrap in response.json()["wraps"]}


async def test_a_principal_reads_its_own_wraps(tenant: Tenant) -> None:
    world = tenant.world
    commons, leads = b64(world.log("commons")), b64(world.log("leads"))
    lead, key = world.lead, b64(world.lead.person.member.hash)
    assert await wraps_of(tenant, lead) == {
        (b64(world.log("personal", lead)), b64(lead.id)),
        (commons, key),
        (leads, key),
    }
    code = world.invite("recovery")
    await tenant.push(lead, world.entries[-1])
    assert await wraps_of(tenant, code) == {(b64(world.log("personal", lead)), b64(code.id))}
    _, member = await joined(tenant, "member")
    assert await wraps_of(tenant, member) == {
        (b64(world.log("personal", member)), b64(member.id)),
        (commons, b64(member.person.member.hash)),
    }


async def test_a_code_reads_its_wraps_of_all_epochs_the_newest_first(tenant: Tenant) -> None:
    world = tenant.world
    code = world.invite("recovery")
    await tenant.push(world.lead, world.entries[-1])
    for _ in range(2):
        world.rotate(world.lead, "personal")
        assert (await tenant.push(world.lead, world.entries[-1])).status_code == 200
    response = await tenant.client.get("/v1/wraps", await tenant.token_of(code))
    assert [wrap["epoch"] for wrap in response.json()["wraps"]] == [3, 2, 1]


async def test_keys_are_found_by_hash_in_the_order_asked(host: Host, tenant: Tenant) -> None:
    lead = tenant.world.lead
    asked = [lead.person.member.hash, bytes(32), lead.hpke.hash]
    body = {"hashes": [b64(hash_) for hash_ in asked]}
    response = await host.client.post("/v1/keys", body, await tenant.token_of(lead))
    assert response.json() == {"keys": [b64(lead.person.member.public), b64(lead.hpke.public)]}


async def test_names_are_for_leads(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    world.invite("recovery")
    await tenant.push(world.lead, world.entries[-1])
    _, member = await joined(tenant, "member")
    token = await tenant.token_of(world.lead)
    expected = {"names": [{"account": b64(member.account), "sealed": b64(bytes(1392))}]}
    assert (await host.client.get("/v1/names", token)).json() == expected
    assert problem_of(await host.client.get("/v1/names", await tenant.token_of(member))) == "not-authorised"
    invite = world.invite("lead")
    await tenant.push(world.lead, world.entries[-1])
    assert problem_of(await host.client.get("/v1/names", await tenant.token_of(invite))) == "not-authorised"
    taking = world.write(world.lead, world.log("leads"))
    taken = await tenant.push(world.lead, taking, rows={"taken": [b64(member.account)]})
    assert taken.status_code == 200
    assert (await host.client.get("/v1/names", token)).json() == {"names": []}
