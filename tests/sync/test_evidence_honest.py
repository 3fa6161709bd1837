"""An honest server is never accused, whatever it is asked and however often it moves and is put back."""

from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.answer import Answer, Standing
from sync.errors import Refused
from sync.evidence import Evidence, Signed, contradicts, verify
from sync.log import Cursor
from sync.statements import Restored
from tests.sync.histories import KINDS, LOGS, SPACES, Case, Server, prepared, restored


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
