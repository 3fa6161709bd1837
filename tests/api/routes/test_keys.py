"""Keys by their hash, and those of offers for as long as somebody has to seal to them."""

from crypto.public.base64url import b64
from tests.support.client import Host, Tenant
from tests.support.counting import END, PERIOD, Period, landed, reopen


async def test_keys_of_offers_go_when_nobody_has_to_seal_to_them(period: Period) -> None:
    """But for a key that is somebody's own: whoever names it in an offer must not have the server lose it."""
    world, tenant, victim = period.tenant.world, period.tenant, period.members[0]
    used, own = period.helpers[0].key.hash, victim.hpke.hash
    spare, again = world.offering(period.task_id, PERIOD), world.offering(period.task_id, PERIOD, hpke_hash=own)
    for offer in (spare, again):
        world.push(world.draft(world.lead, offer))
        await landed(tenant, world.lead)
    asked = {"hashes": [b64(one) for one in (used, own, spare.hpke_hash)]}

    async def held(day: int) -> int:
        """Of the three keys, when roster time has come to a day."""
        await period.at(day)
        world.invite("member")
        await landed(tenant, world.lead)
        answer = await tenant.client.post("/v1/keys", asked, await tenant.token_of(world.lead))
        return len(answer.json()["keys"])

    assert [await held(day) for day in (END + 7, END + 8, END + 90, END + 91)] == [3, 2, 2, 1]
    answer = await tenant.client.post("/v1/keys", {"hashes": [b64(own)]}, await tenant.token_of(world.lead))
    assert answer.json()["keys"] == [b64(victim.hpke.public)]


async def test_the_key_of_an_opening_that_another_replaced_goes_with_it(period: Period) -> None:
    old = period.helpers[0].key.hash
    await reopen(period, [period.tenant.world.lead])
    body = {"hashes": [b64(old), b64(period.helpers[0].key.hash)]}
    answer = await period.post(period.members[0], "keys", body)
    assert answer.json()["keys"] == [b64(period.helpers[0].key.public)]


async def test_keys_are_found_by_hash_in_the_order_asked(host: Host, tenant: Tenant) -> None:
    lead = tenant.world.lead
    asked = [lead.person.member.hash, bytes(32), lead.hpke.hash]
    body = {"hashes": [b64(hash_) for hash_ in asked]}
    response = await host.client.post("/v1/keys", body, await tenant.token_of(lead))
    assert response.json() == {"keys": [b64(lead.person.member.public), b64(lead.hpke.public)]}
