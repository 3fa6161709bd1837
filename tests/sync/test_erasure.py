"""`erase` and `withdraw`: their codecs, and what they may name, by the page and step by step."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import decode, encode
from crypto.public.ids import body_hash
from sync.erasure import CLEAR, DELAY, MOST_LEAVES, Erase, Leaves, Withdraw, decode_erasing
from sync.log import Entry
from sync.statement import Cosignature
from tests.support.actors import World
from tests.support.people import Phone
from tests.support.refusals import outcome, refused
from tests.sync.arrays import changed

days = st.integers(0, 2**53 - 1)
ids = st.binary(min_size=32, max_size=32)
cosignatures = st.none() | st.builds(Cosignature, ids, st.binary(min_size=64, max_size=64))
erases = st.builds(Erase, days, st.sets(ids, min_size=1, max_size=5).map(sorted).map(tuple), cosignatures)
statements = erases | st.builds(Withdraw, days, ids)


@given(statements)
def test_a_body_survives_its_encoding(statement: Erase | Withdraw) -> None:
    assert decode_erasing(statement.kind, statement.encode()) == statement


@given(statements, st.data())
def test_a_mutated_body_is_refused_or_means_the_same(statement: Erase | Withdraw, data: st.DataObject) -> None:
    raw = changed(statement.encode(), data)
    problem, found = outcome(decode_erasing, statement.kind, raw)
    assert problem == "entry-malformed" if found is None else found.encode() == raw


@given(statements)
def test_no_body_can_be_read_as_the_other_kind(statement: Erase | Withdraw) -> None:
    for kind in CLEAR.keys() - {statement.kind}:
        with refused("entry-malformed"):
            decode_erasing(kind, statement.encode())


def test_a_thousand_leaves_and_no_more() -> None:
    leaves = [number.to_bytes(32, "big") for number in range(MOST_LEAVES + 1)]
    assert len(Erase(1, tuple(leaves[1:])).encode()) < 40_000
    with refused("entry-malformed"):
        decode_erasing("erase", encode([1, leaves, []]))


def test_it_falls_due_in_two_weeks_or_with_a_code_at_once() -> None:
    assert Erase(100, (bytes(32),)).due == 100 + DELAY == 114
    assert Erase(100, (bytes(32),), Cosignature(bytes(32), bytes(64))).due == 100


# In a space.


class Personal:
    """The space of a member with two phones, a code, and three sealed entries."""

    def __init__(self) -> None:
        self.world = World.found(41)
        self.first = self.world.member()
        self.second = self.world.link(self.first)
        self.code = self.world.invite("recovery", self.first)
        self.log = self.world.log("personal", self.first)
        for number in range(3):
            self.world.write(self.first, self.log, bytes([number]))

    @property
    def day(self) -> int:
        return self.world.day

    def leaf(self, position: int) -> bytes:
        return self.world.space(self.log).entries[position - 1].leaf

    def leaves(self, *positions: int) -> tuple[bytes, ...]:
        return tuple(sorted(self.leaf(position) for position in positions))

    def say(self, statement: Erase | Withdraw, phone: Phone | None = None, **changed: Any) -> Entry:
        return self.world.erasing(phone or self.first, self.log, statement, **changed)


@pytest.fixture
def space() -> Personal:
    return Personal()


def judged(space: Personal, entry: Entry) -> str:
    words = {outcome(space.world.judge_sealed, entry, new=new)[0] for new in (True, False)}
    assert len(words) == 1
    return words.pop()


def test_an_erasure_is_withdrawn_by_another_phone_and_said_again(space: Personal) -> None:
    erased = space.world.land(space.say(Erase(space.day, space.leaves(1, 2))))
    space.world.land(space.say(Withdraw(space.day + 13, erased.leaf), space.second))
    again = Withdraw(space.day, erased.leaf)
    assert judged(space, space.say(again)) == "leaf-unknown"
    space.world.land(space.say(Erase(space.day, space.leaves(1, 2))))
    assert judged(space, space.say(again)) == "leaf-unknown"


def test_bodies_may_be_named_twice_and_withdrawing_undoes_one(space: Personal) -> None:
    one, other = (space.world.land(space.say(Erase(space.day, space.leaves(1)))) for _ in range(2))
    space.world.land(space.say(Withdraw(space.day, one.leaf)))
    named = space.world.space(space.log).leaves([one.leaf, other.leaf])
    assert [named[entry.leaf].due for entry in (one, other)] == [None, space.day + DELAY]


def test_what_a_code_consented_to_cannot_be_withdrawn(space: Personal) -> None:
    entry = space.world.erasing(space.first, space.log, Erase(space.day, space.leaves(1)), space.code)
    assert judged(space, entry) == "ok"
    space.world.land(entry)
    assert judged(space, space.say(Withdraw(space.day, entry.leaf))) == "leaf-unknown"


def test_a_code_consents_while_it_is_open_and_history_cannot_tell(space: Personal) -> None:
    entry = space.world.erasing(space.first, space.log, Erase(space.day, space.leaves(1)), space.code)
    space.world.close(space.first, space.code, code=space.code)
    assert outcome(space.world.judge_sealed, entry, new=True)[0] == "cosignature-invalid"
    # The code was open when an honest server took it; a later reader must not accuse it.
    assert outcome(space.world.judge_sealed, entry, new=False)[0] == "ok"


def test_every_element_of_what_was_signed_matters(space: Personal) -> None:
    entry = space.world.erasing(space.first, space.log, Erase(space.day, space.leaves(1)), space.code)
    values: Any = decode(entry.check_body())
    for changed_values in (
        [values[0] + 1, *values[1:]],
        [values[0], [space.leaf(2)], values[2]],
        [values[0], values[1], [values[2][0], bytes(64)]],
        [values[0], values[1], [bytes(32), values[2][1]]],
    ):
        body = encode(changed_values)
        other = Entry.sign(replace(entry.header, body_hash=body_hash(body)), body, space.first.signing)
        assert judged(space, other) in ("cosignature-invalid", "signature-invalid")


@pytest.mark.parametrize("kind", ["erase", "withdraw"])
def test_a_clear_entry_has_no_epoch_and_always_its_body(space: Personal, kind: str) -> None:
    erased = space.world.land(space.say(Erase(space.day, space.leaves(1))))
    statement = Erase(space.day, space.leaves(2)) if kind == "erase" else Withdraw(space.day, erased.leaf)
    assert judged(space, space.say(statement)) == "ok"
    assert judged(space, space.say(statement, epoch=1)) == "entry-malformed"
    assert judged(space, replace(space.say(statement), body=None)) == "body-mismatch"
    assert judged(space, space.say(statement, space.world.lead)) == "not-authorised"


operations = st.lists(
    st.tuples(
        st.sampled_from(["seal", "erase", "cosigned", "withdraw"]),
        st.integers(0, 1),
        st.lists(st.integers(1, 14), min_size=1, max_size=3, unique=True),
        st.integers(-1, 20),
        st.integers(0, 2),
    ),
    max_size=10,
)


@given(operations)
def test_what_may_be_named_is_what_the_page_says(steps: list[tuple[str, int, list[int], int, int]]) -> None:
    """Against the page, kept by position: what stands there, and until when an erasure may be withdrawn."""
    space = Personal()
    kinds: list[str] = ["sealed"] * 3
    due: dict[int, int] = {}
    for kind, who, positions, later, back in steps:
        phone, end = (space.first, space.second)[who], len(kinds)
        author = space.world.space(space.log).chain.author(phone.id)
        at = max(author.seen, end - back)
        seen = {"seen": replace(space.world.space(space.log).chain.cursor, position=at)}
        seen["seen"] = replace(seen["seen"], head=space.world.space(space.log).heads[at])
        if kind == "seal":
            space.world.write(phone, space.log)
            kinds.append("sealed")
            continue
        inside = [position for position in positions if position <= end]
        leaves = tuple(sorted({*space.leaves(*inside), *(bytes([9]) * 32 for _ in positions[len(inside) :])}))
        if kind == "withdraw":
            target = positions[0]
            leaf = space.leaf(target) if target <= end else bytes(32)
            entry = space.say(Withdraw(space.day + later, leaf), phone, **seen)
            allowed = target in due and due[target] > space.day + later and target <= at
        else:
            code = space.code if kind == "cosigned" else None
            entry = space.world.erasing(phone, space.log, Erase(space.day, leaves), code, **seen)
            named = [kinds[position - 1] for position in inside if position <= at]
            allowed = named == ["sealed"] * len(positions)
        assert judged(space, entry) == ("ok" if allowed else "leaf-unknown")
        if allowed:
            space.world.land(entry)
            kinds.append(kind)
            if kind == "erase":
                due[len(kinds)] = space.day + DELAY
            if kind == "withdraw":
                del due[positions[0]]


def test_leaves_answer_the_same_in_one_piece_or_two(space: Personal) -> None:
    erased = space.world.land(space.say(Erase(space.day, space.leaves(1))))
    space.world.land(space.say(Withdraw(space.day, erased.leaf)))
    entries = space.world.space(space.log).entries
    everything = [entry.leaf for entry in entries]
    whole = space.world.space(space.log).leaves(everything)
    for cut in range(len(entries) + 1):
        below = Leaves()
        for position, entry in enumerate(entries[:cut], 1):
            below.add(position, entry)
        above = Leaves(below)
        for position, entry in enumerate(entries[cut:], cut + 1):
            above.add(position, entry)
        assert above(everything) == whole
