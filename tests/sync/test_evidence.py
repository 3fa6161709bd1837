"""Evidence (page 9): an honest server is never accused, and each of the four contradictions is proven."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.public.signing import SigningKey
from sync.answer import Answer, Standing
from sync.evidence import Evidence, Signed, contradicts, verify
from sync.log import Cursor, Entry
from tests.sync.histories import KINDS, LOGS, SPACES, Case, Server, prepared, witness_log


@pytest.fixture(params=[(kind, name) for kind in KINDS for name in LOGS], ids="-".join)
def case(request: pytest.FixtureRequest) -> Case:
    kind, name = request.param
    return KINDS[kind](prepared(1, moves=1, restores=1), name)


@given(
    kind=st.sampled_from(list(KINDS)),
    name=st.sampled_from(SPACES),
    seed=st.integers(0, 2**16),
    moves=st.integers(0, 2),
    restores=st.integers(0, 2),
    turned=st.booleans(),
    grown=st.integers(0, 2),
)
@settings(max_examples=40)
def test_each_contradiction_is_proven(
    kind: str, name: str, seed: int, moves: int, restores: int, turned: bool, grown: int
) -> None:
    server = prepared(seed, moves=moves, restores=restores)
    made = KINDS[kind](server, name)
    for _ in range(grown):
        # The phone goes on learning after it met the contradiction.
        server.grow(server.log("roster"))
    if turned:
        made = replace(made, first=made.second, second=made.first)
    verdict = made.judged()
    assert verdict.outcome == "proven", verdict.reason
    assert verdict.contradiction is not None
    assert verdict.contradiction.kind == kind
    assert verdict.log == name
    assert (verdict.server_key, verdict.address) == (server.key.public, "https://hallway.example")


def test_the_witness_log_is_one_of_the_programme(case: Case) -> None:
    log = witness_log(case.own)
    heads = [Cursor(3, bytes([n]) * 32) for n in range(2)]
    answers = [case.own.answer(Standing(log, head, head, known=True)) for head in heads]
    assert Case(case.own, answers[0], answers[1], log).judged().outcome == "proven"


# What is wrong with a file makes it prove nothing.


def test_a_flipped_bit_anywhere_in_an_answer_proves_nothing(case: Case) -> None:
    for name in ("first", "second"):
        signed: Signed = getattr(case, name)
        for part in ("message", "signature"):
            raw: bytes = getattr(signed, part)
            for at in range(0, len(raw), 29):
                flipped = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
                assert case.judged(**{name: replace(signed, **{part: flipped})}).outcome == "not-proven"


def by_another_key(case: Case) -> dict[str, Any]:
    key = SigningKey.from_seed(b"k" * 32)
    return {name: Signed(one.message, key.sign("answer", one.message)) for name, one in answers_of(case)}


def for_a_session(case: Case) -> dict[str, Any]:
    return {name: Signed(one.message, case.own.key.sign("session", one.message)) for name, one in answers_of(case)}


def without_the_roster(case: Case) -> dict[str, Any]:
    """Nobody can tell then upon which roster it was signed."""

    def cut(one: Signed) -> Signed:
        logs = [each for each in one.answer.logs if each.log != case.own.world.programme]
        return resigned(case, replace(one.answer, logs=logs or [Standing(bytes(32), *two(case), known=True)]))

    return {name: cut(one) for name, one in answers_of(case)}


def upon_an_unknown_roster(case: Case) -> dict[str, Any]:
    programme = case.own.world.programme
    lost = Cursor(9, bytes(32))

    def elsewhere(one: Signed) -> Signed:
        logs = [
            Standing(programme, lost, lost, known=True) if each.log == programme else each for each in one.answer.logs
        ]
        return resigned(case, replace(one.answer, logs=logs))

    return {name: elsewhere(one) for name, one in answers_of(case)}


def of_another_programme(case: Case) -> dict[str, Any]:
    return {name: resigned(case, replace(one.answer, programme=bytes(32))) for name, one in answers_of(case)}


def of_another_log(_: Case) -> dict[str, Any]:
    return {"log": bytes(32)}


def without_a_founder(case: Case) -> dict[str, Any]:
    return {"roster": case.own.world.entries[1:]}


def with_an_empty_roster(_: Case) -> dict[str, Any]:
    return {"roster": []}


def with_a_cut_roster(case: Case) -> dict[str, Any]:
    return {"roster": case.own.world.entries[:1], "branch": []}


def with_a_damaged_statement(case: Case) -> dict[str, Any]:
    *rest, last = case.own.world.entries
    return {"roster": [*rest, replace(last, signature=bytes(64))]}


def with_an_erased_statement(case: Case) -> dict[str, Any]:
    *rest, last = case.own.world.entries
    return {"roster": [*rest, replace(last, body=None)]}


def with_a_branch_of_another_programme(_: Case) -> dict[str, Any]:
    return {"branch": Server.founded(99).world.entries}


WRONG = [
    by_another_key, for_a_session, without_the_roster, upon_an_unknown_roster, of_another_programme, of_another_log,
    without_a_founder, with_an_empty_roster, with_a_cut_roster, with_a_damaged_statement, with_an_erased_statement,
    with_a_branch_of_another_programme,
]  # fmt: skip


def two(case: Case) -> tuple[Cursor, Cursor]:
    head = case.own.at(case.log)
    return head, head


def answers_of(case: Case) -> Iterator[tuple[str, Signed]]:
    yield "first", case.first
    yield "second", case.second


def resigned(case: Case, answer: Answer) -> Signed:
    return Signed(answer.message(), answer.sign(case.own.key))


@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_with_something_wrong_proves_nothing(case: Case, wrong: Any) -> None:
    verdict = case.judged(**wrong(case))
    assert verdict.outcome == "not-proven"
    assert verdict.reason


def test_links_that_are_wrong_prove_nothing() -> None:
    case = KINDS["not-descended"](prepared(2), "personal")
    head, *leaves = case.links
    wrong: list[list[bytes]] = [
        [],
        [head],
        [head, *leaves[:-1]],
        [head, *leaves, bytes(32)],
        [head, *reversed(leaves)],
        [bytes(32), *leaves],
        [*leaves],
        [head, *leaves[:-1], bytes(32)],
    ]
    for links in wrong:
        assert case.judged(links=links).outcome == "not-proven"
    assert case.judged().outcome == "proven"


def test_links_from_the_attested_head_itself_are_how_an_honest_log_grows() -> None:
    server = prepared(3)
    log = server.log("personal")
    low, first = server.at(log), server.answer(server.standing(log))
    server.grow(log)
    second, links = server.answer(server.standing(log)), server.links(log, low.position)
    assert contradicts(first.answer, second.answer, log, links) is None


def test_two_servers_that_contradict_each_other_prove_nothing_of_either() -> None:
    """Whoever holds the old key after the programme has moved could accuse the new server with it."""
    server = prepared(4)
    thief, log = server.copy(), server.log("personal")
    server.move()
    server.grow(log)
    honest = server.answer(server.standing(log))
    thief.world.day += 1
    thief.grow(log)
    verdict = Case(server, honest, thief.answer(thief.standing(log)), log).judged()
    assert verdict.outcome == "not-proven"
    assert "different keys" in verdict.reason


def test_the_last_answer_of_a_server_that_is_left_may_name_its_successor() -> None:
    server = prepared(5)
    log = server.log("personal")
    server.grow(log)
    fork = server.copy()
    last = server.move()
    lie = fork.answer(Standing(log, server.at(log), server.at(log, -2), known=True))
    assert contradicts(last.answer, last.answer, log) is None
    assert Case(server, lie, lie, log).judged().outcome == "proven"


def test_a_key_that_is_named_later_signs_nothing_earlier() -> None:
    """Its holder would accuse a server with answers as of a time when it was none of the programme's."""
    server = prepared(6)
    log, stranger = server.log("personal"), server.copy()
    server.move()
    stranger.key = server.key
    for one in (server, stranger):
        one.grow(log)
    first, second = (
        stranger.answer(Standing(log, Cursor(9, head), Cursor(9, head), known=True)) for head in (bytes(32), b"1" * 32)
    )
    verdict = Case(server, first, second, log).judged()
    assert (verdict.outcome, "the roster names" in verdict.reason) == ("not-proven", True)


garbage = st.builds(Entry, st.binary(max_size=40), st.binary(max_size=70), st.none() | st.binary(max_size=40))


@given(data=st.data())
def test_no_values_whatever_make_the_judge_stumble(data: st.DataObject) -> None:
    good = KINDS["two-heads"](prepared(11), "roster").evidence()
    entries = st.lists(garbage | st.sampled_from([*good.roster, *good.branch]), max_size=6)
    others = st.builds(Signed, st.binary(max_size=90), st.binary(max_size=70))
    answers = st.sampled_from([good.first, good.second]) | others
    made = Evidence(
        data.draw(entries | st.just(good.roster)),
        data.draw(entries | st.just(good.branch)),
        data.draw(answers),
        data.draw(answers),
        data.draw(st.sampled_from([good.log, bytes(32), b""])),
        data.draw(st.lists(st.binary(max_size=33), max_size=3)),
    )
    verdict = verify(made)
    assert verdict.outcome != "proven" or {made.first, made.second} == {good.first, good.second}
