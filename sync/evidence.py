"""Evidence that a server signed what cannot both be true (docs/protocol/9-distrust.md, *Evidence*).

Pure, and of no account: whoever holds the values of a file judges it without a network and without a key. An honest
server signs one history, so that nothing here may follow from what it signs: neither two answers of it, whichever
they are, nor answers from before and after a restore that a lead declared.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations
from typing import Literal

from crypto.public.ids import log_id, next_head
from sync.answer import Answer, Standing
from sync.errors import Refused
from sync.history import History, grow
from sync.log import Cursor, Entry
from sync.signatures import check_signature
from sync.state import RosterState

Kind = Literal["two-heads", "denied", "not-descended", "impossible"]
"""The four contradictions of the page, in its order."""
Outcome = Literal["proven", "explained", "not-proven"]


@dataclass(frozen=True)
class Signed:
    """An answer as the server signed it: the message of page 6, and the signature."""

    message: bytes
    signature: bytes

    @cached_property
    def answer(self) -> Answer:
        """Raises Refused `entry-malformed`."""
        return Answer.decode(self.message)

    def check(self, key: bytes) -> None:
        """Raises Refused `key-refused`, `signature-invalid`."""
        check_signature(key, "answer", self.message, self.signature)

    def is_by(self, key: bytes) -> bool:
        try:
            self.check(key)
        except Refused:
            return False
        return True


@dataclass(frozen=True)
class Evidence:
    """The values of an evidence file. `roster`, `branch`: entries from position 1; `branch` empty if there is none.

    `links`: empty, or a head that is not the attested one, and the leaves that lead from it to the other answer's.
    """

    roster: Sequence[Entry]
    branch: Sequence[Entry]
    first: Signed
    second: Signed
    log: bytes
    links: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What cannot both be true: `one` says that the log had the state `state`, `other` denies it with `instead`."""

    kind: Kind
    one: Answer
    state: Cursor
    other: Answer
    instead: Cursor


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is one sentence; what else could be learnt is the less, the earlier something was wrong.

    `log`: roster, witness, or the name of a space; `state`: the roster of the newer answer, else the file's first;
    `server_key`, `address`: of the accused, once the signatures were good.
    """

    outcome: Outcome
    reason: str
    state: RosterState | None = None
    log: str = ""
    contradiction: Contradiction | None = None
    server_key: bytes = b""
    address: str = ""


class Unproven(Exception):
    """The file proves nothing; the message says why."""


def attested(standing: Standing) -> Iterator[Cursor]:
    """States that the answer says the log has had."""
    yield standing.head
    if standing.known:
        yield standing.asked


def contradicts(first: Answer, second: Answer, log: bytes, links: Sequence[bytes] = ()) -> Contradiction | None:
    """Why these answers of one server cannot both be true of `log`; None if they can, or do not speak of it.

    Whether they were signed, and whether a restore lies between them, is not asked here.
    """
    for answer in (first, second):
        standing = answer.standing(log)
        if standing is not None and first == second and is_impossible(standing):
            return Contradiction("impossible", answer, standing.asked, answer, standing.head)
    for one, other in permutations((first, second)):
        here, there = one.standing(log), other.standing(log)
        if here is None or there is None:
            continue
        for state in attested(here):
            for instead in attested(there):
                if state.position == instead.position and state.head != instead.head:
                    return Contradiction("two-heads", one, state, other, instead)
                if leads_past(state, instead, links):
                    return Contradiction("not-descended", one, state, other, instead)
            if not there.known and there.asked == state and there.head.position >= state.position:
                return Contradiction("denied", one, state, other, there.head)
    return None


def is_impossible(standing: Standing) -> bool:
    """Whether an answer contradicts itself: it knows a state that lies above its head, or beside it."""
    asked, head = standing.asked, standing.head
    return standing.known and (head.position < asked.position or (head.position == asked.position and head != asked))


def leads_past(state: Cursor, reached: Cursor, links: Sequence[bytes]) -> bool:
    """Whether `links` show that the log which reached that head had another head than `state` at its position."""
    if not links or len(links) - 1 != reached.position - state.position or links[0] == state.head:
        return False
    head = links[0]
    for leaf in links[1:]:
        head = next_head(head, leaf)
    return head == reached.head


def verify(evidence: Evidence) -> Verdict:
    """Judge a file; never raises."""
    histories = list[History]()
    try:
        histories.append(grown(evidence.roster))
        if evidence.branch:
            histories.append(grown(evidence.branch))
            check_same_programme(histories)
    except Unproven as why:
        return Verdict("not-proven", str(why), histories[0].state if histories else None)
    return weigh(histories, evidence)


def weigh(histories: Sequence[History], evidence: Evidence) -> Verdict:
    """The verdict, where `histories` are the file's rosters, of one programme; never raises."""
    known = Verdict("not-proven", "", histories[0].state)
    try:
        first, second = (decoded(one, histories[0].state.programme) for one in (evidence.first, evidence.second))
        known = replace(known, log=name_of(histories, evidence.log))
        found = contradicts(first, second, evidence.log, evidence.links)
        if found is None:
            raise Unproven("the two answers do not contradict each other")
        places = [place(histories, answer, alone=found.kind == "impossible") for answer in (first, second)]
        key, address = common_key(evidence, places)
    except Unproven as why:
        return replace(known, reason=str(why))
    state = max(places, key=lambda at: at[1])[0].state
    outcome, reason = judge(histories, places, found)
    return Verdict(outcome, reason, state, known.log, found, key, address)


