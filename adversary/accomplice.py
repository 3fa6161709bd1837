"""A hostile member: a reference phone in the kit's own process, whose insides the kit may twist."""

import os

from adversary.scene import Scene
from crypto.secret.local import new_passcode_words
from device.phone import Phone
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
