"""What any backend of the store must do with entries that are given back to it."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.public.signing import SigningKey
from store.offer import Offer
from store.push import LogPush, Push
from store.rows import Rows
from sync.erasure import DELAY, Erase, Withdraw
from sync.errors import Refused
from sync.log import Cursor, Entry
from sync.statements import Announce, SetRules
from sync.void import Mark, void_positions
from tests.contract.giving import busy, cursor_at, give, past, refusal, whole
from tests.support.actors import World
from tests.support.people import Phone
from tests.support.programme import FIRST_DAY
from tests.support.storage import Shelf


@pytest.mark.parametrize("page", [1, 3, 64])
def test_the_whole_past_comes_back_in_pages(shelf: Shelf, world: World, page: int) -> None:
    ada = busy(world)
    for log in (world.programme, world.log("personal", ada), world.log("commons")):
        for at in range(0, len(past(world, log)), page):
            # The roster is given back by the only phone that the server knows; then by whoever reads the log.
            who = world.lead if log == world.programme else ada
            state = give(shelf, world, who, log, past(world, log)[at : at + page], cursor_at(world, log, at))
            chain = state.chain(log)
            assert chain is not None
            assert chain.cursor == cursor_at(world, log, min(at + page, len(past(world, log))))
    whole(shelf, world, ada)
    principals = {row[1] for row in shelf.dump()["principals"]}
    assert {world.lead.id, ada.id} <= principals
    # It goes on from there, by the ordinary rules.
    log = world.log("personal", ada)
    mine = Push(world.programme, ada.id, [LogPush(log, [world.write(ada, log)])], Rows())
    assert shelf.store.push(mine, day=FIRST_DAY).result(10).accepted[log]


def test_the_same_offer_again_changes_nothing(shelf: Shelf, world: World) -> None:
    busy(world)
    give(shelf, world, world.lead, world.programme, world.entries)
    before = shelf.dump()
    give(shelf, world, world.lead, world.programme, world.entries)
    give(shelf, world, world.lead, world.programme, world.entries[2:5], world.states[2].chain.cursor)
    assert shelf.dump() == before


def test_an_offer_that_another_was_faster_than_brings_the_rest(shelf: Shelf, world: World) -> None:
    busy(world)
    give(shelf, world, world.lead, world.programme, world.entries[:4])
    state = give(shelf, world, world.lead, world.programme, world.entries[1:], world.states[1].chain.cursor)
    assert state.roster == world.state


def test_what_does_not_fit_is_refused_whole(shelf: Shelf, world: World) -> None:
    ada = busy(world)
    roster, personal = world.entries, world.log("personal", ada)
    gap = refusal(shelf, world, world.lead, world.programme, [*roster[:2], *roster[3:]])
    assert gap in ("prev-mismatch", "witness-unknown", "seen-stale", "counter-signature-invalid")
    assert refusal(shelf, world, world.lead, world.programme, [roster[0], roster[2], roster[1]])
    far = world.states[3].chain.cursor
    assert refusal(shelf, world, world.lead, world.programme, roster[3:], far) == "offer-stale"
    wrong = Cursor(1, bytes(32))
    assert refusal(shelf, world, world.lead, world.programme, roster[1:], wrong) == "offer-stale"
    # A space before its roster, and entries of another log.
    assert refusal(shelf, world, world.lead, personal, past(world, personal)) == "log-unknown"
    commons = past(world, world.log("commons"))
    assert refusal(shelf, world, world.lead, world.log("leads"), commons) == "entry-malformed"
    give(shelf, world, world.lead, world.programme, roster)
    assert refusal(shelf, world, ada, personal, past(world, personal)[1:]) != ""
    assert refusal(shelf, world, world.lead, personal, past(world, personal)) == "log-unknown"


def test_another_entry_at_a_position_is_another_history(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    fork = world.sealing(world.lead, log)
    give(shelf, world, world.lead, log, [world.write(world.lead, log)])
    assert refusal(shelf, world, world.lead, log, [fork]) == "offer-stale"


def test_a_missing_body_is_taken_only_from_who_could_have_erased_it(shelf: Shelf, world: World) -> None:
    ada = world.member()
    log = world.log("commons")
    entry = world.write(world.lead, log)
    give(shelf, world, world.lead, world.programme, world.entries)
    bare = Entry(entry.raw_header, entry.signature, None)
    assert refusal(shelf, world, ada, log, [bare]) == "body-mismatch"
    give(shelf, world, world.lead, log, [bare])
    give(shelf, world, ada, log, [entry])
    assert shelf.dump()["entries"][-1][-1] == entry.body


def test_another_body_is_not_taken(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    entry = world.write(world.lead, log)
    other = Entry(entry.raw_header, entry.signature, bytes(4096))
    assert refusal(shelf, world, world.lead, log, [other]) == "body-mismatch"


def test_a_lost_body_is_filled_in_and_with_nothing_else(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    entry = world.write(world.lead, log)
    give(shelf, world, world.lead, log, [entry])
    before = shelf.dump()
    shelf.run("UPDATE entries SET body = NULL WHERE log = ?1", log)
    other = Entry(entry.raw_header, entry.signature, bytes(4096))
    assert refusal(shelf, world, world.lead, log, [other]) == "body-mismatch"
    give(shelf, world, world.lead, log, [entry])
    assert shelf.dump() == before


@pytest.mark.parametrize("page", [1, 64])
def test_a_withdrawal_is_given_back_when_the_erasure_would_be_due(shelf: Shelf, world: World, page: int) -> None:
    """It was in time when it was stated. The server took it for late, and dropped the body that it had saved."""
    log, lead = world.log("personal", world.lead), world.lead
    sealed = world.write(lead, log)
    erase = world.land(world.erasing(lead, log, Erase(FIRST_DAY, (sealed.leaf,))))
    withdraw = world.land(world.erasing(lead, log, Withdraw(FIRST_DAY, erase.leaf)))
    again = world.land(world.erasing(lead, log, Erase(FIRST_DAY, (sealed.leaf,))))
    entries = [sealed, erase, withdraw]
    for at in range(0, len(entries), page):
        give(shelf, world, lead, log, entries[at : at + page], cursor_at(world, log, at), day=FIRST_DAY + 2 * DELAY)
    assert not shelf.store.erase_due(FIRST_DAY + 2 * DELAY).result(10)
    dump = shelf.dump()
    assert dump["erasures"] == []
    assert any(sealed.body in row for row in dump["entries"])
    # A second withdrawal of the same erasure never was one.
    late = world.erasing(lead, log, Withdraw(FIRST_DAY, erase.leaf))
    give(shelf, world, lead, log, [again], cursor_at(world, log, 3), day=FIRST_DAY + 2 * DELAY)
    assert refusal(shelf, world, lead, log, [late], cursor_at(world, log, 4)) == "leaf-unknown"
    shelf.store.erase_due(FIRST_DAY + 2 * DELAY).result(10)
    assert not any(sealed.body in row for row in shelf.dump()["entries"])


@pytest.mark.parametrize("known", [0, 1, 2])
def test_a_withdrawal_comes_back_after_its_erasure_fell_due(shelf: Shelf, world: World, known: int) -> None:
    """By the server's own day it would come too late, and the chain would end before it for ever."""
    log = world.log("personal", world.lead)
    sealed = world.write(world.lead, log)
    erased = world.land(world.erasing(world.lead, log, Erase(world.day, (sealed.leaf,))))
    world.land(world.erasing(world.lead, log, Withdraw(world.day, erased.leaf)))
    late = FIRST_DAY + DELAY
    give(shelf, world, world.lead, log, past(world, log)[:known])
    shelf.store.erase_due(late).result(10)
    state = give(shelf, world, world.lead, log, past(world, log)[known:], cursor_at(world, log, known), late)
    chain = state.chain(log)
    assert chain is not None
    assert chain.cursor == cursor_at(world, log, 3)
    # What was erased meanwhile is lost now, and is taken again.
    give(shelf, world, world.lead, log, [sealed], day=late)
    shelf.store.erase_due(late).result(10)
    assert sealed.body in {row[-1] for row in shelf.dump()["entries"]}
    again = world.erasing(world.lead, log, Withdraw(world.day, erased.leaf))
    assert refusal(shelf, world, world.lead, log, [again], cursor_at(world, log, 3), late) == "leaf-unknown"


