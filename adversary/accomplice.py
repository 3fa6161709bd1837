"""A hostile member: a reference phone in the kit's own process, whose insides the kit may twist."""

import os

from adversary.scene import Scene
from crypto.secret.local import new_passcode_words
from device.phone import Phone
from sync.device.author import Place, state_entry
from sync.log import Entry
from sync.statement import Statement
from sync.ticket import Ticket


async def accomplice(scene: Scene, ticket: str, name: str = "") -> Phone:
    """It comes in with this ticket; the scene closes it. Raises as `Phone.come_in`."""
    scene.host.deeds += 1
    folder = scene.folder / "accomplice"
    folder.mkdir()
    phone = Phone.create(folder / "home", folder / "keystore", new_passcode_words(os.urandom), patience=(0.0, 0.0))
    scene.closing.append(phone.close)
    phone.accept(Ticket.from_text(ticket), name)
    await phone.come_in()
    return phone


async def hostile_lead(scene: Scene) -> Phone:
    """A lead's phone, whoever holds it, in league with the server."""
    phone = await accomplice(scene, str((await scene.must("lead", "invite", role="lead"))["ticket"]), "Judas")
    await phone.sync()
    await scene.synced("lead", "ada", "second")
    return phone


def truly_signed(scene: Scene, phone: Phone, statement: Statement) -> Entry:
    """A statement by this phone as the next one of the honest server's roster, whether or not it may stand there."""
    identity, story = phone.engine.identity, scene.story(scene.programme)
    last = scene.roster.chain.author(identity.device)
    place = Place(scene.programme, identity.device, last.sequence + 1, last.leaf, story.end, story.end)
    return state_entry(place, statement, identity.signing)
