"""Random histories on two branches, by real phones and a real server: nothing that was acknowledged is lost."""

import asyncio
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.ceremonies.revoking import Unknown
from device.phone import Phone
from device.transport import ServerProblem
from sync.device.replica import ServerFault
from sync.errors import Refused
from tests.device.contacts import CONTACT, DISPOSITIONS
from tests.support.hall import Hall

FIELDS = {
    "modality": ("phone", "video", "email", "text_chat"),
    "duration_band": ("m5_14", "m15_29", "m30_44", "m45_59"),
    "disposition": DISPOSITIONS,
}


@dataclass
class Town:
    """A lead, and a member with several phones."""

    hall: Hall
    lead: Phone
    phones: list[Phone]
    random: Random

    async def live(self, steps: int, phones: list[Phone]) -> None:
        """`steps` things that these phones do, online."""
        for _ in range(steps):
            phone = self.random.choice(phones)
            with suppress(ServerFault, Refused, Unknown, ServerProblem):
                await self.act(phone)
            with suppress(ServerProblem):
                await phone.sync()

    async def act(self, phone: Phone) -> None:
        known = [record.id for record in phone.records.list("contact")]
        match self.random.randrange(12):
            case 0 | 1 | 2:
                phone.records.log("contact", CONTACT)
            case 3 | 4 | 5 | 6 if known:
                name = self.random.choice(sorted(FIELDS))
                phone.records.edit(self.random.choice(known), {name: self.random.choice(FIELDS[name])})
            case 7 if len(known) > 1:
                phone.records.delete(self.random.choice(known))
            case 8:
                await phone.rotate("personal")
            case 9:
                await phone.link()
            case 10:
                await self.lead.rotate("commons")
            case 11:
                other = self.random.choice(self.phones)
                if other is not phone:
                    await phone.revoke(other.engine.identity.device)


def departed(*phones: Phone) -> set[bytes]:
    """Devices that any of these phones knows to have left."""
    return {device for phone in phones for device in phone.engine.roster.former}


def standing(phone: Phone) -> set[tuple[bytes, str, str]]:
    """Each value of a contact that the phone shows, the losing ones too."""
    found = set()
    for record in phone.records.list("contact"):
        for name in FIELDS:
            values = [record.fields[name], *record.conflicts.get(name, [])]
            found |= {(record.id, name, str(value)) for value in values}
    return found


async def two_branches(folder: Path, seed: int, before: int, here: int, there: int) -> None:
    random = Random(seed)
    async with Hall(folder) as hall:
        lead = await hall.founded()
        first = await hall.joined(lead, "ada")
        phones = [first, *[await hall.linked(first, f"phone{number}") for number in range(3)]]
        first.records.log("contact", CONTACT)
        first.records.log("contact", CONTACT)
        town = Town(hall, lead, phones, random)
        for phone in (*phones, lead):
            await phone.sync()
        await town.live(before, phones[:1])
        for phone in (*phones, lead):
            with suppress(ServerProblem):
                await phone.sync()
        common = standing(first)
        backup = hall.backup("yesterday")
        old, new = phones[:2], phones[2:]
        await town.live(here, old)
        for phone in old:
            with suppress(ServerProblem):
                await phone.sync()
        lost = departed(*old, lead)
        known = {phone: departed(phone) for phone in old}
        hall.restore(backup)
        for phone in new:
            # Or the server would be merely behind, and would be healed.
            with suppress(ServerProblem):
                await phone.link()
        await town.live(there, new)
        for phone in (*new, *old):
            with suppress(ServerProblem, ServerFault):
                await phone.sync()

        out = departed(lead, *phones)
        still = [phone for phone in phones if phone.engine.identity.device not in out]
        mine = [standing(phone) for phone in old if phone in still]
        # What a phone wrote after it had been taken off on the other branch is void.
        sound = not any(phone.engine.identity.device in lost for phone in new)
        theirs = [standing(phone) for phone in new if phone in still]
        deleted = {id_ for shown in (*mine, *theirs) for id_, _, _ in common if id_ not in {one[0] for one in shown}}
        await lead.restored()
        for _ in range(4):
            for phone in (lead, *phones):
                with suppress(ServerProblem):
                    await phone.sync()
        roster = lead.engine.roster
        left = [phone for phone in phones if phone.engine.identity.device in roster.devices]
        # A phone that was itself taken off on either branch cannot say again whom it had taken off.
        assert not {device for phone in old if phone in left for device in known[phone]} & set(roster.devices)
        assert all(phone in left for phone in still)
        for phone in left:
            assert (phone.waiting(), phone.records.unsent()) == (0, 0)
            assert phone.engine.roster == roster
            now = standing(phone)
            assert now == standing(left[0])
            ids = {one[0] for one in now}
            assert not sound or not deleted & ids
            for shown in (*mine, *(theirs if sound else ())):
                # What both had may have been overwritten by either; what one wrote is unknown to the other.
                assert {one for one in shown - common if one[0] not in deleted} <= now
                assert {one[0] for one in shown} - deleted <= ids
        hall.wire.be_honest()


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), before=st.integers(0, 4), here=st.integers(1, 10), there=st.integers(1, 10))
def test_two_branches_become_one_and_nothing_acknowledged_is_lost(
    seed: int, before: int, here: int, there: int
) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        asyncio.run(two_branches(folder / "town", seed, before, here, there))
    finally:
        shutil.rmtree(folder)
