"""The story that is recorded: a programme from its founding to a departure, one page a ceremony."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from api.operator import founding_ticket
from api.settings import Settings
from clients.recording.labels import Labels
from clients.recording.page import Page, Step
from clients.recording.wire import Recorder, listening
from crypto.secret.local import new_passcode_words
from device.phone import Phone
from device.transport import ServerProblem

START = 20_780 * 86_400.0 + 43_200
"""Noon of 2026-11-23: fixed, so that a page changes only with what it tells."""
CONTACT = {
    "occurred_on": "2026-11-23", "contact_kind": "one_to_one", "modality": "phone", "duration_band": "m15_29",
    "reasons": {"primary": "patient_death_or_code"}, "disposition": "closed_supported",
}  # fmt: skip


class Story:
    """`page` begins a page; each `step` on it keeps what crosses the wire meanwhile."""

    def __init__(self, folder: Path, here: Settings, recorder: Recorder) -> None:
        self.folder = folder
        self.here = here
        self.recorder = recorder
        self.labels = Labels()
        self.pages: list[Page] = []
        self.phones: dict[str, Phone] = {}

    def page(self, name: str, title: str, chapter: str) -> None:
        """`chapter`: the title on page 7 of the protocol that specifies it."""
        words = f"Specified on [page 7](../protocol/7-ceremonies.md) of the protocol: *{chapter}*."
        self.pages.append(Page(name, title, words))

    @asynccontextmanager
    async def step(self, words: str) -> AsyncIterator[None]:
        """The first sentence becomes the heading."""
        self.recorder.take()
        yield
        self.pages[-1].steps.append(Step(words, self.recorder.take()))
        for owner, phone in self.phones.items():
            self.labels.learn(phone, owner)

    def phone(self, owner: str) -> Phone:
        """A new phone; `owner`: a name, and which of several it is."""
        folder = self.folder / owner.replace(" ", "-").replace(",", "")
        passcode = new_passcode_words(os.urandom)
        phone = Phone.create(folder / "vault", folder / "keystore", passcode, clock=lambda: START)
        self.phones[owner] = phone
        return phone


async def tell(folder: Path) -> tuple[list[Page], Labels]:
    """The recorded pages, and the names of the byte strings on them."""
    async with listening(folder / "server", lambda: START) as (here, recorder):
        story = Story(folder, here, recorder)
        try:
            await _run(story)
        finally:
            for phone in story.phones.values():
                await phone.close()
    return story.pages, story.labels


async def _run(story: Story) -> None:
    ada, code = await _founding(story)
    ben = await _joining(story, ada)
    ben_code = await _code(story, ben)
    await _linking(story, ben)
    await _recovering(story, ben_code)
    await _removing(story, ada)
    await _erasing(story, ada, code)


async def _founding(story: Story) -> tuple[Phone, str]:
    story.page("founding", "Founding a programme", "Founding")
    ada = story.phone("Ada")
    async with story.step(
        "The phone founds the programme, and syncs. The operator's ticket names the server, its key and a "
        "token that is good once. The first statement carries the keys of the lead's device, and its hash is "
        "the programme's id; then the phone opens its first session and writes its member key into its own "
        "log."
    ):
        await ada.found(founding_ticket(story.here), "Ada")
    async with story.step(
        "A recovery code is made. It is an invite of the role `recovery`; the paper holds its secret. The "
        "personal key is wrapped to it."
    ):
        code = await ada.new_code()
    async with story.step(
        "The code is typed back. From now on the phone does not remind its owner of it, and it may invite others."
    ):
        await ada.confirm_code(code)
    return ada, code


async def _joining(story: Story, ada: Phone) -> Phone:
    story.page("joining", "Inviting and joining", "Inviting a member or lead* and *Joining")
    async with story.step(
        "The lead's phone invites a member. It wraps the key of `commons` to the keys that derive from the "
        "ticket's secret, and shows the ticket: a link, or a QR code."
    ):
        ticket = await ada.invite("member")
    ben = story.phone("Ben")
    async with story.step(
        "The new phone comes in with the ticket. It opens a session as the invite, reads and verifies the "
        "whole roster, finds its invite's statement in it, opens its wraps, makes its keys, and joins; then "
        "it opens a session as itself."
    ):
        ben.accept(ticket, "Ben")
        await ben.come_in()
    async with story.step(
        "The lead's phone learns the new name, with its next sync. Names are sealed to the leads; a lead's "
        "phone stores them in the log `leads`, and the server forgets them."
    ):
        await ada.sync()
    return ben


async def _code(story: Story, ben: Phone) -> str:
    story.page("syncing", "A day without network, and a sync", "Re-sealing")
    async with story.step("A contact is logged, without network"):
        ben.records.log("contact", CONTACT)
    async with story.step(
        "The phone syncs. All changes of the day are one sealed entry, padded to 4 KiB; the cursors of all "
        "logs go with it, and the server's signed answer comes back."
    ):
        await ben.sync()
    async with story.step("There was nothing new, and the phone syncs all the same. So it does every day."):
        await ben.sync()
    async with story.step("A recovery code is made and typed back, as on the page about founding"):
        code = await ben.new_code()
        await ben.confirm_code(code)
    return code


async def _linking(story: Story, ben: Phone) -> None:
    story.page("linking", "Linking a second phone, and revoking it", "Linking a second phone* and *Revoking a device")
    async with story.step("The first phone makes a ticket, good for one day and one phone"):
        ticket = await ben.link()
    second = story.phone("Ben, second phone")
    async with story.step(
        "The second phone comes in, and holds all records. Its `join` is signed by its own key and by the "
        "invite's; the personal key is wrapped to its device."
    ):
        second.accept(ticket)
        await second.come_in()
    async with story.step(
        "The first phone revokes the second, which was lost. In one request: the statement, a new key of the "
        "personal log wrapped to all who stay, and a new member key."
    ):
        identity = second.identity
        assert identity is not None
        await ben.revoke(identity.device)
    async with story.step("The phone that was revoked gets no session any more"):
        with suppress(ServerProblem):
            await second.sync()


async def _recovering(story: Story, code: str) -> None:
    story.page("recovering", "Recovering from paper", "Recovering from paper")
    third = story.phone("Ben, new phone")
    async with story.step(
        "An empty phone, the server's address and the code on paper. The code's keys derive from it, as with "
        "an invite; the roster must hold its statement. The phone joins, and has all records back."
    ):
        third.recover_with(story.here.address, code)
        await third.come_in()
    async with story.step(
        "A new code is made, with the consent of the old one. Codes that are younger than the old one are "
        "closed: a thief may have made them."
    ):
        new = await third.new_code()
    async with story.step("The phones that the owner does not tick are revoked, with the consent of the old code"):
        await third.revoke_others([])
    async with story.step("The new code is typed back, and the old one is closed"):
        await third.confirm_code(new)


async def _removing(story: Story, ada: Phone) -> None:
    story.page("removing", "Removing a member, and rotating what is shared", "Removing an account")
    async with story.step("The lead's phone syncs, and knows of the new device"):
        await ada.sync()
    third = story.phones["Ben, new phone"].identity
    assert third is not None
    async with story.step("The lead removes the account. Its devices may read their own log for 90 days more."):
        await ada.remove(third.account)
    async with story.step(
        "A lead's phone gives `commons` a new key at the next sync, which the removed one does not get"
    ):
        await ada.sync()


async def _erasing(story: Story, ada: Phone, code: str) -> None:
    story.page("erasing", "Deleting and erasing", "Erasing")
    record = ada.records.log("contact", CONTACT)
    async with story.step("A contact is sent, deleted, and the deletion is sent"):
        await ada.sync()
        ada.records.delete(record)
        await ada.sync()
    async with story.step(
        "What stands is packed anew, and all older entries are erased at once. The recovery code consents; "
        "without it the server waits for 14 days, in which the owner may withdraw. Headers and signatures "
        "stay, bodies go."
    ):
        await ada.erase_now(code)
