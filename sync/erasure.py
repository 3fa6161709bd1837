"""Erasing (docs/protocol/5-sealed.md, "Erasing"): the two clear kinds of entry in a space.

Bodies are erased, headers and signatures stay. An `erase` names leaves; until it falls due a `withdraw` undoes it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar

from sync.cosignature import check_cosignature
from sync.errors import Refused
from sync.log import Entry, Header
from sync.shape import array, integer, octets
from sync.state import RosterState
from sync.statement import COSIGNATURE, Cosignature, Parts, Statement

DELAY = 14
"""Days between an `erase` without a co-signature and the day on which it falls due."""
MOST_LEAVES = 1_024


def _leaves(value: Any) -> bool:
    return (
        type(value) is list
        and 1 <= len(value) <= MOST_LEAVES
        and all(octets(32)(leaf) for leaf in value)
        and all(one < other for one, other in pairwise(value))
    )


@dataclass(frozen=True, slots=True)
class Erase(Statement):
    """`leaves` of sealed entries of this log, strictly ascending."""

    kind = "erase"
    shape = array(integer(), _leaves, COSIGNATURE)
    parts: ClassVar[Parts] = {"leaves": tuple}

    leaves: tuple[bytes, ...]
    cosignature: Cosignature | None = None

    @property
    def due(self) -> int:
        """The day from which the bodies may be missing, unless it was withdrawn."""
        return self.day if self.cosignature is not None else self.day + DELAY


@dataclass(frozen=True, slots=True)
class Withdraw(Statement):
    """`leaf` of the `erase` that it undoes."""

    kind = "withdraw"
    shape = array(integer(), octets(32), array())

    leaf: bytes
    cosignature: Cosignature | None = None


Erasing = Erase | Withdraw
CLEAR: dict[str, type[Erase] | type[Withdraw]] = {Erase.kind: Erase, Withdraw.kind: Withdraw}


def decode_erasing(kind: str, body: bytes) -> Erasing:
    """The body of an entry of one of the kinds in `CLEAR`. Raises Refused `entry-malformed`."""
    return CLEAR[kind].decode(body)


@dataclass(frozen=True, slots=True)
class Named:
    """The entry that a leaf names. `due`: of an `erase` that may be withdrawn until that day; None of all others."""

    position: int
    kind: str
    due: int | None = None


Find = Callable[[Collection[bytes]], Mapping[bytes, Named]]
"""Those of the leaves that the log has, verified."""


def nothing_named(_: Collection[bytes]) -> Mapping[bytes, Named]:
    """A log of which no entry is known."""
    return {}


class Leaves:
    """A `Find` over the entries that were added, above those that `below` knows."""

    def __init__(self, below: Find = nothing_named) -> None:
        self._below = below
        self._added: dict[bytes, Named] = {}
        self._withdrawn: set[bytes] = set()

    def __call__(self, leaves: Collection[bytes]) -> Mapping[bytes, Named]:
        unknown = [leaf for leaf in leaves if leaf not in self._added]
        found = dict(self._below(unknown)) if unknown else {}
        found |= {leaf: self._added[leaf] for leaf in leaves if leaf in self._added}
        return {leaf: replace(one, due=None) if leaf in self._withdrawn else one for leaf, one in found.items()}

    def add(self, position: int, entry: Entry) -> None:
        """Add an entry that was judged and accepted."""
        header = entry.header
        statement = decode_erasing(header.kind, entry.check_body()) if header.kind in CLEAR else None
        if isinstance(statement, Withdraw):
            self._withdrawn.add(statement.leaf)
        self._added[entry.leaf] = Named(position, header.kind, withdrawable_until(statement))


def withdrawable_until(statement: Erasing | None) -> int | None:
    """The due day of an `erase` without a co-signature; None for everything else."""
    return statement.due if isinstance(statement, Erase) and statement.cosignature is None else None


def check_erasing(roster: RosterState, header: Header, statement: Erasing, find: Find, *, new: bool) -> None:
    """What a clear entry of a space names, and its co-signature.

    Raises Refused `entry-malformed`, `cosignature-invalid`, `key-refused`, `leaf-unknown`.
    """
    if header.epoch != 0:
        raise Refused("entry-malformed", "the epoch of a clear entry is 0")
    check_cosignature(roster, header, statement, new=new)
    if statement.cosigned is not None and roster.invites[statement.cosigned.code].position > header.roster.position:
        raise Refused("cosignature-invalid", "the author had not seen the code that consents")
    if isinstance(statement, Erase):
        found = find(statement.leaves)
        if any(not _erasable(found.get(leaf), header) for leaf in statement.leaves):
            raise Refused("leaf-unknown", "a leaf is not that of a sealed entry which the author had seen in this log")
        return
    named = find([statement.leaf]).get(statement.leaf)
    if named is None or named.due is None or named.position > header.seen.position or named.due <= statement.day:
        raise Refused("leaf-unknown", "the leaf is not that of an erasure which can still be withdrawn")


def _erasable(named: Named | None, header: Header) -> bool:
    return named is not None and named.kind not in CLEAR and named.position <= header.seen.position