def check_same_programme(histories: Sequence[History]) -> None:
    if len({one.state.programme for one in histories}) > 1:
        raise Unproven("the two rosters in the file are of two programmes")


def grown(entries: Sequence[Entry]) -> History:
    if not entries:
        raise Unproven("the file holds no roster, without which nobody can tell whose key signed")
    try:
        return grow(entries)
    except Refused as refusal:
        raise Unproven(f"a roster in the file is not genuine, or newer than this program: {refusal.detail}") from None


def decoded(signed: Signed, programme: bytes) -> Answer:
    try:
        answer = signed.answer
    except Refused as refusal:
        raise Unproven(f"an answer in the file is none: {refusal.detail}") from None
    if answer.programme != programme:
        raise Unproven("an answer in the file is about another programme")
    return answer


def name_of(histories: Iterable[History], log: bytes) -> str:
    """Raises Unproven if no roster knows the log: of what is none, no server is asked."""
    for history in histories:
        state = history.state
        if log == state.programme:
            return "roster"
        if log == log_id(state.programme, "witness"):
            return "witness"
        if log in state.spaces:
            return state.spaces[log].name
    raise Unproven("the log that the file is about is none of this programme")


def place(histories: Iterable[History], answer: Answer, *, alone: bool) -> tuple[History, int]:
    """The roster, and the position in it, which the server had when it signed; raises Unproven.

    An answer that contradicts itself has no head to go by: of it, and of it alone, the asked state will do.
    """
    standing = answer.standing(answer.programme)
    if standing is None:
        raise Unproven("an answer says nothing about the roster, so that nobody can tell whether a restore explains it")
    for cursor in (standing.head, standing.asked) if alone and standing.known else (standing.head,):
        for history in histories:
            if cursor.position and history.has(cursor):
                return history, cursor.position
    raise Unproven("an answer was signed upon a roster that the file lacks: a lead may have declared a restore there")


def common_key(evidence: Evidence, places: Sequence[tuple[History, int]]) -> tuple[bytes, str]:
    """The one key, with its address, that signed both answers; raises Unproven.

    Two keys are two servers, or a key that somebody stole after the programme had given it up: they may contradict
    each other, and neither has contradicted itself.
    """
    allowed = [history.keys_until(position) for history, position in places]
    for key, address in allowed[0].items():
        if key in allowed[1] and all(one.is_by(key) for one in (evidence.first, evidence.second)):
            return key, address
    pairs = zip(allowed, (evidence.first, evidence.second), strict=True)
    if all(any(one.is_by(key) for key in keys) for keys, one in pairs):
        raise Unproven("the answers are signed with different keys of the programme, which had moved to another server")
    raise Unproven("an answer is not signed with the key that the roster names as the server's")


def judge(
    histories: Sequence[History], places: Sequence[tuple[History, int]], found: Contradiction
) -> tuple[Outcome, str]:
    """Whether a `restored` explains it: any but those which both answers had behind them."""
    if found.kind == "impossible":
        return "proven", "one answer contradicts itself, which no restore explains"
    common = frozenset.intersection(*(history.restores_until(position) for history, position in places))
    if frozenset.union(*(history.restores for history in histories)) - common:
        return "explained", "a lead declared that the server was restored from a backup, which may explain it"
    return "proven", "the server signed two histories, and no lead declared a restore"
