"""What any backend of the store must do."""

import sqlite3
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from crypto.secret.hpke import HpkeKey
from store.enrolled import register
from store.missing import Missing
from store.pull import Ask
from store.push import LogPush, Push, Pushed
from store.rows import Rows
from sync.errors import Refused
from sync.log import Cursor, Entry
from sync.statements import Policy, SetPolicy, SetRules
from tests.support.actors import FIRST_DAY, Pass, Phone, World
from tests.support.storage import Shelf, by_log


@pytest.fixture
def world(shelf: Shelf) -> World:
    """A founded programme."""
    made = World.found(1)
    shelf.found(made)
    return made


def refusal(shelf: Shelf, world: World, who: Phone | Pass, *entries: Entry, **more: object) -> Refused:
    """The refusal of a push, after which nothing may be different."""
    before = shelf.dump()
    state = shelf.store.state(world.programme)
    with pytest.raises(Refused) as caught:
        shelf.push(world, who, *entries, **{"rows": Rows(), **more})  # type: ignore[arg-type]
    assert shelf.dump() == before
    assert shelf.store.state(world.programme) == state
    return caught.value


# Founding.


def test_founding_stores_the_programme_and_its_rows(shelf: Shelf, world: World) -> None:
    stored = shelf.dump()
    assert stored["programmes"] == [(world.programme, 0)]
    assert {row[2] for row in stored["logs"]} == {"roster", "personal", "commons", "leads"}
    assert [row[2] for row in stored["entries"]] == [1]
    assert {row[2] for row in stored["wraps"]} == {world.lead.id, world.lead.person.member.hash}
    assert len(stored["hpke_keys"]) == 3
    assert stored["principals"] == [(world.programme, world.lead.id)]
    assert stored["founding_tokens"] == []


def test_the_same_founding_is_answered_again_without_its_token(shelf: Shelf, world: World) -> None:
    before = shelf.dump()
    assert shelf.found(world, token=bytes(16)) == world.state
    assert shelf.dump() == before


def test_a_token_founds_once(shelf: Shelf) -> None:
    token = shelf.token()
    shelf.found(World.found(1), token=token)
    for again in (token, bytes(16)):
        with pytest.raises(Refused) as caught:
            shelf.found(World.found(2), token=again)
        assert caught.value.problem == "founding-refused"


def test_a_refused_founding_does_not_spend_the_token(shelf: Shelf) -> None:
    token = shelf.token()
    other = World.found(1)
    with pytest.raises(Refused) as caught:
        shelf.found(other, token=token, day=FIRST_DAY + 2)
    assert caught.value.problem == "day-off"
    assert shelf.found(other, token=token).chain.position == 1


def test_a_programme_that_names_another_server_is_refused(shelf: Shelf) -> None:
    made, impostor = World.found(1), World.found(2)
    first = made.entries[0]
    rows = Rows(made.keys_for([first]), made.wraps_for([first]))
    for key, address in ((impostor.server.public, made.state.address), (made.server.public, "https://other.example")):
        with pytest.raises(Refused) as caught:
            shelf.store.found(shelf.token(), first, rows, day=FIRST_DAY, server_key=key, address=address).result(10)
        assert caught.value.problem == "founding-refused"
        shelf.reopen()


# Pushing.


