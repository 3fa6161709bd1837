"""What phones may honestly say of a server that was put back, until a lead has said so and all of them have met it."""

from typing import TYPE_CHECKING

from device.debt import load_debt
from device.telling import SHUT_OUT
from sync.statements import SetRules

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World

KNEW_MORE = ("behind: the server lost", "contradiction: the server shows")
OWED = "is back since the server was restored"
UNWRAPPED = "the server does not hold the key of"
"""Who was left out of a new key is told until it is wrapped (docs/protocol/6-sync.md): only a restore loses keys."""
MISJUDGED = "an entry is refused"
"""Of a space: whoever is shown another roster judges new entries by its own, and says that, too."""
ANYONE = ("the server is being restored", "two histories were shown", "the server withholds, or lost")
REFUSALS = frozenset({"healing", "session-refused", "session-required", "not-authorised", "log-unknown"})
"""What it may refuse a phone that it does not know any more, and anybody until a lead has said that it is restored."""


def may_say(world: "World", handset: "Handset", note: str) -> bool:
    """Whether there is something in a sentence of this phone. What others have witnessed a newcomer reads, too.

    Whose key was lost for good is said for as long as that reader stays (docs/protocol/6-sync.md).
    """
    if OWED in note and handset.doubts:
        return world.put_back or nobody_may_end_it(world, handset)
    if UNWRAPPED in note:
        return bool(world.restores)
    if not world.put_back:
        return False
    if note == SHUT_OUT:
        return handset.doubts
    if MISJUDGED in note:
        return any(one.startswith(f"roster: {KNEW_MORE[1]}") for one in handset.phone.notes())
    return any(words in note for words in (*ANYONE, *(KNEW_MORE if handset.doubts else ())))


def may_be_outdated(world: "World", handset: "Handset") -> bool:
    """Whether its program may have met rules above its own: nobody raises them over a phone that was in before.

    It came in, or comes in, after that; or it has left; or the server was put back, and it knew more.
    """
    roster = world.truth.roster()
    device = roster.devices.get(handset.device)
    if handset.program >= roster.rules or device is None or handset.doubts or world.put_back:
        return True
    raised = [
        position for position, entry in world.truth.entries(roster.programme) if entry.header.kind == SetRules.kind
    ]
    return any(device.enrolled > position for position in raised)


def may_be_elsewhere(world: "World", handset: "Handset") -> bool:
    """Whether it comes in by a ticket for a server that has moved since, or while it moves (page 7)."""
    identity, roster = handset.phone.identity, world.truth.roster()
    moving = (roster.server_key, roster.address) != (world.server.key, world.server.settings.address)
    known = identity.server_key if identity else b""
    return not handset.arrived and (moving or known not in (b"", world.server.key))


def nobody_may_end_it(world: "World", handset: "Handset") -> bool:
    """Whether the rules let no phone state again what this one misses: it is said to people, and stops nothing."""
    roster = world.truth.roster()
    due = {
        one.id
        for other in world.living
        if other.arrived and not other.stolen and world.truth.is_active(other.device)
        for one in load_debt(other.phone.vault.read()).due(roster, other.account)
    }
    return not due & {one.id for one in load_debt(handset.phone.vault.read()).open(roster)}


def may_go_back(handset: "Handset", log: bytes) -> bool:
    """Whether the phone may have taken on what the server shows of a log instead of what it knew.

    Once for each `restored`; and a lead who is about to state it, before it stands.
    """
    if not handset.doubts:
        return False
    roster = handset.phone.engine.roster
    declared = log, roster.head_at(roster.restored) or b""
    if handset.declaring or (roster.restored and declared not in handset.gone_over):
        handset.gone_over.add(declared)
        return True
    return False


def is_alarmed(world: "World") -> bool:
    """Whether somebody has to say `restored`: the server waits for it, or has shown two histories."""
    return world.waits or len(world.answers.pairs) > world.explained or any(complains(one) for one in world.living)


def complains(handset: "Handset") -> bool:
    """Whether it shows an alarm. Before it has met the server once it has none."""
    able = handset.arrived and handset.phone.engine.ledger.roster is not None and not handset.stolen
    return able and any(words in note for note in handset.phone.notes() for words in (KNEW_MORE[1], *ANYONE[1:]))
