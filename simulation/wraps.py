"""What a restored server lost of keys and wraps, and nobody can give back (docs/protocol/9-distrust.md, *Healing*)."""

from typing import TYPE_CHECKING

from device.keyring import held_key
from device.public_keys import load
from sync.readers import readers
from sync.space import writes
from sync.state import RosterState

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World


def lost_keys(world: "World", back: "list[Handset]") -> set[bytes]:
    """Hashes of readers' keys that neither the server nor any phone holds: their phone, or its paper's, is gone.

    Nothing can be wrapped to them until their owner revokes them, or makes a new code.
    """
    roster = world.truth.roster()
    wanted = {hash_ for log in roster.spaces for hash_ in readers(roster, log).values()}
    stored = {hash_ for (hash_,) in world.server.rows("SELECT hash FROM hpke_keys")}
    return {hash_ for hash_ in wanted - stored if not any(load(one.phone.vault.read(), hash_) for one in back)}


def beyond_repair(world: "World", back: "list[Handset]") -> set[tuple[bytes, bytes]]:
    """(log, reader) to whom nobody can wrap: the reader's own key is lost, or no connected phone that writes the space
    holds its newest key.

    Until the reader's owner revokes it, makes a new code, or comes in by the code that is there.
    """
    roster, lost = world.truth.roster(), lost_keys(world, back)
    found = set[tuple[bytes, bytes]]()
    for space in roster.spaces:
        wrapped = any(_wraps(handset, roster, space) for handset in back)
        found |= {(space, reader) for reader, hash_ in readers(roster, space).items() if hash_ in lost or not wrapped}
    return found


def _wraps(handset: "Handset", roster: RosterState, log: bytes) -> bool:
    device, space = roster.devices.get(handset.device), roster.spaces[log]
    may = device is not None and writes(roster, space, device)
    return may and held_key(handset.phone.vault.read(), roster, log, space.epoch) is not None
