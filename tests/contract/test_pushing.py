"""Pushing: all of a request or nothing, and each entry once."""

import pytest

from store.rows import Rows
from sync.errors import Refused
from sync.log import Cursor
from sync.statements import Policy, SetPolicy
from tests.contract.ceremonies import landed, refusal, second_lead
from tests.support.actors import World
from tests.support.people import Phone
from tests.support.programme import FIRST_DAY
from tests.support.storage import Shelf


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


def test_a_number_may_be_as_large_as_the_wire_has_it(shelf: Shelf, world: World) -> None:
    """An author counts as it likes; four bytes would not hold it."""
    log = world.log("personal", world.lead)
    entry = world.land(world.sealing(world.lead, log, sequence=2**53 - 1))
    for _ in range(2):
        assert shelf.push(world, world.lead, entry).accepted == {log: [(2**53 - 1, 1)]}


def test_an_author_may_have_seen_an_older_state_or_none(shelf: Shelf, world: World) -> None:
    other = second_lead(shelf, world)
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
    shelf.push(world, world.lead, *landed(world, lambda: world.invite("recovery")))
    other = second_lead(shelf, world)
    late = world.draft(other, SetPolicy(FIRST_DAY, Policy(1, 100, 365)))
    world.policy(world.lead, Policy(1, 120, 365))
    shelf.push(world, world.lead, world.entries[-1])
    assert refusal(shelf, world, other, late).problem == "seen-stale"


def test_nobody_pushes_what_another_device_wrote(shelf: Shelf, world: World) -> None:
    other = second_lead(shelf, world)
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
