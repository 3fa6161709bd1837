"""Accounts whose newest key nobody has: people take the paper out of the drawer."""

from simulation.healing import heal
from simulation.invariants import phones_converge
from simulation.operations.coming import opens
from simulation.operations.everyday import DAY
from simulation.paper import is_lost
from simulation.schedule import Event
from simulation.world import World
from tests.simulation.test_healing import QUIET, after, passes

LOST = (
    Event("server-back-up", 0, 1),
    Event("rotate-personal", 2, 2),
    Event("log", 2, 3),
    Event("sync", 2, 4),
    Event("sync", 0, 5),
    Event("server-restore", 0, QUIET),
    Event("lose", 2, 6),
    Event("log", 3, 7),
)
"""A member rotates and loses that phone; the server forgets the wraps, and is given back the rotation by a lead."""


def test_a_person_whose_phones_all_lack_the_key_comes_back_by_the_code_on_paper() -> None:
    async def back(world: World) -> list[tuple[int, bool]]:
        found = await heal(world)
        return [(one.slot, is_lost(one, found)) for one in found if one.slot not in (0, 1)]

    assert after(LOST, back) == [(3, False), (4, False), (5, False)]
    passes(*LOST)


def test_who_has_no_paper_waits_with_what_they_have() -> None:
    async def waits(world: World) -> tuple[bool, bool]:
        handset = world.handsets[3]
        world.codes.pop(handset.account)
        back = await heal(world)
        phones_converge(world, back)
        return is_lost(handset, back), handset.phone.records.unsent() > 0

    assert after(LOST, waits) == (True, True)


def test_a_code_opens_until_it_is_closed() -> None:
    """Whether one did was looked up among the invites of leads, and none did: people always took the newest."""

    async def opened(world: World) -> list[bool]:
        handset = world.handsets[2]
        (old,) = world.codes[handset.account]
        new = await handset.phone.new_code()
        before = opens(world, old)
        await handset.phone.confirm_code(new)
        world.now += 31 * DAY
        await handset.phone.rotate("personal")
        return [before, opens(world, old), opens(world, new)]

    assert after((), opened) == [True, False, True]
