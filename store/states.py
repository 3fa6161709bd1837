"""What the server knows of each programme in memory: its verified roster and the ends of its logs.

A state is an immutable value of committed entries. Only the writer publishes, after COMMIT, so a reader finds
either a state that is durable or none. A roster is loaded by applying its statements again: there is no second
way to it, so a database that was tampered with is refused rather than believed.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

from immutables import Map

from store.database import Driver
from store.errors import StorageFailed
from sync.errors import Refused
from sync.log import Chain, Entry
from sync.roster import apply
from sync.state import RosterState

CACHED_STATEMENTS = 40_000
"""Bound of the cache, in roster statements and log ends of all programmes together: about 50 MB."""

_ROSTER = """
    SELECT header, signature, body FROM entries
    WHERE programme = ?1 AND log = ?1 AND position > ?2 ORDER BY position
"""


@dataclass(frozen=True, slots=True)
class ProgrammeState:
    """`chains`: the ends of the spaces that were needed so far, with the authors that were needed so far.

    `healing`: after a restore nothing new is taken until a lead says that it is done.
    """

    roster: RosterState
    chains: Map[bytes, Chain] = field(default_factory=Map)
    healing: bool = False

    def chain(self, log: bytes) -> Chain | None:
        """The end of a log, or None if this state has not loaded it."""
        return self.roster.chain if log == self.roster.programme else self.chains.get(log)

    def with_roster(self, roster: RosterState) -> "ProgrammeState":
        return replace(self, roster=roster)

    def with_chain(self, chain: Chain) -> "ProgrammeState":
        return replace(self, chains=self.chains.set(chain.log, chain))

    @property
    def weight(self) -> int:
        return self.roster.chain.position + len(self.chains)


def catch_up(driver: Driver, roster: RosterState) -> RosterState:
    """The roster with all stored statements above its position; position 0 if the programme does not exist.

    Raises StorageFailed if a stored statement is not one that could have been accepted.
    """
    try:
        for header, signature, body in driver.execute(_ROSTER, (roster.programme, roster.chain.position)):
            roster = apply(roster, Entry(header, signature, body))
    except Refused as refused:
        raise StorageFailed(f"the stored roster does not verify: {refused.problem}") from refused
    return roster


class States:
    """Published states, the least recently used dropped first."""

    def __init__(self, bound: int = CACHED_STATEMENTS) -> None:
        self._bound = bound
        self._weight = 0
        self._states: OrderedDict[bytes, ProgrammeState] = OrderedDict()
        self._lock = Lock()

    def get(self, programme: bytes) -> ProgrammeState | None:
        with self._lock:
            state = self._states.get(programme)
            if state is not None:
                self._states.move_to_end(programme)
            return state

    def publish(self, states: Mapping[bytes, ProgrammeState]) -> None:
        with self._lock:
            for programme, state in states.items():
                self._remove(programme)
                self._states[programme] = state
                self._weight += state.weight
            # The newest one stays, however large it is.
            while self._weight > self._bound and len(self._states) > 1:
                self._remove(next(iter(self._states)))

    def clear(self) -> list[ProgrammeState]:
        """Forget all of them; what they were."""
        with self._lock:
            forgotten = list(self._states.values())
            self._states.clear()
            self._weight = 0
            return forgotten

    def drop(self, programmes: Iterable[bytes]) -> None:
        with self._lock:
            for programme in programmes:
                self._remove(programme)

    def _remove(self, programme: bytes) -> None:
        old = self._states.pop(programme, None)
        if old is not None:
            self._weight -= old.weight
