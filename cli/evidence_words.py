"""A verdict on evidence in plain words, for somebody who has no account and no programme."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sync.answer import Answer
    from sync.evidence import Contradiction, Verdict
    from sync.log import Cursor

HEADLINES = {
    "proven": "PROVEN: the server signed two statements that cannot both be true.",
    "explained": "EXPLAINED: the two signed statements differ, and a declared restore may be why.",
    "not-proven": "NOT PROVEN: this file shows nothing against a server.",
}
LOGS = {
    "roster": "the programme's list of members, leads, phones and keys",
    "personal": "the sealed entries of one account; only its own phones can read them",
    "commons": "what the programme shares with all its members, sealed",
    "leads": "what the programme's leads share, sealed",
    "witness": "where the members note what they have seen, so that they can compare",
}
WHAT_A_LOG_IS = (
    "A log only ever grows. Each entry has a number, and at each number there is one fingerprint of the whole log up"
    " to there. Two fingerprints at one number are two histories."
)
WHY = {
    "two-heads": "One log cannot have two fingerprints at the same number.",
    "denied": "A server that had that state, and has a log at least as long, has it still.",
    "not-descended": (
        "The entries whose fingerprints stand in this file lead to the one statement from another fingerprint than"
        " that of the other: it is not the same log, grown longer."
    ),
    "impossible": "It was one and the same answer: a log does not end before, or beside, a state that it has had.",
}
LIMITS = (
    "What this does not prove: which of the two histories is the true one, who did it, or why. The server was put back"
    " from a backup and went on without that being declared, or it shows different histories to different people, or"
    " somebody else has its key: the file cannot say which. It says nothing about what anybody wrote, which is sealed."
)
EXPLAINED = (
    "A server that comes back from a backup may have lost entries, and its log then goes on in another way. A lead of"
    " the programme has declared such a restore. Ask the lead whether there was one."
)
LIMITS_OF_ONE = (
    "What this does not prove: who did it, or why. A server in order signs no such answer, whatever backup it comes"
    " from; one with a defect might, and so might somebody else who has its key. It says nothing about what anybody"
    " wrote, which is sealed."
)
WHOSE_KEY = (
    "Whether this is the key of the server that you think of, ask its operator (`hallway operator key` shows it):"
    " anybody can found a programme on a server of their own, and let that one contradict itself."
)
PRIVACY = (
    "This file shows when members joined and left, how many phones they have and who is a lead, by numbers and without"
    " names. Give it only to those who need it."
)

HALF = (
    "It is what the server has signed to this phone: half of evidence. Let the other phone write its own half too;"
    " `hallway evidence join` says whether the two can both be true."
)
HALF_PRIVACY = (
    "This file shows when members joined and left, how many phones they have and who is a lead, by numbers and without"
    " names, and how many entries your account has written. It holds no entry and no key. Give it only to those who"
    " need it."
)
FITS = (
    "What the server told these two phones fits together, as far as both have been told something: {logs}. Of what"
    " came after either file was written, they say nothing."
)


def plain(verdict: "Verdict", log: bytes) -> dict[str, Any]:
    """The document for programs."""
    found, state = verdict.contradiction, verdict.state
    space = None if state is None else state.spaces.get(log)
    return {
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "server_key": verdict.server_key.hex(),
        "address": verdict.address,
        "programme": "" if state is None else state.programme.hex(),
        "log": {"name": verdict.log, "id": log.hex(), "account": "" if space is None else space.account.hex()},
        "kind": "" if found is None else found.kind,
        "days": [] if found is None else [calendar_day(found.one.day), calendar_day(found.other.day)],
        "signed": [] if found is None else [_plain(found.state), _plain(found.instead)],
    }


def _plain(cursor: "Cursor") -> dict[str, Any]:
    return {"position": cursor.position, "head": cursor.head.hex()}


def headline(verdict: "Verdict") -> str:
    return HEADLINES[verdict.outcome]


def rows(verdict: "Verdict", log: bytes) -> list[tuple[str, str]]:
    """Who and what the file is about, as far as that is certain."""
    found = []
    if verdict.server_key:
        found += [("Server", verdict.address), ("Its key", grouped(verdict.server_key))]
    if verdict.state is not None:
        found.append(("Programme", grouped(verdict.state.programme)))
    if verdict.log:
        found += [("Log", f"{verdict.log}: {LOGS[verdict.log]}"), ("Its id", grouped(log))]
        space = None if verdict.state is None else verdict.state.spaces.get(log)
        if space is not None and space.account:
            found.append(("Account", space.account.hex()))
    return found


def told(verdict: "Verdict") -> Iterator[str]:
    """Paragraphs, in the order in which they are read."""
    if verdict.contradiction is None:
        yield f"Why not: {verdict.reason}."
        yield PRIVACY
        return
    yield WHAT_A_LOG_IS
    yield from signed(verdict.contradiction)
    yield WHY[verdict.contradiction.kind]
    yield f"The verdict: {verdict.reason}."
    if verdict.outcome == "explained":
        yield EXPLAINED
    yield LIMITS_OF_ONE if verdict.contradiction.kind == "impossible" else LIMITS
    yield WHOSE_KEY
    yield PRIVACY


def signed(found: "Contradiction") -> Iterator[str]:
    """What the server said, and on which day."""
    one, other = on_day(found.one), on_day(found.other)
    state, instead = _state(found.state), _state(found.instead)
    match found.kind:
        case "impossible":
            yield f"{one} the server signed that the log has had {state}."
            yield f"In the same answer it signed that the log ends at {instead}."
        case "denied":
            yield f"{one} the server signed that the log has {state}."
            yield f"{other}, asked for just that, it signed that it knows no such state."
            yield f"In the same answer it signed that the log ends at {instead}."
        case _:
            yield f"{one} the server signed that the log has {state}."
            yield f"{other} it signed that the log has {instead}."


def on_day(answer: "Answer") -> str:
    return f"On {calendar_day(answer.day)} (its own date, UTC)"


def calendar_day(day: int) -> str:
    # The server's word, which may be any number.
    try:
        return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
    except OverflowError:
        return f"a day that no calendar has ({day})"


def _state(cursor: "Cursor") -> str:
    return f"number {cursor.position} with the fingerprint {grouped(cursor.head)}"


def grouped(value: bytes) -> str:
    """Hexadecimal that two people can compare."""
    text = value.hex()
    return " ".join(text[at : at + 8] for at in range(0, len(text), 8))
