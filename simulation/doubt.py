"""What phones may honestly say of a server that was put back, until a lead has said so and all of them have met it."""

from typing import TYPE_CHECKING

from device.debt import load_debt
from device.telling import SHUT_OUT

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World

KNEW_MORE = ("behind: the server lost", "contradiction: the server shows")
OWED = "is back since the server was restored"
MISJUDGED = "an entry is refused"
"""Of a space: whoever is shown another roster judges new entries by its own, and says that, too."""
ANYONE = ("the server is being restored", "two histories were shown", "the server withholds, or lost")
REFUSALS = frozenset({"healing", "session-refused", "session-required", "not-authorised", "log-unknown"})
"""What it may refuse a phone that it does not know any more, and anybody until a lead has said that it is restored."""


def may_say(world: "World", handset: "Handset", note: str) -> bool:
    """Whether there is something in a sentence of this phone. What others have witnessed a newcomer reads, too."""
    if OWED in note and handset.doubts:
        return world.put_back or nobody_may_end_it(world, handset)
    if not world.put_back:
        return False
    if note == SHUT_OUT:
        return handset.doubts
    if MISJUDGED in note:
        return any(one.startswith(f"roster: {KNEW_MORE[1]}") for one in handset.phone.notes())
    return any(words in note for words in (*ANYONE, *(KNEW_MORE if handset.doubts else ())))


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
    if world.server.rows("SELECT 1 FROM programmes WHERE healing"):
        return True
    return len(world.answers.pairs) > world.explained or any(complains(one) for one in world.living)


def complains(handset: "Handset") -> bool:
    """Whether it shows an alarm. Before it has met the server once it has none."""
    able = handset.arrived and handset.phone.engine.ledger.roster is not None and not handset.stolen
    return able and any(words in note for note in handset.phone.notes() for words in (KNEW_MORE[1], *ANYONE[1:]))
