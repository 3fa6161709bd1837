"""What the server has stored, read from its own files: the roster by which departures are judged, and the spaces."""

from typing import TYPE_CHECKING, Any

from simulation.violation import Violation
from sync.errors import Refused
from sync.log import Entry
from sync.roster import apply
from sync.state import RosterState

if TYPE_CHECKING:
    from simulation.server import Server


class Truth:
    """The one programme of a server. What was applied once is not verified again.

    `refused`: the devices that it may ever have refused, those whose revocation was cancelled later among them;
    `cancelled`: these, as the roster is now, with the position of the statement that did so.
    """

    def __init__(self, server: "Server") -> None:
        self.server = server
        self.state: RosterState | None = None
        self.refused: set[bytes] = set()
        self.cancelled: dict[bytes, int] = {}

    def forget(self) -> None:
        """The server is another one: older than what was seen of it."""
        self.state = None
        self.cancelled = {}

    def roster(self) -> RosterState:
        """All statements that the server has accepted. Raises Violation if one of them does not follow."""
        if self.state is None:
            ((programme,),) = self.server.rows("SELECT programme FROM programmes")
            self.state = RosterState.start(programme)
        state = self.state
        for position, entry in self.entries(state.programme, above=state.chain.position):
            try:
                before, state = state, apply(state, entry)
                self.refused.update(state.former)
                self.cancelled |= dict.fromkeys(set(before.former) - set(state.former), position)
            except Refused as refused:
                raise Violation("server_holds_one_chain", f"a stored statement is refused: {refused}") from refused
        self.state = state
        return state

    def entries(self, log: bytes, *, above: int = 0) -> list[tuple[int, Entry]]:
        """The entries of a log with their positions, in order."""
        rows: list[tuple[Any, ...]] = self.server.rows(
            "SELECT position, header, signature, body FROM entries WHERE log = ? AND position > ? ORDER BY position",
            log,
            above,
        )
        return [(position, Entry(header, signature, body)) for position, header, signature, body in rows]

    def ends(self) -> dict[bytes, int]:
        """The newest position of each log."""
        return dict(self.server.rows("SELECT log, MAX(position) FROM entries GROUP BY log"))

    def is_active(self, device: bytes) -> bool:
        return device in self.roster().devices

    def has_left(self, device: bytes) -> bool:
        return device in self.roster().former