def test_an_erasure_that_comes_back_after_its_day_is_executed_soon(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    sealed = world.write(world.lead, log)
    world.land(world.erasing(world.lead, log, Erase(world.day, (sealed.leaf,))))
    give(shelf, world, world.lead, log, past(world, log), day=FIRST_DAY + DELAY)
    shelf.store.erase_due(FIRST_DAY + DELAY).result(10)
    assert sealed.body not in {row[-1] for row in shelf.dump()["entries"]}


def test_who_may_give_back(shelf: Shelf, world: World) -> None:
    world.invite("recovery")
    made = world.invite("member")
    give(shelf, world, world.lead, world.programme, world.entries)
    bo = world.join(made)
    stranger = replace(bo, signing=SigningKey.generate(world.randomness))
    assert refusal(shelf, world, stranger, world.programme, world.entries) == "session-required"
    assert refusal(shelf, world, bo, world.programme, world.entries) == "session-required"
    # Whoever came by an invite that the server still has may bring the roster with its own join.
    give(shelf, world, made, world.programme, world.entries)
    world.remove(world.lead, bo)
    give(shelf, world, world.lead, world.programme, world.entries)
    # Whoever has left gives nothing: its own space would grow by what it signs now.
    assert refusal(shelf, world, bo, world.log("personal", bo), []) == "not-authorised"


def test_a_day_may_be_old_and_not_ahead(shelf: Shelf, world: World) -> None:
    world.announce(world.lead, 1)
    first = world.entries[-1]
    assert refusal(shelf, world, world.lead, world.programme, world.entries, day=FIRST_DAY - 2) == "day-off"
    give(shelf, world, world.lead, world.programme, world.entries, day=FIRST_DAY + 4_000)
    assert world.entries[-1] == first


def test_rules_that_this_server_does_not_know_are_not_taken(shelf: Shelf, world: World) -> None:
    for statement in (Announce(world.day, 2), SetRules(world.day, 2)):
        world.push(world.draft(world.lead, statement))
    assert refusal(shelf, world, world.lead, world.programme, world.entries) == "statement-unsupported"


def test_a_revoked_phone_adds_only_what_readers_ignore(shelf: Shelf, world: World) -> None:
    """An accomplice who reads the log brings it: a push would be refused, and readers take it as void."""
    ada = world.member()
    second = world.link(ada)
    log, until = world.log("personal", ada), world.state.chain.cursor
    world.revoke(ada, second)
    give(shelf, world, world.lead, world.programme, world.entries)
    after = world.sealing(second, log, epoch=1)
    assert refusal(shelf, world, ada, log, [after]) == "device-not-active"
    before = world.sealing(second, log, epoch=1, roster=until)
    give(shelf, world, ada, log, [before])
    assert void_positions(world.state, log, [Mark.of(1, before)]) == {1}
    state = shelf.store.state(world.programme)
    assert state is not None
    assert state.roster == world.state


def test_a_ticket_past_its_last_day_opens_until_the_next_statement(shelf: Shelf, world: World) -> None:
    """A stated limit (docs/threat-model.md): a join of then and one that is backdated look the same."""
    ada = world.member()
    made = world.invite("member")
    give(shelf, world, world.lead, world.programme, world.entries)
    ghost = world.newcomer(made)
    late = world.draft(ghost, world.joining(ghost, made))
    session = Offer(world.programme, made.id, [])
    with pytest.raises(Refused, match="not active"):
        shelf.store.offer(session, day=FIRST_DAY + 60).result(10)
    at = world.state.chain.cursor
    assert ghost.id in give(shelf, world, ada, world.programme, [late], at, FIRST_DAY + 60).roster.devices


def test_it_does_not_once_roster_time_has_passed_it(shelf: Shelf, world: World) -> None:
    ada = world.member()
    made = world.invite("member")
    world.day += 60
    world.announce(world.lead, 1)
    give(shelf, world, world.lead, world.programme, world.entries, day=world.day)
    ghost = world.newcomer(made)
    world.day = FIRST_DAY
    late = world.draft(ghost, world.joining(ghost, made))
    at = world.state.chain.cursor
    assert refusal(shelf, world, ada, world.programme, [late], at, FIRST_DAY + 60) == "invite-not-open"


def test_what_is_given_back_ends_the_wraps_that_it_ends(shelf: Shelf, world: World) -> None:
    code = world.invite("recovery")
    shelf.push(world, world.lead, world.entries[-1])
    world.rotate(world.lead, "personal")
    world.rotate(world.lead, "commons")
    give(shelf, world, world.lead, world.programme, world.entries)
    held = {(row[1], row[2], row[3]) for row in shelf.dump()["wraps"]}
    personal, commons = world.log("personal", world.lead), world.log("commons")
    # The code keeps the older one (page 2).
    assert {one for one in held if one[0] in (personal, commons)} == {(personal, code.id, 1)}
    found = shelf.store.missing(world.state, world.lead.id)
    assert (commons, world.lead.person.member.hash) in found.wraps
    assert {(personal, world.lead.id), (personal, code.id)} <= set(found.wraps)
    wraps = [((log, world.state.spaces[log].epoch, reader), bytes(1168)) for log, reader in found.wraps]
    mine = [one for one in wraps if one[0][0] == personal]
    shelf.push(world, world.lead, world.write(world.lead, personal), rows=Rows(wraps=mine))
    assert {log for log, _ in shelf.store.missing(world.state, world.lead.id).wraps} == {commons}


# Any byte of any offered entry.


@pytest.fixture
def settled(shelf: Shelf, world: World) -> tuple[Shelf, World, Phone]:
    ada = busy(world)
    give(shelf, world, world.lead, world.programme, world.entries[:3])
    return shelf, world, ada


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(3, 8), part=st.sampled_from(["header", "body", "signature"]), data=st.data())
def test_a_flipped_bit_is_refused(
    settled: tuple[Shelf, World, Phone], which: int, part: str, data: st.DataObject
) -> None:
    shelf, world, _ = settled
    entry = world.entries[which]
    raw = {"header": entry.raw_header, "body": entry.body or b"", "signature": entry.signature}
    bit = data.draw(st.integers(0, len(raw[part]) * 8 - 1))
    flipped = bytearray(raw[part])
    flipped[bit // 8] ^= 1 << bit % 8
    raw[part] = bytes(flipped)
    bad = Entry(raw["header"], raw["signature"], raw["body"])
    offered = [*world.entries[3:which], bad]
    assert refusal(shelf, world, world.lead, world.programme, offered, world.states[3].chain.cursor)
