"""What a device believes of an answer: every entry verified, then the new state, or the server's fault.

Pure: the caller stores what is returned and only then moves its cursors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.errors import Refused
from sync.log import Chain, Cursor, Entry, Heads
from sync.roster import apply
from sync.state import RULES, RosterState
from sync.witness import check_entry


class ServerFault(Exception):
    """The server answered what an honest server cannot answer; nothing of that log was believed.

    `log`: the log concerned, or None for the answer as a whole; `reason` is one sentence.
    """

    def __init__(self, log: bytes | None, reason: str) -> None:
        super().__init__(reason)
        self.log = log
        self.reason = reason


class RulesNewer(Exception):
    """The programme has raised its rules to a `version` that this program does not know: it must be updated."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the programme uses rules version {version}, this program knows {RULES}: update it")
        self.version = version


@dataclass(frozen=True, slots=True)
class Pulled:
    """Entries of one log as received, in order, the first directly above `asked`; `head` as the server signed it."""

    log: bytes
    asked: Cursor
    known: bool
    head: Cursor
    entries: Sequence[Entry]
    more: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A verified entry with its place."""

    position: int
    head: bytes
    entry: Entry


def check_positions(pulled: Pulled, positions: Sequence[int]) -> None:
    """Positions must follow the cursor without gaps; raises ServerFault."""
    if list(positions) != list(range(pulled.asked.position + 1, pulled.asked.position + 1 + len(positions))):
        raise ServerFault(pulled.log, "the positions do not follow the cursor one by one")


def grow_roster(state: RosterState, pulled: Pulled) -> tuple[RosterState, list[Placed]]:
    """The roster with the pulled statements; raises ServerFault, RulesNewer."""
    placed = []
    for entry in pulled.entries:
        try:
            state = apply(state, entry)
        except Refused as refusal:
            raise ServerFault(pulled.log, f"a statement of the roster is refused: {refusal}") from refusal
        if state.rules > RULES:
            # What stands behind it, and all that is written under it, would be misread.
            raise RulesNewer(state.rules)
        placed.append(Placed(state.chain.position, state.chain.head, entry))
    check_head(pulled, state.chain.cursor)
    return state, placed


def grow_space(roster: RosterState, chain: Chain, heads: Heads, pulled: Pulled) -> tuple[Chain, list[Placed]]:
    """The chain of a space or the witness log with the pulled entries; `heads` knows what it has so far.

    Raises ServerFault.
    """
    placed: list[Placed] = []
    fresh: dict[int, bytes] = {}
    for entry in pulled.entries:
        if entry.body is None:
            # No statement of these rules erases anything: the server would leave out what it likes.
            raise ServerFault(pulled.log, "the body of an entry is missing, and nothing has erased it")
        try:
            chain = check_entry(roster, chain, entry, lambda at: fresh.get(at) or heads(at), new=False)
        except Refused as refusal:
            raise ServerFault(pulled.log, f"an entry is refused: {refusal}") from refusal
        fresh[chain.position] = chain.head
        placed.append(Placed(chain.position, chain.head, entry))
    check_head(pulled, chain.cursor)
    return chain, placed


def check_head(pulled: Pulled, reached: Cursor) -> None:
    """After the last page the computed head is the signed one; before it, it lies below; raises ServerFault."""
    if pulled.more:
        if reached.position >= pulled.head.position:
            raise ServerFault(pulled.log, "the server promises more entries than its head has")
    elif pulled.known and reached != pulled.head:
        raise ServerFault(pulled.log, "the entries do not lead to the head that the server signed")
