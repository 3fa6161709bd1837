"""What a server told one phone, and how that of two phones becomes evidence (docs/protocol/9-distrust.md, *Evidence*).

A server that shows two phones two histories never contradicts itself to either of them: each holds one half. Pure,
and nothing is judged here that is not judged by `sync.evidence`: whoever makes a half up, or leaves things out of it,
can make no honest server guilty.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement, product

from crypto.public.ids import genesis, next_head
from sync.answer import Answer
from sync.evidence import (
    Evidence,
    Signed,
    Unproven,
    Verdict,
    attested,
    check_same_programme,
    contradicts,
    decoded,
    grown,
    name_of,
    weigh,
)
from sync.history import History
from sync.log import Cursor, Entry

OUTCOMES = ("proven", "explained", "not-proven")
"""The best first."""


@dataclass(frozen=True)
class Links:
    """A log as a phone verified it: the state from which it read, and the leaves above."""

    log: bytes
    start: Cursor
    leaves: Sequence[bytes]

    @cached_property
    def heads(self) -> Sequence[bytes]:
        heads = [self.start.head]
        for leaf in self.leaves:
            heads.append(next_head(heads[-1], leaf))
        return heads

    def head_at(self, position: int) -> bytes | None:
        at = position - self.start.position
        return self.heads[at] if 0 <= at <= len(self.leaves) else None

    def past(self, state: Cursor, reached: Cursor) -> Sequence[bytes]:
        """From where `state` should have been to `reached`, if this log had another head there; else nothing."""
        low, high = state.position - self.start.position, reached.position - self.start.position
        if low < high and self.head_at(reached.position) == reached.head:
            head = self.head_at(state.position)
            if head not in (None, state.head):
                return [head, *self.leaves[low:high]]
        return ()


@dataclass(frozen=True)
class Half:
    """The values of a half. `roster`: entries from position 1; `logs`: all others that the `answers` speak of."""

    roster: Sequence[Entry]
    answers: Sequence[Signed]
    logs: Sequence[Links]


@dataclass(frozen=True, slots=True)
class Joined:
    """`evidence` is None if nothing contradicts; `logs`: names of those about which both phones were told something."""

    logs: Sequence[str]
    evidence: Evidence | None = None
    verdict: Verdict | None = None


def join(one: Half, other: Half) -> Joined:
    """The best evidence that two halves make. Raises Unproven if they are of two programmes, or one of them is damaged.

    Also what one of them holds by itself is found, and may lack nothing but a roster that the other one brings.
    """
    first_half, second_half = read(one, "first"), read(other, "second")
    histories, told = [first_half[0], second_half[0]], [first_half[1], second_half[1]]
    check_same_programme(histories)
    programme = histories[0].state.programme
    logs = [{standing.log for answer in answers.values() for standing in answer.logs} for answers in told]
    rosters = without_prefix(one.roster, other.roster)
    chains = [chain for half in (one, other) for chain in (own_roster(programme, half), *half.logs)]
    best: Joined = Joined(sorted(names(histories, logs[0] & logs[1])))
    for first, second, log, links in contradictions(told[0] | told[1], chains):
        evidence = Evidence(*rosters, first, second, log, links)
        verdict = weigh(histories, evidence)
        if best.verdict is None or OUTCOMES.index(verdict.outcome) < OUTCOMES.index(best.verdict.outcome):
            best = Joined(best.logs, evidence, verdict)
        if verdict.outcome == "proven":
            break
    return best


def read(half: Half, which: str) -> tuple[History, dict[Signed, Answer]]:
    """Its roster, and what its answers say; raises Unproven, which names the file."""
    try:
        history = grown(half.roster)
        return history, {signed: decoded(signed, history.state.programme) for signed in half.answers}
    except Unproven as why:
        raise Unproven(f"the {which} file is damaged, or no phone wrote it: {why}") from None


def contradictions(
    told: dict[Signed, Answer], chains: Sequence[Links]
) -> Iterator[tuple[Signed, Signed, bytes, Sequence[bytes]]]:
    """Pairs of answers that cannot both be true of a log, with the links that show it, those about the roster first."""
    pairs = list(combinations_with_replacement(told.items(), 2))
    for roster in (True, False):
        for (first, here), (second, there) in pairs:
            logs = {one.log for one in here.logs} & {one.log for one in there.logs}
            for log in sorted(log for log in logs if (log == here.programme) is roster):
                for links in ((), *links_between(here, there, log, chains)):
                    if contradicts(here, there, log, links):
                        yield first, second, log, links


def links_between(here: Answer, there: Answer, log: bytes, chains: Sequence[Links]) -> Iterator[Sequence[bytes]]:
    one, other = here.standing(log), there.standing(log)
    if one is None or other is None:
        return
    states = list(product(attested(one), attested(other)))
    for chain in chains:
        if chain.log == log:
            for state, reached in (*states, *((b, a) for a, b in states)):
                if links := chain.past(state, reached):
                    yield links


def own_roster(programme: bytes, half: Half) -> Links:
    return Links(programme, Cursor(0, genesis(programme, programme)), [entry.leaf for entry in half.roster])


def without_prefix(one: Sequence[Entry], other: Sequence[Entry]) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """Roster and branch of a file: one of them is enough where it is the other, grown longer."""
    shared = min(len(one), len(other))
    if all(a.leaf == b.leaf for a, b in zip(one[:shared], other[:shared], strict=True)):
        return max(one, other, key=len), ()
    return one, other


def names(histories: Sequence[History], logs: set[bytes]) -> Iterator[str]:
    for log in logs:
        try:
            yield name_of(histories, log)
        except Unproven:
            continue
