"""Evidence (page 9): an honest server is never accused, and each of the four contradictions is proven."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, combinations_with_replacement, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.public.signing import SigningKey
from sync.answer import Answer, Standing
from sync.errors import Refused
from sync.evidence import Evidence, Signed, contradicts, verify
from sync.log import Cursor, Entry
from sync.statements import Restored
from tests.sync.histories import KINDS, SPACES, Case, Server, witness_log

LOGS = ("roster", "personal", "commons")


def prepared(seed: int, *, moves: int = 0, restores: int = 0) -> Server:
    """A server that has lived a little."""
    server = Server.founded(seed)
    for name in SPACES:
        server.grow(server.log(name))
    for _ in range(moves):
        server.move()
    for _ in range(restores):
        server.world.restored(server.world.lead)
    return server


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


# Restores.


def restored(server: Server, backup: Server) -> Server:
    """What was put back, after a lead declared it."""
    back = backup.copy()
    back.world.day = server.world.day + 1
    back.world.restored(back.world.lead)
    return back


@pytest.mark.parametrize("name", LOGS)
@pytest.mark.parametrize("hide", ["", "late"])
def test_a_declared_restore_explains_everything_but_a_single_impossible_answer(name: str, hide: str) -> None:
    server = prepared(7)
    backup, log = server.copy(), server.log(name)
    for _ in range(3):
        server.grow(log)
    first = server.answer(server.standing(log))
    if hide:
        back = backup.copy()
        back.world.day += 1
    else:
        back = restored(server, backup)
    for _ in range(3):
        back.grow(log)
    second = back.answer(back.standing(log, server.at(log)))
    if hide:
        assert Case(server, first, second, log, back).judged().outcome == "proven"
        back.world.restored(back.world.lead)
    assert Case(server, first, second, log, back).judged().outcome == "explained"
    assert Case(back, second, first, log, server).judged().outcome == "explained"
    alone = back.answer(Standing(log, back.at(log), back.at(log, -2), known=True))
    assert Case(back, alone, alone, log).judged().outcome == "proven"


def test_a_restore_on_one_and_the_same_roster_explains() -> None:
    """Nothing of the roster was lost: the statement follows all that either answer had seen."""
    server = prepared(8)
    backup, log = server.copy(), server.log("personal")
    server.grow(log)
    first = server.answer(server.standing(log))
    back = restored(server, backup)
    back.grow(log)
    assert Case(back, first, back.answer(back.standing(log)), log).judged().outcome == "explained"


def test_an_accuser_cannot_leave_the_declaration_out() -> None:
    server = prepared(9)
    backup, log = server.copy(), server.log("personal")
    server.grow(log)
    first = server.answer(server.standing(log))
    back = restored(server, backup)
    back.grow(log)
    second = back.answer(back.standing(log))
    whole = back.world.entries
    for cut in range(1, len(whole) + 1):
        for roster, branch in ((whole[:cut], []), (server.world.entries, whole[:cut]), (whole[:cut], whole)):
            assert verify(Evidence(roster, branch, first, second, log)).outcome != "proven"


def test_a_restore_that_both_answers_knew_of_explains_nothing() -> None:
    server = prepared(10, restores=1)
    assert KINDS["two-heads"](server, "personal").judged().outcome == "proven"


OPS = ("grow", "grow", "answer", "ask", "move", "backup", "restore")


@given(data=st.data(), seed=st.integers(0, 2**16))
@settings(max_examples=40)
def test_an_honest_server_is_never_accused(data: st.DataObject, seed: int) -> None:
    """Whatever it is asked, however often it moves and is put back: no two of its answers are evidence."""
    lives, signed = honest_lives(data, seed)
    for first, second in combinations_with_replacement(signed, 2):
        for log in map(lives[0].log, SPACES):
            for links in [(), *links_between(lives, log, first.answer, second.answer)]:
                if contradicts(first.answer, second.answer, log, links) is not None:
                    assert len(lives) > 1
                    accuse(lives, first, second, log, links)


def honest_lives(data: st.DataObject, seed: int) -> tuple[list[Server], list[Signed]]:
    """A server that grows, moves and is put back, each time declared by a lead; and all that it signed in its lives."""
    lives, signed = [prepared(seed)], list[Signed]()
    backups = [lives[0].copy()]
    for op in data.draw(st.lists(st.sampled_from(OPS), min_size=4, max_size=20)):
        server = lives[-1]
        logs = [server.log(name) for name in data.draw(st.lists(st.sampled_from(SPACES), min_size=1, unique=True))]
        if op == "grow":
            server.grow(logs[0])
        elif op == "answer":
            signed.append(server.answer(*(server.standing(log) for log in logs)))
        elif op == "ask":
            signed.append(server.answer(*(server.standing(log, asked(data, lives, log)) for log in logs)))
        elif op == "move":
            signed.append(server.move())
        elif op == "backup":
            backups.append(server.copy())
        elif len(lives) < 4:
            lives.append(
                put_back(data, len(lives), server, backups[data.draw(st.integers(0, len(backups) - 1))], logs, signed)
            )
    return lives, signed


def asked(data: st.DataObject, lives: list[Server], log: bytes) -> Cursor:
    """A cursor that a phone of some life has, or one that nobody has."""
    known = [life.at(log, at) for life in lives for at in range(len(life.heads(log)))]
    return data.draw(st.sampled_from([*known, Cursor(len(known), bytes(32)), Cursor(0, bytes(32))]))


def put_back(
    data: st.DataObject, times: int, server: Server, backup: Server, logs: list[bytes], signed: list[Signed]
) -> Server:
    """A backup in the place of the server: phones give back what they hold, a lead declares it, all goes on."""
    back = backup.copy()
    back.key = backup.key if data.draw(st.booleans()) else server.key
    back.world.day = server.world.day + data.draw(st.integers(0, 2))
    signed.append(back.answer(*(back.standing(log, server.at(log)) for log in logs)))
    for log in logs:
        lost = server.world.entries if log == back.world.programme else server.world.space(log).entries
        try:
            back.offered(log, lost[back.at(log).position :][: data.draw(st.integers(0, 3))])
        except Refused:
            # It fits no more, or not yet: the roster comes first.
            continue
        signed.append(back.answer(back.standing(log, server.at(log))))
    # A number once signed is never signed again: two declarations on one day are two.
    lead, declared = back.world.lead, Restored(back.world.day)
    back.world.push(back.world.draft(lead, declared, sequence=1_000 * times))
    return back


def links_between(lives: list[Server], log: bytes, *answers: Answer) -> Iterator[tuple[bytes, ...]]:
    """All the links that can be found in any life, from a position of one answer to one of the other."""
    standings = [one for answer in answers for one in answer.logs if one.log == log]
    positions = sorted({at for one in standings for at in (one.asked.position, one.head.position)})
    for life in lives:
        for low, high in combinations(positions, 2):
            if high < len(life.heads(log)):
                yield life.links(log, low)[: high - low + 1]


def accuse(lives: list[Server], first: Signed, second: Signed, log: bytes, links: tuple[bytes, ...]) -> None:
    """With whichever rosters, whole or cut."""
    rosters = [life.world.entries for life in lives]
    cuts = [life.world.entries[:-1] for life in lives]
    for roster, branch in product([*rosters, *cuts], [[], *rosters]):
        verdict = verify(Evidence(roster, branch, first, second, log, links))
        assert verdict.outcome != "proven"
