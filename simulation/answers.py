"""All that the server signs in a run, searched for what cannot both be true: an honest server signs nothing of it."""

from itertools import product
from typing import TYPE_CHECKING, Any

from crypto.public.base64url import unb64
from device.evidence import Conflict, conflicts
from device.ledger import entries_above
from simulation.violation import Violation
from sync.answer import Answer, Standing
from sync.evidence import Evidence, Signed, attested, is_impossible, verify
from sync.log import Cursor

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World

Json = dict[str, Any]
Told = tuple[Json, Json]
"""A request, and its answer."""


class Answers:
    """`states`: who first attested a state of a log; `pairs`: answers that differ about one."""

    def __init__(self) -> None:
        self.states: dict[tuple[bytes, int], tuple[bytes, Told]] = {}
        self.pairs: list[tuple[bytes, Told, Told]] = []

    def observe(self, asked: Json, answer: Json) -> None:
        """An exchange that the server answered with 200, whether or not the answer arrives."""
        told = asked, answer
        for standing in standings(asked, answer):
            if is_impossible(standing):
                self.pairs.append((standing.log, told, told))
            for state in attested(standing):
                head, first = self.states.setdefault((standing.log, state.position), (state.head, told))
                if head != state.head:
                    self.pairs.append((standing.log, first, told))
            if not standing.known and standing.head.position >= standing.asked.position:
                head, first = self.states.get((standing.log, standing.asked.position), (b"", told))
                if head == standing.asked.head:
                    self.pairs.append((standing.log, first, told))


def standings(asked: Json, answer: Json) -> list[Standing]:
    cursors = {one["log"]: cursor(one["cursor"]) for one in asked["logs"]}
    parts = answer["logs"]
    return [Standing(unb64(one["log"]), cursors[one["log"]], cursor(one["head"]), one["known"]) for one in parts]


def cursor(raw: Json) -> Cursor:
    return Cursor(raw["position"], unb64(raw["head"]))


def signed(programme: bytes, told: Told) -> Signed:
    asked, answer = told
    message = Answer(programme, unb64(asked["challenge"]), answer["day"], standings(asked, answer)).message()
    return Signed(message, unb64(answer["signature"]))


def kind(programme: bytes, log: bytes, first: Told, second: Told) -> tuple[object, ...]:
    """What a verdict about two answers rests on, their days aside: one pair of each kind is judged."""
    said = [[one for one in standings(*told) if one.log in (log, programme)] for told in (first, second)]
    return log, *map(tuple, said)


def nobody_is_accused(world: "World", back: "list[Handset]") -> None:
    """Of all that the server signed, and of what each phone kept, nothing proves anything against it.

    A server that was put back, and whose leads have no phone left to declare it, has signed two histories without
    being told: that is proven rightly (docs/protocol/9-distrust.md, *Evidence*).
    """
    if not back or (world.restores and not any(handset.account in world.truth.roster().leads for handset in back)):
        return
    programme = back[0].phone.engine.identity.programme
    rosters = {
        tuple(one.leaf for one in roster): roster
        for handset in back
        if (roster := list(entries_above(handset.phone.vault.read(), programme, 0)))
    }
    pairs = {kind(programme, *pair): pair for pair in world.answers.pairs}
    found: list[Conflict] = [
        (log, signed(programme, first), signed(programme, second), ()) for log, first, second in pairs.values()
    ]
    for handset in back:
        found += conflicts(handset.phone.vault.read(), programme)
    for (log, first, second, links), roster, branch in product(found, rosters.values(), [[], *rosters.values()]):
        verdict = verify(Evidence(roster, branch, first, second, log, links))
        if verdict.outcome == "proven":
            raise Violation("nobody_is_accused", f"evidence about {verdict.log}: {verdict.reason}")
