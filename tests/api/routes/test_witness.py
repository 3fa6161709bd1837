"""`GET /v1/witness`: where a new client begins, for whom, and that a sync answer binds it."""

from crypto.public.base64url import b64, unb64
from tests.support.client import Host, Tenant, log_json, problem_of


async def test_a_device_learns_where_to_begin_and_an_invite_does_not(host: Host, tenant: Tenant) -> None:
    world = tenant.world
    log = world.log("witness")
    for step in range(3):
        assert (await tenant.push(world.lead, world.land(world.witnessing(world.lead)))).status_code == 200
        if step < 2:
            host.now += 60 * 86_400
            world.day += 60
            tenant.tokens.clear()
    response = await tenant.client.get("/v1/witness", await tenant.token_of(world.lead))
    begin = response.json()["begin"]
    assert begin == {"position": 1, "head": b64(world.space(log).heads[1])}
    answer = (await tenant.sync(world.lead, {**log_json(log, tenant.start_of(log)), "cursor": begin})).json()["logs"][0]
    assert answer["known"]
    assert [one["position"] for one in answer["entries"]] == [2, 3]
    assert unb64(answer["head"]["head"]) == world.space(log).chain.head
    link = world.invite("link")
    assert (await tenant.push(world.lead, world.entries[-1])).status_code == 200
    refused = await tenant.client.get("/v1/witness", await tenant.token_of(link))
    assert problem_of(refused) == "log-unknown"
    assert problem_of(await tenant.sync(link, log_json(log, tenant.start_of(log)))) == "log-unknown"
    assert problem_of(await tenant.client.get("/v1/witness")) == "session-required"


async def test_a_sync_with_nothing_new_reads_the_witness_log_from_memory(host: Host, tenant: Tenant) -> None:
    """The log has no row before its first entry: that must not cost a look at the disk each time."""
    world = tenant.world
    log = world.log("witness")
    asked = log_json(log, tenant.start_of(log))
    assert (await tenant.sync(world.lead, asked)).status_code == 200
    store, looks = host.app.state.services.store, []
    store.with_ends = lambda *arguments: looks.append(arguments)
    store.pull = store.pull_near = store.with_ends
    assert (await tenant.sync(world.lead, asked)).json()["logs"][0]["known"]
    assert looks == []
