"""Bodies of the statements about statistics (docs/protocol/10-statistics.md): tasks, aggregators, periods."""

from dataclasses import dataclass
from typing import ClassVar

from schemas import period, task
from sync.shape import array, boolean, integer, octets, several, text
from sync.statement import COSIGNATURE, Cosignature, Parts, Statement

MOST_AXES = 2
MOST_CODES = 64
AXIS = array(text(), several(text(), 1, MOST_CODES))
TASK = array(
    text(),
    several(AXIS, 1, MOST_AXES),
    text(of=task.UNITS),
    integer(),
    integer(),
    integer(),
    text(of=period.KINDS),
    integer(),
)


@dataclass(frozen=True, slots=True)
class Task(Statement):
    """Its leaf is the task id."""

    kind = "task"
    strict = True
    shape = array(integer(), TASK, COSIGNATURE)
    parts: ClassVar[Parts] = {"task": task.Task.of_array}

    task: task.Task
    cosignature: Cosignature | None = None


@dataclass(frozen=True, slots=True)
class Aggregator(Statement):
    """From now on the author's account holds second shares, or it does so no longer."""

    kind = "aggregator"
    shape = array(integer(), boolean(), COSIGNATURE)

    on: bool
    cosignature: Cosignature | None = None


@dataclass(frozen=True, slots=True)
class Offer(Statement):
    """The author's device can take shares of this task and period under this key. Its leaf is the offer id."""

    kind = "offer"
    shape = array(integer(), octets(32), integer(), octets(32), COSIGNATURE)

    task: bytes
    period: int
    hpke_hash: bytes
    cosignature: Cosignature | None = None


@dataclass(frozen=True, slots=True)
class Open(Statement):
    """`offers`: by a lead's device, then, of a task of three shares, by an aggregator's. Its leaf is the opening id."""

    kind = "open"
    strict = True
    shape = array(integer(), octets(32), integer(), several(octets(32), 1, 2), octets(32), COSIGNATURE)
    parts: ClassVar[Parts] = {"offers": tuple}

    task: bytes
    period: int
    offers: tuple[bytes, ...]
    commitment: bytes
    cosignature: Cosignature | None = None


@dataclass(frozen=True, slots=True)
class ClosePeriod(Statement):
    """`accepted`: the hash of the receipts of the reports that are added up."""

    kind = "close_period"
    strict = True
    shape = array(integer(), octets(32), octets(32), COSIGNATURE)

    opening: bytes
    accepted: bytes
    cosignature: Cosignature | None = None
