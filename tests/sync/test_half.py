"""Halves of evidence: what two phones were told becomes proof if it was two histories, and none if it was one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.answer import Standing
from sync.evidence import Signed, Unproven, verify
from sync.half import Half, Joined, Links, join
from sync.log import Cursor, Entry
from tests.sync.histories import KINDS, SPACES, half_of, prepared, restored
from tests.sync.test_evidence_honest import honest_lives


def both_ways(one: Half, other: Half) -> Joined:
    """Joined in either order, with the verdict that a stranger reaches of the file."""
    made, turned = join(one, other), join(other, one)
    for each in (made, turned):
        assert (each.evidence is None) == (each.verdict is None)
        if each.evidence is not None and each.verdict is not None:
            assert verify(each.evidence) == replace(each.verdict, state=verify(each.evidence).state)
    assert (made.logs, outcome(made)) == (turned.logs, outcome(turned))
    return made


def outcome(joined: Joined) -> str:
    return "" if joined.verdict is None else joined.verdict.outcome


@given(
    name=st.sampled_from(SPACES),
    seed=st.integers(0, 2**16),
    grown=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    moves=st.integers(0, 1),
    restores=st.integers(0, 2),
)
@settings(max_examples=40)
def test_two_phones_that_were_shown_two_histories_prove_it(
    name: str, seed: int, grown: tuple[int, int], moves: int, restores: int
) -> None:
    """However far each of them is: neither was contradicted."""
    server = prepared(seed, moves=moves, restores=restores)
    fork, log, halves = server.copy(), server.log(name), list[Half]()
    fork.world.day += 1
    for life, times in zip((server, fork), grown, strict=True):
        for _ in range(times):
            life.grow(log)
        halves.append(half_of(life, life.answer(*(life.standing(life.log(one)) for one in SPACES))))
        assert join(halves[-1], halves[-1]).evidence is None
    verdict = both_ways(*halves).verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.log) == ("proven", name), verdict.reason


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SPACES)
def test_the_halves_of_each_contradiction_prove_it(kind: str, name: str) -> None:
    case = KINDS[kind](prepared(1, moves=1, restores=1), name)
    made = both_ways(half_of(case.own, case.first), half_of(case.other or case.own, case.second))
    assert made.verdict is not None
    assert (made.verdict.outcome, made.verdict.log) == ("proven", name), made.verdict.reason
    assert made.verdict.contradiction is not None
    assert made.verdict.contradiction.kind == kind


def test_the_other_phone_brings_the_roster_that_the_server_hides() -> None:
    """Alone the first phone proves nothing: it saw both answers, and the server shows it no other roster."""
    case = KINDS["two-heads"](prepared(2), "roster")
    assert case.other is not None
    alone = half_of(case.own, case.first, case.second)
    assert outcome(join(alone, alone)) == "not-proven"
    assert outcome(both_ways(alone, half_of(case.other))) == "proven"


def test_what_a_declared_restore_explains_is_explained() -> None:
    server = prepared(3)
    backup, log = server.copy(), server.log("personal")
    for _ in range(3):
        server.grow(log)
    before, back = half_of(server, server.answer(server.standing(log))), restored(server, backup)
    back.grow(log)
    assert outcome(both_ways(before, half_of(back, back.answer(back.standing(log))))) == "explained"


def test_phones_of_two_accounts_have_what_they_share_to_compare() -> None:
    server = prepared(4)
    one, other = (half_of(server, server.answer(server.standing(server.log(name)))) for name in ("personal", "commons"))
    made = both_ways(one, other)
    assert (made.logs, made.evidence) == (["roster"], None)


@given(data=st.data(), seed=st.integers(0, 2**16))
@settings(max_examples=40)
def test_no_two_halves_accuse_an_honest_server(data: st.DataObject, seed: int) -> None:
    """Whichever of its lives the phones come from, and whichever of its answers they hold, true to them or not."""
    lives, signed = honest_lives(data, seed)

    def half() -> Half:
        life = data.draw(st.sampled_from(lives))
        whole = half_of(life, *data.draw(st.lists(st.sampled_from(signed), max_size=6) if signed else st.just([])))
        return replace(whole, roster=whole.roster[: data.draw(st.integers(1, len(whole.roster)))])

    assert outcome(both_ways(half(), half())) != "proven"


# Files that somebody has had in hand.


def of_another_programme(_: Half) -> Half:
    return half_of(prepared(99))


def without_a_founder(half: Half) -> Half:
    return replace(half, roster=half.roster[1:])


def without_a_roster(half: Half) -> Half:
    return replace(half, roster=[])


def with_a_damaged_statement(half: Half) -> Half:
    return replace(half, roster=[*half.roster[:-1], replace(half.roster[-1], signature=bytes(64))])


def with_an_answer_that_is_none(half: Half) -> Half:
    return replace(half, answers=[*half.answers, Signed(b"\x80", bytes(64))])


def with_an_answer_of_another_programme(half: Half) -> Half:
    return replace(half, answers=[*half.answers, prepared(98).answer()])


WRONG = {
    of_another_programme: "two programmes",
    without_a_founder: "second file",
    without_a_roster: "second file",
    with_a_damaged_statement: "second file",
    with_an_answer_that_is_none: "second file",
    with_an_answer_of_another_programme: "second file",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_does_not_belong_together_is_refused_and_named(wrong: Any) -> None:
    server = prepared(5)
    half = half_of(server, server.answer())
    with pytest.raises(Unproven, match=WRONG[wrong]):
        join(half, wrong(half))


@pytest.mark.parametrize("part", ["first", "second", "cut", "links"])
def test_a_half_with_something_missing_or_changed_proves_nothing(part: str) -> None:
    case = KINDS["not-descended"](prepared(6), "personal")
    one, other = half_of(case.own, case.first), half_of(case.own, case.second)
    if part == "cut":
        one = replace(one, roster=one.roster[:1])
        other = replace(other, roster=other.roster[:1])
    elif part == "links":
        one, other = replace(one, logs=[]), replace(other, logs=[])
    else:
        half = one if part == "first" else other
        forged = [replace(signed, signature=bytes(64)) for signed in half.answers]
        one, other = (replace(one, answers=forged), other) if half is one else (one, replace(other, answers=forged))
    assert outcome(both_ways(one, other)) in ("", "not-proven")


GARBAGE = st.builds(Entry, st.binary(max_size=40), st.binary(max_size=70), st.none() | st.binary(max_size=40))
CURSORS = st.builds(Cursor, st.integers(0, 9), st.binary(min_size=32, max_size=32))


@given(data=st.data())
@settings(max_examples=60)
def test_no_values_whatever_make_joining_stumble(data: st.DataObject) -> None:
    case = KINDS["not-descended"](prepared(7), "personal")
    good = half_of(case.own, case.first)
    logs = st.builds(Links, st.just(case.log), CURSORS, st.lists(st.binary(min_size=32, max_size=32), max_size=4))
    answers = st.builds(Signed, st.just(case.first.message) | st.binary(max_size=60), st.binary(max_size=70))

    def drawn() -> Half:
        roster: Sequence[Entry] = data.draw(st.just(good.roster) | st.lists(GARBAGE, max_size=3))
        return Half(roster, data.draw(st.lists(answers, max_size=3)), data.draw(st.lists(logs, max_size=3)))

    for other in (drawn(), half_of(case.own, case.second)):
        try:
            made = join(drawn(), other)
        except Unproven:
            continue
        assert outcome(made) != "proven"


def test_a_single_answer_that_contradicts_itself_is_found_in_either_half() -> None:
    server = prepared(8)
    log = server.log("personal")
    lie = server.answer(Standing(log, server.at(log), server.at(log, -2), known=True))
    assert outcome(both_ways(half_of(server, lie), half_of(server, server.answer()))) == "proven"
