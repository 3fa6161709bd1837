"""A programme to start from, made once a process from one seed, and copied for each run."""

import asyncio
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from api.operator import founding_ticket
from simulation.blank import kept
from simulation.handset import Handset, watching
from simulation.randomness import seeded
from simulation.world import World

SLOTS = (0, 1, 2, 3, 4)
"""0: the founding lead; 1: a second lead; 2 and 3: two phones of one member; 4, and all above: another member."""
PEOPLE = 4
LEADS = (0, 1)
PAIR = (2, 3)
JOINERS = (("lead", 1), ("member", 2), ("link", 3), ("member", 4))


@dataclass(frozen=True)
class House:
    """`codes`: the confirmed code of each account; `asked`: the statements made so far, by kind; `slots`: of phones."""

    folder: Path
    slots: tuple[int, ...]
    codes: dict[bytes, str]
    asked: dict[str, int]

    def furnish(self, world: World) -> None:
        """Copy it into an empty world."""
        world.server.restore(self.folder / "server")
        for slot in self.slots:
            name = f"phone-{slot}"
            shutil.copytree(self.folder / name, world.folder / name)
            world.adopt(slot)
        world.truth.forget()
        world.codes = {account: [code] for account, code in self.codes.items()}
        world.asked = dict(self.asked)


@cache
def house(people: int = PEOPLE) -> House:
    """The one of this process with so many accounts, four or more."""
    return asyncio.run(_build(kept("house-"), people))


async def _build(folder: Path, people: int) -> House:
    more = [("member", slot) for slot in range(len(SLOTS), len(SLOTS) + people - PEOPLE)]
    async with World(folder, "house") as world:
        with watching(world):
            lead = world.adopt(0)
            await lead.phone.found(founding_ticket(world.server.settings, seeded("token")), "Lea")
            await _code(world, lead)
            for role, slot in (*JOINERS, *more):
                inviter = world.handsets[slot - 1] if role == "link" else lead
                ticket = await (inviter.phone.link() if role == "link" else inviter.phone.invite(role))
                phone = world.adopt(slot).phone
                phone.accept(ticket, f"person {slot}")
                await phone.come_in()
                if role != "link" and slot in SLOTS:
                    await _code(world, world.handsets[slot])
            for _ in range(2):
                for handset in world.living:
                    await handset.phone.sync()
        # Invites: one for each phone, and a code for each of four accounts.
        asked = {"invite": 8 + len(more), "join": 4 + len(more)}
        slots = (*SLOTS, *(slot for _, slot in more))
        return House(folder, slots, {account: codes[0] for account, codes in world.codes.items()}, asked)


async def _code(world: World, handset: Handset) -> None:
    code = await handset.phone.new_code()
    await handset.phone.confirm_code(code)
    world.codes[handset.account] = [code]