def test_positions_are_consecutive_and_heads_are_the_chain(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    entries = [world.write(world.lead, log, bytes([number])) for number in range(3)]
    pushed = shelf.push(world, world.lead, *entries)
    assert pushed.accepted == {log: [(1, 1), (2, 2), (3, 3)]}
    assert pushed.state.chain(log) == world.space(log).chain
    stored = [row for row in shelf.dump()["entries"] if row[1] == log]
    assert [row[2] for row in stored] == [1, 2, 3]
    assert [row[6] for row in stored] == world.space(log).heads[1:]


def test_the_same_entry_is_acknowledged_again_and_changes_nothing(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    entries = [world.write(world.lead, log), world.write(world.lead, log)]
    first = shelf.push(world, world.lead, *entries)
    before = shelf.dump()
    again = shelf.push(world, world.lead, *entries)
    assert again.accepted == first.accepted
    assert shelf.dump() == before


def test_a_statement_pushed_again_needs_none_of_its_rows_to_fit(shelf: Shelf, world: World) -> None:
    world.invite("recovery")
    entry = world.entries[-1]
    rows = Rows(world.keys_for([entry]), world.wraps_for([entry]))
    shelf.push(world, world.lead, entry, rows=rows)
    before = shelf.dump()
    assert shelf.push(world, world.lead, entry, rows=rows).accepted[world.programme] == [(2, 2)]
    assert shelf.push(world, world.lead, entry, rows=Rows()).accepted[world.programme] == [(2, 2)]
    assert shelf.dump() == before


def test_an_old_statement_with_its_rows_may_stand_beside_a_new_entry(shelf: Shelf, world: World) -> None:
    world.invite("recovery")
    entry = world.entries[-1]
    rows = Rows(world.keys_for([entry]), world.wraps_for([entry]))
    shelf.push(world, world.lead, entry, rows=rows)
    wraps = shelf.dump()["wraps"]
    sealed = world.write(world.lead, world.log("personal", world.lead))
    pushed = shelf.push(world, world.lead, entry, sealed, rows=rows)
    assert list(pushed.accepted.values()) == [[(2, 2)], [(1, 1)]]
    assert shelf.dump()["wraps"] == wraps


def test_all_logs_of_a_request_are_pushed_or_none(shelf: Shelf, world: World) -> None:
    good = world.write(world.lead, world.log("personal", world.lead))
    bad = world.sealing(world.lead, world.log("commons"), epoch=7)
    refused = refusal(shelf, world, world.lead, good, bad)
    assert refused.problem == "epoch-stale"
    assert refused.members["log"] == world.log("commons")
    assert refused.members["sequence"] == 1
    assert shelf.push(world, world.lead, good).accepted == {good.header.log: [(1, 1)]}


def test_another_entry_under_a_used_number_shows_the_stored_one(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    clone = world.sealing(world.lead, log, b"of the copy")
    original = world.write(world.lead, log, b"of the original")
    shelf.push(world, world.lead, original)
    refused = refusal(shelf, world, world.lead, clone)
    assert refused.problem == "device-cloned"
    assert refused.members["header"] == original.raw_header
    assert refused.members["signature"] == original.signature


def test_a_number_below_the_last_that_was_never_stored_is_refused(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, world.land(world.sealing(world.lead, log, sequence=5)))
    refused = refusal(shelf, world, world.lead, world.sealing(world.lead, log, sequence=4))
    assert refused.problem == "sequence-used"


def test_numbers_may_leave_gaps(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, world.write(world.lead, log))
    entry = world.land(world.sealing(world.lead, log, sequence=9))
    assert shelf.push(world, world.lead, entry).accepted == {log: [(9, 2)]}


def test_an_author_may_have_seen_an_older_state_or_none(shelf: Shelf, world: World) -> None:
    other = _second_lead(shelf, world)
    commons = world.log("commons")
    for _ in range(3):
        shelf.push(world, other, world.write(other, commons))
    for position in (0, 2):
        seen = Cursor(position, world.space(commons).heads[position])
        entry = world.land(world.sealing(world.lead, commons, seen=seen))
        assert shelf.push(world, world.lead, entry).accepted[commons]


def test_entries_pushed_in_another_order_are_refused(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    one, two = world.write(world.lead, log), world.write(world.lead, log)
    assert refusal(shelf, world, world.lead, two, one).problem == "prev-mismatch"


@pytest.mark.parametrize("off", [-2, 2])
def test_a_statement_of_another_day_is_refused_and_told_the_day(shelf: Shelf, world: World, off: int) -> None:
    entry = world.draft(world.lead, SetPolicy(FIRST_DAY, Policy(1, 120, 365)))
    refused = refusal(shelf, world, world.lead, entry, day=FIRST_DAY + off)
    assert refused.problem == "day-off"
    assert refused.members["server_day"] == FIRST_DAY + off


@pytest.mark.parametrize("off", [-1, 1])
def test_a_statement_of_a_day_beside_is_accepted(shelf: Shelf, world: World, off: int) -> None:
    entry = world.push(world.draft(world.lead, SetPolicy(FIRST_DAY, Policy(1, 120, 365))))
    assert shelf.push(world, world.lead, entry, day=FIRST_DAY + off).accepted[world.programme] == [(2, 2)]


def test_a_statement_pushed_again_a_week_later_is_acknowledged(shelf: Shelf, world: World) -> None:
    entry = world.push(world.draft(world.lead, SetPolicy(FIRST_DAY, Policy(1, 120, 365))))
    shelf.push(world, world.lead, entry)
    assert shelf.push(world, world.lead, entry, day=FIRST_DAY + 7).accepted[world.programme] == [(2, 2)]


def test_of_two_strict_statements_on_one_head_the_second_is_stale(shelf: Shelf, world: World) -> None:
    shelf.push(world, world.lead, *_landed(world, lambda: world.invite("recovery")))
    other = _second_lead(shelf, world)
    late = world.draft(other, SetPolicy(FIRST_DAY, Policy(1, 100, 365)))
    world.policy(world.lead, Policy(1, 120, 365))
    shelf.push(world, world.lead, world.entries[-1])
    assert refusal(shelf, world, other, late).problem == "seen-stale"


def test_nobody_pushes_what_another_device_wrote(shelf: Shelf, world: World) -> None:
    other = _second_lead(shelf, world)
    entry = world.sealing(world.lead, world.log("commons"))
    assert refusal(shelf, world, other, entry).problem == "not-authorised"


def test_an_invite_pushes_one_join_through_itself_and_nothing_else(shelf: Shelf, world: World) -> None:
    lead_pass = world.invite("lead")
    shelf.push(world, world.lead, world.entries[-1])
    other_pass = world.invite("lead")
    shelf.push(world, world.lead, world.entries[-1])
    newcomer = world.newcomer(other_pass)
    through_other = world.draft(newcomer, world.joining(newcomer, other_pass))
    assert refusal(shelf, world, lead_pass, through_other).problem == "not-authorised"
    sealed = world.sealing(world.lead, world.log("commons"))
    assert refusal(shelf, world, lead_pass, sealed).problem == "not-authorised"
    joined = world.join(lead_pass)
    assert shelf.push(world, lead_pass, world.entries[-1]).accepted[world.programme] == [(1, 4)]
    assert joined.id in shelf.store.state(world.programme).roster.devices  # type: ignore[union-attr]


def test_a_spent_invite_is_no_principal_any_more(shelf: Shelf, world: World) -> None:
    spent = world.invite("lead")
    shelf.push(world, world.lead, world.entries[-1])
    world.join(spent)
    shelf.push(world, spent, world.entries[-1])
    assert refusal(shelf, world, spent, world.entries[-1]).problem == "session-required"


def test_the_keys_of_a_device_serve_in_one_programme(shelf: Shelf, world: World) -> None:
    other = World.found(2, server=world.server)
    shelf.found(other)
    used = world.invite("lead")
    shelf.push(world, world.lead, world.entries[-1])
    phone = world.newcomer(used)
    copied = Phone(phone.person, other.lead.signing, other.lead.hpke)
    entry = world.draft(copied, world.joining(copied, used))
    world.push(entry)
    rows = Rows(world.keys_for([entry]), world.wraps_for([entry]))
    before = shelf.dump()
    with pytest.raises(Refused) as caught:
        shelf.push(world, used, entry, rows=rows)
    assert caught.value.problem == "exists"
    assert shelf.dump() == before


# Rows.


def test_wraps_must_be_exactly_those_called_for(shelf: Shelf, world: World) -> None:
    world.invite("recovery")
    entry = world.entries[-1]
    keys, [(key, wrap)] = world.keys_for([entry]), world.wraps_for([entry])
    log, epoch, reader = key
    commons = world.log("commons")
    for wraps in (
        [],
        [(key, wrap), (key, wrap)],
        [(key, wrap), ((commons, 1, reader), wrap)],
        [((log, epoch + 1, reader), wrap)],
        [((log, epoch, bytes(32)), wrap)],
        [((commons, epoch, reader), wrap)],
    ):
        refused = refusal(shelf, world, world.lead, entry, rows=Rows(keys, wraps))
        assert refused.problem == "wraps-wrong"
    shelf.push(world, world.lead, entry)


def test_keys_must_be_exactly_those_named(shelf: Shelf, world: World) -> None:
    world.invite("recovery")
    entry = world.entries[-1]
    [key], wraps = world.keys_for([entry]), world.wraps_for([entry])
    other = world.lead.hpke.public
    for keys in ([], [key, key], [key, other], [other], [key[:-1] + b"\x00"]):
        assert refusal(shelf, world, world.lead, entry, rows=Rows(keys, wraps)).problem == "keys-wrong"


def test_rows_without_an_entry_are_refused(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    wrap = ((log, 1, world.lead.id), bytes(1168))
    asked = [LogPush(log)]
    for rows in (Rows(wraps=[wrap]), Rows(keys=[bytes(1216)]), Rows(name=bytes(1392)), Rows(taken=[bytes(16)])):
        assert refusal(shelf, world, world.lead, rows=rows, logs=asked).problem == "rows-without-entry"
    sealed = world.write(world.lead, log)
    for rows in (Rows(name=bytes(1392)), Rows(taken=[bytes(16)])):
        assert refusal(shelf, world, world.lead, sealed, rows=rows).problem == "rows-without-entry"
    assert refusal(shelf, world, world.lead, sealed, rows=Rows(keys=[bytes(1216)])).problem == "keys-wrong"
    stranger = ((log, 1, bytes(32)), bytes(1168))
    assert refusal(shelf, world, world.lead, sealed, rows=Rows(wraps=[stranger])).problem == "wraps-wrong"


def test_a_key_that_was_lost_may_come_again_beside_a_sealed_entry(shelf: Shelf, world: World) -> None:
    log, key = world.log("personal", world.lead), world.lead.hpke
    with closing(sqlite3.connect(shelf.path)) as connection, connection:
        connection.execute("DELETE FROM hpke_keys WHERE hash = ?", (key.hash,))
    assert shelf.store.missing(world.state, world.lead.id).keys == [key.hash]
    sealed = world.write(world.lead, log)
    for wrong in ([bytes(1216)], [HpkeKey.generate(world.randomness).public]):
        assert refusal(shelf, world, world.lead, sealed, rows=Rows(keys=wrong)).problem == "keys-wrong"
    shelf.push(world, world.lead, sealed, rows=Rows(keys=[key.public]))
    assert shelf.store.keys(world.programme, [key.hash]) == {key.hash: key.public}
    assert shelf.store.missing(world.state, world.lead.id) == Missing([], [])
    # It is there already: another device was faster.
    shelf.push(world, world.lead, world.write(world.lead, log), rows=Rows(keys=[key.public]))


def test_a_rotation_replaces_all_wraps_of_its_space(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, *_landed(world, lambda: world.invite("link")))
    world.rotate(world.lead, "personal")
    shelf.push(world, world.lead, world.entries[-1])
    wraps = [row for row in shelf.dump()["wraps"] if row[1] == log]
    assert len(wraps) == 2
    assert {row[3] for row in wraps} == {2}


def test_an_open_code_keeps_its_older_wraps(shelf: Shelf, world: World) -> None:
    """A thief rotated with garbage for the paper, and the server threw away the wrap that had opened everything."""
    log = world.log("personal", world.lead)
    early = world.invite("recovery")
    shelf.push(world, world.lead, world.entries[-1])
    [(_, honest)] = shelf.store.wraps(world.programme, [early.id])
    for _ in range(2):
        world.rotate(world.lead, "personal")
        entry = world.entries[-1]
        garbage = [(key, bytes(1168)) for key, _ in world.wraps_for([entry])]
        shelf.push(world, world.lead, entry, rows=Rows(wraps=garbage))
    late = world.invite("recovery")
    shelf.push(world, world.lead, world.entries[-1])
    held = shelf.store.wraps(world.programme, [early.id])
    assert [key for key, _ in held] == [(log, epoch, early.id) for epoch in (3, 2, 1)]
    assert held[-1][1] == honest
    assert [key[1] for key, _ in shelf.store.wraps(world.programme, [late.id])] == [3]
    assert [key[1] for key, _ in shelf.store.wraps(world.programme, [world.lead.id])] == [3]
    world.close(world.lead, early, code=early)
    shelf.push(world, world.lead, world.entries[-1])
    assert shelf.store.wraps(world.programme, [early.id]) == []


def test_a_code_without_the_current_wrap_may_be_given_it_beside_its_older_ones(shelf: Shelf, world: World) -> None:
    log, code = world.log("personal", world.lead), world.invite("recovery")
    shelf.push(world, world.lead, world.entries[-1])
    world.rotate(world.lead, "personal")
    shelf.push(world, world.lead, world.entries[-1])
    sealed = world.write(world.lead, log)
    wrap = ((log, 2, code.id), world.wrap(log, 2, code.id))
    _forget_wraps(shelf, log, "epoch = 2")
    old = ((log, 1, code.id), bytes(1168))
    assert refusal(shelf, world, world.lead, sealed, rows=Rows(wraps=[old])).problem == "wraps-wrong"
    shelf.push(world, world.lead, sealed, rows=Rows(wraps=[wrap]))
    assert [key[1] for key, _ in shelf.store.wraps(world.programme, [code.id])] == [2, 1]


def test_a_rotation_of_leads_brings_its_inbox(shelf: Shelf, world: World) -> None:
    world.rotate(world.lead, "leads")
    shelf.push(world, world.lead, world.entries[-1])
    assert len(shelf.dump()["hpke_keys"]) == 4


def test_wraps_of_a_closed_invite_are_dropped(shelf: Shelf, world: World) -> None:
    made = world.invite("lead")
    shelf.push(world, world.lead, world.entries[-1])
    assert sum(row[2] == made.id for row in shelf.dump()["wraps"]) == 2
    world.close(world.lead, made)
    shelf.push(world, world.lead, world.entries[-1])
    assert sum(row[2] == made.id for row in shelf.dump()["wraps"]) == 0


def test_wraps_of_a_spent_invite_are_dropped(shelf: Shelf, world: World) -> None:
    made = world.invite("lead")
    shelf.push(world, world.lead, world.entries[-1])
    world.join(made)
    shelf.push(world, made, world.entries[-1])
    assert sum(row[2] == made.id for row in shelf.dump()["wraps"]) == 0


def test_wraps_of_an_expired_invite_are_dropped_with_the_next_statement(shelf: Shelf, world: World) -> None:
    made = world.invite("lead")
    shelf.push(world, world.lead, world.entries[-1])
    world.day += 20
    world.announce(world.lead)
    shelf.push(world, world.lead, world.entries[-1], day=world.day)
    assert sum(row[2] == made.id for row in shelf.dump()["wraps"]) == 0


def test_a_reader_without_a_wrap_may_be_given_one_beside_a_sealed_entry(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    key, wrap = (log, 1, world.lead.id), world.wrap(log, 1, world.lead.id)
    one = world.write(world.lead, log)
    _forget_wraps(shelf, log)
    commons = world.sealing(world.lead, world.log("commons"))
    elsewhere = refusal(shelf, world, world.lead, commons, rows=Rows(wraps=[(key, wrap)]))
    assert elsewhere.problem == "wraps-wrong"
    shelf.push(world, world.lead, one, rows=Rows(wraps=[(key, wrap)]))
    assert [row[2:5] for row in shelf.dump()["wraps"] if row[1] == log] == [(world.lead.id, 1, wrap)]
    # A second one is ignored: another device was faster, or it is a thief's garbage.
    shelf.push(world, world.lead, world.write(world.lead, log), rows=Rows(wraps=[(key, bytes(1168))]))
    assert [row[2:5] for row in shelf.dump()["wraps"] if row[1] == log] == [(world.lead.id, 1, wrap)]


def test_a_name_waits_until_a_lead_has_taken_it(shelf: Shelf, world: World) -> None:
    used = world.invite("lead")
    shelf.push(world, world.lead, world.entries[-1])
    phone = world.join(used)
    entry = world.entries[-1]
    rows = Rows(world.keys_for([entry]), world.wraps_for([entry]), bytes(1392))
    shelf.push(world, used, entry, rows=rows)
    assert shelf.store.names(world.programme) == [(phone.account, bytes(1392))]
    taking = world.write(world.lead, world.log("leads"))
    shelf.push(world, world.lead, taking, rows=Rows(taken=[phone.account]))
    assert shelf.store.names(world.programme) == []


# Those who leave.


def _readers(shelf: Shelf, log: bytes) -> set[bytes]:
    return {row[2] for row in shelf.dump()["wraps"] if row[1] == log}


def test_a_revocation_drops_the_wraps_of_the_device_and_of_the_old_member_key(shelf: Shelf, world: World) -> None:
    lost = _linked(shelf, world, world.lead)
    code = world.invite("recovery", lost)
    shelf.push(world, lost, world.entries[-1])
    member = world.revoke(world.lead, lost, since=1)
    shelf.push(world, world.lead, world.entries[-1])
    # By a device alone, a code closes in thirty days.
    assert _readers(shelf, world.log("personal", world.lead)) == {world.lead.id, code.id}
    for name in ("commons", "leads"):
        assert _readers(shelf, world.log(name)) == {member.hash}
    assert shelf.store.wraps(world.programme, [lost.id, world.lead.person.member.hash]) == []


def test_a_revocation_needs_all_its_rows(shelf: Shelf, world: World) -> None:
    lost = _linked(shelf, world, world.lead)
    world.revoke(world.lead, lost)
    entry = world.entries[-1]
    keys, wraps = world.keys_for([entry]), world.wraps_for([entry])
    for less in range(len(wraps)):
        rows = Rows(keys, wraps[:less] + wraps[less + 1 :])
        assert refusal(shelf, world, world.lead, entry, rows=rows).problem == "wraps-wrong"
    log = world.log("personal", world.lead)
    for extra in (((log, 2, lost.id), bytes(1168)), ((log, 1, world.lead.id), bytes(1168))):
        rows = Rows(keys, [*wraps, extra])
        assert refusal(shelf, world, world.lead, entry, rows=rows).problem == "wraps-wrong"
    assert refusal(shelf, world, world.lead, entry, rows=Rows((), wraps)).problem == "keys-wrong"
    shelf.push(world, world.lead, entry)


def test_a_removal_drops_all_wraps_of_the_account(shelf: Shelf, world: World) -> None:
    second = _second_lead(shelf, world)
    for made in ("recovery", "link"):
        world.invite(made, second)
        shelf.push(world, second, world.entries[-1])
    before = shelf.dump()["wraps"]
    world.remove(world.lead, second)
    shelf.push(world, world.lead, world.entries[-1])
    gone = {row[1:3] for row in before} - {row[1:3] for row in shelf.dump()["wraps"]}
    assert len(gone) == 3 + 2
    assert _readers(shelf, world.log("personal", second)) == set()
    for name in ("commons", "leads"):
        assert _readers(shelf, world.log(name)) == {world.lead.person.member.hash}


def test_what_a_cancelled_revocation_took_is_given_again(shelf: Shelf, world: World) -> None:
    paper = world.invite("recovery")
    shelf.push(world, world.lead, world.entries[-1])
    thief = _linked(shelf, world, world.lead)
    since = world.state.chain.position
    world.revoke(thief, world.lead)
    shelf.push(world, thief, world.entries[-1])
    assert refusal(shelf, world, world.lead, logs=[LogPush(world.programme)]).problem == "session-required"
    phone = world.join(paper)
    shelf.push(world, paper, world.entries[-1])
    member = world.revoke(phone, thief, since=since, code=paper)
    shelf.push(world, phone, world.entries[-1])
    log = world.log("personal", phone)
    assert _readers(shelf, log) == {world.lead.id, phone.id, paper.id}
    assert _readers(shelf, world.log("leads")) == {member.hash}
    entry = world.write(world.lead, log)
    assert shelf.push(world, world.lead, entry).accepted == {log: [(1, 1)]}


def test_a_removed_member_reads_and_writes_nothing(shelf: Shelf, world: World) -> None:
    second = _second_lead(shelf, world)
    personal = world.log("personal", second)
    shelf.push(world, second, world.write(second, personal))
    drafts = [world.sealing(second, personal), world.draft(second, SetPolicy(FIRST_DAY, Policy()))]
    again = next(one for one in world.entries if one.header.device == second.id)
    world.remove(world.lead, second)
    shelf.push(world, world.lead, world.entries[-1])
    asked = [LogPush(world.programme), LogPush(personal)]
    assert shelf.push(world, second, rows=Rows(), logs=asked).accepted == {world.programme: [], personal: []}
    for entry in (*drafts, again):
        assert refusal(shelf, world, second, entry).problem == "not-authorised"
    for log in (world.log("commons"), world.log("leads"), world.log("personal", world.lead)):
        assert refusal(shelf, world, second, logs=[LogPush(log)]).problem == "log-unknown"
    rows = Rows(wraps=[((personal, 1, second.id), bytes(1168))])
    assert refusal(shelf, world, second, logs=asked, rows=rows).problem == "rows-without-entry"
    for days, expected in ((90, ""), (91, "session-required")):
        world.day = FIRST_DAY + days
        world.announce(world.lead)
        shelf.push(world, world.lead, world.entries[-1], day=world.day)
        if expected:
            assert refusal(shelf, world, second, logs=asked).problem == expected
        else:
            shelf.push(world, second, rows=Rows(), logs=asked)


def test_a_push_may_end_with_its_authors_own_removal(shelf: Shelf, world: World) -> None:
    """The rows of what came before it asked for an account that was gone, and the server fell over."""
    second = _second_lead(shelf, world)
    joined = world.entries[-1]
    lost = _linked(shelf, world, second)
    world.revoke(second, lost)
    world.remove(second, second)
    entries = world.entries[-2:]
    shelf.push(world, second, joined, *entries, rows=Rows(world.keys_for(entries), []))
    assert _readers(shelf, world.log("personal", second)) == set()
    assert _readers(shelf, world.log("commons")) == {world.lead.person.member.hash}


def test_a_server_takes_no_rules_beyond_its_own(shelf: Shelf, world: World) -> None:
    """Everybody would read them and write nothing, and no server could judge what follows."""
    world.announce(world.lead, 2)
    shelf.push(world, world.lead, world.entries[-1])
    raising = world.draft(world.lead, SetRules(FIRST_DAY, 2))
    world.judge(raising)
    assert refusal(shelf, world, world.lead, raising).problem == "statement-unsupported"


def test_a_flush_registers_nothing(shelf: Shelf, world: World) -> None:
    """It walked through all spaces of the programme at every flush, to find that there was no new one."""
    # Without a roster to walk through and a transaction to write in, it can only return.
    unknown: Any = object()
    register(unknown, unknown, unknown, [])
    before = shelf.dump()
    shelf.push(world, world.lead, world.write(world.lead, world.log("commons")))
    after = shelf.dump()
    assert [name for name in after if after[name] != before[name]] == ["entries"]


# Reading.


def test_a_pull_takes_what_the_budget_allows_and_at_least_one_entry(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    entries = [world.write(world.lead, log, bytes([number])) for number in range(5)]
    shelf.push(world, world.lead, *entries)
    start, end = Cursor(0, world.space(log).heads[0]), world.space(log).chain.cursor
    for budget, expected in ((1, 1), (4_096, 1), (10_000, 2), (1_000_000, 5)):
        [page] = shelf.store.pull(world.programme, [Ask(log, start, end)], budget)
        assert [entry.position for entry in page.entries] == list(range(1, expected + 1))
        assert page.more == (expected < 5)
        assert [entry.body for entry in page.entries] == [entry.body for entry in entries[:expected]]


def test_the_budget_is_shared_by_the_logs_in_their_order(shelf: Shelf, world: World) -> None:
    log, commons = world.log("personal", world.lead), world.log("commons")
    shelf.push(world, world.lead, world.write(world.lead, log), world.write(world.lead, commons))
    asks = [Ask(one, Cursor(0, world.space(one).heads[0]), world.space(one).chain.cursor) for one in (log, commons)]
    pages = shelf.store.pull(world.programme, asks, 5_000)
    assert [(len(page.entries), page.more) for page in pages] == [(1, False), (0, True)]


def test_own_entries_come_as_numbers_without_their_bytes(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, world.write(world.lead, log))
    start, end = Cursor(0, world.space(log).heads[0]), world.space(log).chain.cursor
    [page] = shelf.store.pull(world.programme, [Ask(log, start, end, world.lead.id)], 1)
    [entry] = page.entries
    assert (entry.position, entry.sequence, entry.own, entry.body) == (1, 1, True, None)


def test_a_pull_stops_at_the_head_that_is_answered(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    heads = world.space(log).heads
    shelf.push(world, world.lead, *(world.write(world.lead, log) for _ in range(3)))
    [page] = shelf.store.pull(world.programme, [Ask(log, Cursor(0, heads[0]), Cursor(2, heads[2]))], 10**6)
    assert [entry.position for entry in page.entries] == [1, 2]
    assert not page.more


def test_a_cursor_off_the_chain_is_unknown(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, *(world.write(world.lead, log) for _ in range(2)))
    heads, end = world.space(log).heads, world.space(log).chain.cursor
    for position, head, known in (
        (0, heads[0], True),
        (0, heads[1], False),
        (1, heads[1], True),
        (1, heads[2], False),
        (2, heads[2], True),
        (2, heads[1], False),
        (3, heads[2], False),
        (2**53 - 1, heads[2], False),
    ):
        [page] = shelf.store.pull(world.programme, [Ask(log, Cursor(position, head), end)], 10**6)
        assert page.known == known
        assert bool(page.entries) == (known and position < 2)


def test_everything_is_there_after_a_restart(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, *_landed(world, lambda: world.invite("recovery")))
    shelf.push(world, world.lead, world.write(world.lead, log))
    shelf.reopen()
    state = shelf.store.state(world.programme)
    assert state is not None
    assert state.roster == world.state
    entry = world.write(world.lead, log)
    assert shelf.push(world, world.lead, entry).accepted == {log: [(2, 2)]}


def test_a_programme_is_not_seen_from_another(shelf: Shelf, world: World) -> None:
    other = World.found(2, server=world.server)
    shelf.found(other)
    shelf.push(world, world.lead, world.write(world.lead, world.log("commons")))
    for log in (world.programme, world.log("commons"), bytes(32)):
        with pytest.raises(Refused) as caught:
            shelf.push(other, other.lead, rows=Rows(), logs=[LogPush(log)])
        assert caught.value.problem == "log-unknown"
    end = world.space(world.log("commons")).chain.cursor
    [page] = shelf.store.pull(other.programme, [Ask(world.log("commons"), end, replace(end, position=2))], 10**6)
    assert not page.known
    hashes = [world.lead.hpke.hash, other.lead.hpke.hash]
    assert shelf.store.keys(other.programme, hashes) == {other.lead.hpke.hash: other.lead.hpke.public}
    assert shelf.store.wraps(other.programme, [world.lead.id]) == []
    assert shelf.store.programme_of(bytes(32)) is None
    assert shelf.store.programme_of(other.lead.id) == other.programme


def test_jobs_that_share_a_commit_do_not_share_their_refusals(shelf: Shelf, world: World) -> None:
    log, commons = world.log("personal", world.lead), world.log("commons")
    good = [world.write(world.lead, log) for _ in range(8)]
    bad = world.sealing(world.lead, commons, epoch=3)
    futures: list[tuple[Entry, Future[Pushed]]] = []
    for entry in good:
        for one in (entry, bad):
            request = Push(world.programme, world.lead.id, by_log([one]))
            futures.append((one, shelf.store.push(request, day=FIRST_DAY)))
    for entry, future in futures:
        if entry is bad:
            with pytest.raises(Refused, match="epoch-stale"):
                future.result(10)
        else:
            assert future.result(10).accepted[log]
    assert len([row for row in shelf.dump()["entries"] if row[1] in (log, commons)]) == 8


def _landed(world: World, ceremony: object) -> list[Entry]:
    before = len(world.entries)
    assert callable(ceremony)
    ceremony()
    return world.entries[before:]


def _pushed(shelf: Shelf, world: World, author: Phone, role: str) -> Pass:
    made = world.invite(role, author)
    shelf.push(world, author, world.entries[-1])
    return made


def _linked(shelf: Shelf, world: World, owner: Phone) -> Phone:
    link = _pushed(shelf, world, owner, "link")
    phone = world.join(link)
    shelf.push(world, link, world.entries[-1])
    return phone


def _second_lead(shelf: Shelf, world: World) -> Phone:
    used = world.invite("lead")
    shelf.push(world, world.lead, world.entries[-1])
    phone = world.join(used)
    shelf.push(world, used, world.entries[-1])
    return phone


def _forget_wraps(shelf: Shelf, log: bytes, which: str = "1") -> None:
    connection = sqlite3.connect(shelf.path)
    with connection:
        connection.execute(f"DELETE FROM wraps WHERE log = ? AND {which}", (log,))
    connection.close()
