"""Somebody comes in over HTTP, with all the rows that a join carries."""

from crypto.public.base64url import b64
from tests.support.client import Tenant, rows_json
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
