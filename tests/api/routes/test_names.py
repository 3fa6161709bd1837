"""Names on their way to the leads: who may read them, and when they go."""

from crypto.public.base64url import b64
from tests.api.routes.coming import joined
from tests.support.client import Host, Tenant, problem_of


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
