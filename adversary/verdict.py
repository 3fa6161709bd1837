"""What became of an attack, and whether that is what the documentation promises."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adversary.scene import Scene

PREVENTED = "prevented"
AT_ONCE = "detected at once"
MONTH = "detected within a month"
LIMIT = "stated limit"
UNNOTICED = "unnoticed"
PROMISES = (PREVENTED, AT_ONCE, MONTH, LIMIT)


@dataclass(frozen=True)
class Outcome:
    """What an attack saw. `evidence`: by what one can tell; `harm`: the server got what it was after, delay aside."""

    evidence: str
    harm: bool = field(default=False, kw_only=True)


Act = Callable[["Scene"], Awaitable[Outcome]]


@dataclass(frozen=True)
class Attack:
    """`promise`: what a client owes its user; `lasting`: what was done stays done, so nothing arrives in the end;
    `declared`: it ends when a lead declares a restore, and then all arrives. `counted`: it is played in a programme in
    which a period of statistics is over.
    """

    name: str
    family: str
    promise: str
    lasting: bool
    act: Act
    declared: bool = False
    counted: bool = False

    @property
    def text(self) -> str:
        """What the server does, in a sentence or two."""
        return " ".join((self.act.__doc__ or "").split())


@dataclass(frozen=True)
class Row:
    """One attack, played. `words`: what users saw; `lost`: acknowledged records that no phone shows any more.

    `reason`: why it counts as unnoticed; `trouble`: what did not end well.
    """

    attack: Attack
    verdict: str
    words: tuple[str, ...]
    evidence: str
    logged: int
    lost: int
    trouble: tuple[str, ...] = field(default=())
    reason: str = ""

    @property
    def limit(self) -> bool:
        return self.attack.promise == LIMIT

    @property
    def passed(self) -> bool:
        """No worse than promised, nothing lost, and the phones went on afterwards."""
        return not (self.verdict == UNNOTICED or self.lost or self.trouble)


def judge(promise: str, *, harm: bool, told: bool, told_later: bool) -> str:
    """The verdict; UNNOTICED is everything worse than promised. Of a stated limit nothing is demanded."""
    if promise == LIMIT:
        return LIMIT
    if promise == MONTH:
        return AT_ONCE if told else MONTH if told_later else UNNOTICED
    if harm or (promise == AT_ONCE and not told):
        return UNNOTICED
    return promise


class Table:
    """The attacks of one family, in the order in which they stand in their file."""

    def __init__(self, family: str, *, counted: bool = False) -> None:
        self.family = family
        self.counted = counted
        self.attacks: list[Attack] = []

    def attack(self, promise: str, *, lasting: bool = False, declared: bool = False) -> Callable[[Act], Act]:
        """Enter a function into the table; its docstring is what the table says of it."""

        def enter(act: Act) -> Act:
            name = act.__name__.replace("_", "-")
            self.attacks.append(Attack(name, self.family, promise, lasting, act, declared, self.counted))
            return act

        return enter
