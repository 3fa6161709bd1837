"""Vectors of halves of evidence (page 9): what two of them prove together, and what they do not."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sync.evidence import Signed
from sync.half import Half
from tests.sync.histories import KINDS, SPACES, Server, half_of
from tests.vectors.make_evidence import entries, lived
from tests.vectors.vector import Lists, Vector, vector


def halves() -> list[Vector]:
    """`expect`: ok (proven), explained, not-proven, fits (no contradiction), or halves-wrong; `kind` and `log_name` as
    in the list `evidence`.
    """
    return [one for section in (proven, short_of_proof, damaged) for one in section()]


def joined(name: str, expect: str, one: Half, other: Half, comment: str = "", **fields: Any) -> Vector:
    return vector(name, expect, comment, one=plain(one), other=plain(other), **fields)


def plain(half: Half) -> dict[str, Any]:
    return {
        "roster": entries(half.roster),
        "answers": [[one.message, one.signature] for one in half.answers],
        "logs": [[one.log, one.start.as_array(), list(one.leaves)] for one in half.logs],
    }


def forked(name: str, one_more: int, two_more: int) -> tuple[Server, Server]:
    """Two histories of a log, which part where the server had been copied."""
    server = lived("halves")
    fork = server.copy()
    fork.world.day += 1
    for life, times in ((server, one_more), (fork, two_more)):
        for _ in range(times):
            life.grow(life.log(name))
    return server, fork


def told(server: Server) -> Half:
    return half_of(server, server.answer(*(server.standing(log) for log in map(server.log, SPACES))))


def proven() -> Iterator[Vector]:
    for name in ("roster", "personal"):
        for more, kind in (((1, 1), "two-heads"), ((1, 3), "not-descended"), ((2, 1), "not-descended")):
            one, other = map(told, forked(name, *more))
            said = f"a fork of {name}: one phone was shown {more[0]} entries there, the other {more[1]}"
            yield joined(f"{name}, {more[0]} and {more[1]}", "ok", one, other, said, kind=kind, log_name=name)
    for kind, make in KINDS.items():
        case = make(lived("halves"), "personal")
        one, other = half_of(case.own, case.first), half_of(case.own, case.second)
        yield joined(f"{kind}, an answer each", "ok", one, other, kind=kind, log_name="personal")
    case = KINDS["two-heads"](lived("halves"), "roster")
    if case.other is not None:
        one, other = half_of(case.own, case.first, case.second), half_of(case.other)
        said = "one phone has both answers, the other the roster that the server hides"
        yield joined("the other roster", "ok", one, other, said, kind="two-heads", log_name="roster")
        yield joined("without the other roster", "not-proven", one, one, said)


def short_of_proof() -> Iterator[Vector]:
    server = lived("halves")
    before = told(server)
    server.grow(server.log("personal"))
    yield joined("a log that grew", "fits", before, told(server))
    yield joined("the same half twice", "fits", before, before)
    one, back = server.copy(), server.copy()
    for _ in range(2):
        one.grow(one.log("personal"))
    back.world.day += 1
    back.world.restored(back.world.lead)
    back.grow(back.log("personal"))
    yield joined("a declared restore", "explained", told(one), told(back))
    one, other = forked("personal", 1, 2)
    bare = replace(told(one), logs=[]), replace(told(other), logs=[])
    yield joined("without links", "fits", *bare, "the heads stand at two positions, and nothing leads between them")
    longer = told(other)
    wrong = [replace(log, leaves=[bytes(32), *log.leaves[1:]]) for log in longer.logs]
    yield joined("a leaf that is another", "fits", told(one), replace(longer, logs=wrong))
    unsigned = [replace(signed, signature=bytes(64)) for signed in longer.answers]
    yield joined("a signature of zeros", "not-proven", told(one), replace(longer, answers=unsigned))
    first = server.world.entries[:1]
    cut = replace(told(one), roster=first), replace(longer, roster=first)
    yield joined("rosters cut short", "not-proven", *cut, "the answers were signed upon more of it")


def damaged() -> Iterator[Vector]:
    half = told(lived("halves"))
    stranger = told(lived("another"))
    yield joined("of two programmes", "halves-wrong", half, stranger)
    yield joined("without a roster", "halves-wrong", half, replace(half, roster=[]))
    yield joined("a roster without its founder", "halves-wrong", half, replace(half, roster=half.roster[1:]))
    yield joined("an answer that is none", "halves-wrong", half, replace(half, answers=[Signed(b"\x80", bytes(64))]))
    yield joined("an answer of another programme", "halves-wrong", half, replace(half, answers=stranger.answers))


LISTS: Lists = {"halves": halves}
