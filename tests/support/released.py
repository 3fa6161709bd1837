"""A small table, verified by all its aggregators, and what its release has to say."""

from collections.abc import Sequence
from dataclasses import replace

from crypto.public.base64url import unb64
from crypto.public.encoding import encode
from crypto.public.signing import verify
from schemas.task import Axis
from stats.noise import noise
from stats.prio3.field import FIELD128
from sync.report import released_message
from tests.support.client import Json
from tests.support.counting import Period
from tests.sync.counted import CONTACTS, KINDS, SHARED

AXES = (Axis("contact_kind", KINDS.codes[:3]),)
SMALL = replace(CONTACTS, axes=AXES, bound=3)
SMALL_SHARED = replace(SHARED, axes=AXES, bound=3)


async def verified(period: Period) -> list[Json]:
    """All aggregators' part of the verification; the decisions."""
    await period.hand_out_key()
    for helper in period.helpers:
        await helper.verify()
    return await period.decisions()


def unsharded(period: Period, closing: bytes, answer: Json, decisions: Sequence[Json]) -> list[int]:
    """What the lead's device learns from the release, whose signature is checked."""
    world, first, share = period.tenant.world, period.helpers[0], unb64(answer["share"])
    message = released_message(world.programme, closing, share)
    verify(period.host.key.public, "release", message, unb64(answer["signature"]))
    totals = [period.instance.decode_share(share), first.total(decisions)]
    if answer["total"] is not None:
        sealed = first.key.open("total", encode([world.programme, period.opening]), unb64(answer["total"]))
        totals.append(period.instance.decode_share(sealed))
    modulus = FIELD128.modulus
    elements = period.instance.aggregate(totals).elements
    return [one - modulus if one > modulus // 2 else one for one in elements]


def noised(period: Period, closing: bytes, totals: Sequence[int]) -> list[int]:
    key = period.host.settings.noise_key_path.read_bytes()
    return [
        one + more
        for one, more in zip(totals, noise(key, closing, 0, period.task.cells, period.task.scale), strict=True)
    ]
