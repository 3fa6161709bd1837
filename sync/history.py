"""A roster with its past: whose key the server's was at each position, and which restores were declared."""

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.public.ids import programme_id
from sync.errors import Refused
from sync.log import Cursor, Entry
from sync.roster import apply
from sync.state import RULES, RosterState


@dataclass(frozen=True)
class History:
    """A roster applied from its founding statement. `keys`: (position, server key, address) as they were named."""

    state: RosterState
    keys: Sequence[tuple[int, bytes, str]]
    restores: frozenset[Cursor]

    def has(self, cursor: Cursor) -> bool:
        return self.state.head_at(cursor.position) == cursor.head

    def keys_until(self, position: int) -> dict[bytes, str]:
        """Server keys, with their addresses, that were in force at some position up to this one."""
        return {key: address for at, key, address in self.keys if at <= position}

    def restores_until(self, position: int) -> frozenset[Cursor]:
        return frozenset(one for one in self.restores if one.position <= position)


def grow(entries: Sequence[Entry]) -> History:
    """The roster that these entries make, of the programme that the first of them founds.

    Raises Refused as `apply` does, and `statement-unsupported` for rules that this program does not know.
    """
    keys, restores = list[tuple[int, bytes, str]](), set[Cursor]()
    state = RosterState.start(programme_id(entries[0].check_body()))
    for position, entry in enumerate(entries, 1):
        before = state
        try:
            state = apply(state, entry)
        except Refused as refusal:
            raise Refused(refusal.problem, f"statement {position} is refused ({refusal.detail})") from None
        if state.rules > RULES:
            raise Refused("statement-unsupported", f"its rules have version {state.rules}, known is {RULES}")
        if (state.server_key, state.address) != (before.server_key, before.address):
            keys.append((position, state.server_key, state.address))
        if state.restored != before.restored:
            restores.add(state.chain.cursor)
    return History(state, keys, frozenset(restores))
