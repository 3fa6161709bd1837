"""Wraps: each principal reads its own."""

from crypto.public.base64url import b64
from tests.api.routes.coming import joined
from tests.support.client import Tenant
from tests.support.people import Pass, Phone


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
