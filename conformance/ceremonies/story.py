"""One programme from its founding to a departure: fresh keys each time, a real server, real phones."""

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.operator import founding_ticket
from api.settings import Settings
from conformance.ceremonies.crossed import Crossed
from conformance.wire import Recorder
from crypto.secret.code import from_paper
from crypto.secret.hpke import HpkeKey
from crypto.secret.invite import InviteKeys
from crypto.secret.local import new_passcode_words
from device.identity import Identity
from device.member_key import member_keys
from device.phone import Phone
from device.voided import load_void
from sync.half import Half
from sync.ticket import Ticket

DAY = 86_400


class StoryBroken(Exception):
    """This implementation does not come to the end of its own ceremony: nothing can be asked about it."""


@dataclass
class Told:
    """What a chapter shows besides what crossed: `tickets` and `codes` as people hand them on.

    `reader`: the phone whose state the client must come to. `halves`: what the server told two phones.
    """

    reader: Phone
    tickets: list[Ticket] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    halves: tuple[Half, Half] | None = None


class Story:
    """The chapters in their order; each returns what it shows, and is followed by questions about it."""

    def __init__(self, folder: Path, here: Settings, recorder: Recorder, start: float) -> None:
        self.folder = folder
        self.here = here
        self.recorder = recorder
        self.now = start
        self.crossed = Crossed()
        self.phones: list[Phone] = []
        self.secrets: list[bytes] = []
        self.records: list[bytes] = []

    def next_chapter(self) -> None:
        """Each is told on a day of its own."""
        self.crossed.chapter()
        self.now += DAY

    def listen(self) -> None:
        self.crossed.take(self.recorder.take())

    def phone(self) -> Phone:
        folder = self.folder / f"phone {len(self.phones)}"
        passcode = new_passcode_words(os.urandom)
        self.phones.append(Phone.create(folder / "vault", folder / "keystore", passcode, clock=lambda: self.now))
        return self.phones[-1]

    async def close(self) -> None:
        for phone in self.phones:
            await phone.close()

    def contact(self, **more: Any) -> dict[str, Any]:
        return {
            "occurred_on": time.strftime("%Y-%m-%d", time.gmtime(self.now)), "contact_kind": "one_to_one",
            "modality": "phone", "duration_band": "m15_29", "reasons": {"primary": "patient_death_or_code"},
            "disposition": "closed_supported", **more,
        }  # fmt: skip

    def keep(self, *shown: Ticket | str) -> None:
        """The secrets of tickets and codes that are open: wraps are sealed to them."""
        self.secrets += [from_paper(one) if isinstance(one, str) else one.secret for one in shown]

    def readers(self) -> dict[bytes, HpkeKey]:
        """Reader id -> key, of all to whom anything is wrapped here."""
        found = {keys.id: keys.hpke for keys in map(InviteKeys.from_secret, self.secrets)}
        for phone in self.phones:
            identity = phone.identity
            if identity is not None and identity.account and identity.programme:
                found[identity.device] = identity.hpke
                found |= member_keys(phone.vault.read(), phone.records.view.logs["personal"])
        return found

    # The chapters

    async def founding(self) -> Told:
        self.ada = self.phone()
        ticket = founding_ticket(self.here)
        await self.ada.found(ticket, "Ada")
        self.ada_code = await self.ada.new_code()
        await self.ada.confirm_code(self.ada_code)
        self.keep(self.ada_code)
        await self.ada.sync()
        return Told(self.ada, [ticket], [self.ada_code])

    async def joining(self) -> Told:
        ticket, other = await self.ada.invite("member"), await self.ada.invite("lead")
        self.keep(ticket, other)
        self.ben, self.cem = self.phone(), self.phone()
        self.ben.accept(ticket, "Ben")
        await self.ben.come_in()
        self.cem.accept(other, "Çem Ağaoğlu")
        await self.cem.come_in()
        await self.ada.sync()
        return Told(self.ada, [ticket, other])

    async def logging(self) -> Told:
        self.records = [self.ben.records.log("contact", self.contact(zone_before="red")) for _ in range(3)]
        await self.ben.sync()
        self.ben.records.edit(self.records[0], {"zone_before": "orange", "modality": "video"})
        self.ben.records.edit(self.records[1], {"disposition": "info_given"}, ("zone_before",))
        await self.ben.sync()
        self.ben.records.delete(self.records[2])
        await self.ben.sync()
        code = await self.ben.new_code()
        await self.ben.confirm_code(code)
        self.ben_code = code
        self.keep(code)
        return Told(self.ben, [], [code])

    async def linking(self) -> Told:
        ticket = await self.ben.link()
        self.keep(ticket)
        self.second = self.phone()
        self.second.accept(ticket)
        await self.second.come_in()
        await self.ben.sync()
        return Told(self.second, [ticket])

    async def conflict(self) -> Told:
        """Both phones of one person write the same field, and neither has seen the other's."""
        self.ben.records.edit(self.records[0], {"zone_before": "red", "duration_band": "m30_44"})
        self.second.records.edit(self.records[0], {"zone_before": "green"})
        self.second.records.edit(self.records[1], {"modality": "in_person_private"})
        for _ in range(2):
            await self.ben.sync()
            await self.second.sync()
        if not self.ben.records.conflicts():
            raise StoryBroken("two phones wrote one field unseen, and there is no conflict")
        return Told(self.ben)

    async def losing(self) -> None:
        """The second phone is lost on a day on which something is stated: what it writes from then on can be told."""
        self.keep(await self.ada.invite("member"))
        await self.second.sync()

    async def thieving(self) -> None:
        """Whoever found the second phone writes with it."""
        self.second.records.edit(self.records[1], {"zone_before": "yellow"})
        await self.second.sync()

    async def revoking(self) -> Told:
        """The second phone was lost; what came from it since the day before stands no more."""
        yesterday = datetime.fromtimestamp(self.now - DAY, UTC).date()
        await self.ben.revoke(_identity(self.second).device, yesterday)
        await self.ben.sync()
        if not load_void(self.ben.vault.read(), self.ben.records.view.logs["personal"])[1]:
            raise StoryBroken("a phone was revoked with what it wrote, and nothing is void")
        return Told(self.ben)

    async def recovering(self) -> Told:
        self.third = self.phone()
        self.third.recover_with(self.here.address, self.ben_code)
        await self.third.come_in()
        code = await self.third.new_code()
        self.keep(code)
        await self.third.revoke_others([])
        await self.third.confirm_code(code)
        await self.third.sync()
        return Told(self.third, [], [code])

    async def rotating(self) -> Told:
        await self.ada.rotate("commons")
        await self.ada.rotate("leads")
        await self.ada.sync()
        await self.third.sync()
        return Told(self.ada)

    async def witnessing(self) -> Told:
        """In a month and a half all have stated what they were shown, each on a day of its own."""
        self.now += 45 * DAY
        for phone in (self.ada, self.cem, self.third, self.ada):
            await phone.sync()
        return Told(self.ada, halves=(self.ada.half(), self.third.half()))

    async def erasing(self) -> Told:
        """The old flushes of the founder's log are packed anew, and erased at once: the code on paper consents."""
        kept, gone = (self.ada.records.log("contact", self.contact()) for _ in range(2))
        await self.ada.sync()
        self.ada.records.delete(gone)
        self.ada.records.edit(kept, {"modality": "video"})
        await self.ada.sync()
        if not await self.ada.erase_now(self.ada_code):
            raise StoryBroken("there was nothing to erase")
        await self.ada.sync()
        self.records = [kept, gone]
        return Told(self.ada)

    async def removing(self) -> Told:
        await self.ada.sync()
        await self.ada.remove(_identity(self.cem).account)
        for _ in range(2):
            await self.ada.sync()
        return Told(self.ada)


def _identity(phone: Phone) -> Identity:
    if phone.identity is None:
        raise StoryBroken("a phone did not come in")
    return phone.identity
