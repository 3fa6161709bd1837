"""Those who leave: what they could read is dropped, and what they push is refused."""

from typing import Any

from store.enrolled import register
from store.push import LogPush
from store.rows import Rows
from sync.statements import Policy, SetPolicy, SetRules
from tests.contract.ceremonies import linked, refusal, second_lead
from tests.support.actors import World
from tests.support.programme import FIRST_DAY
from tests.support.storage import Shelf


def readers_of(shelf: Shelf, log: bytes) -> set[bytes]:
    return {row[2] for row in shelf.dump()["wraps"] if row[1] == log}


def test_a_revocation_drops_the_wraps_of_the_device_and_of_the_old_member_key(shelf: Shelf, world: World) -> None:
    lost = linked(shelf, world, world.lead)
    code = world.invite("recovery", lost)
    shelf.push(world, lost, world.entries[-1])
    member = world.revoke(world.lead, lost, since=1)
    shelf.push(world, world.lead, world.entries[-1])
    # By a device alone, a code closes in thirty days.
    assert readers_of(shelf, world.log("personal", world.lead)) == {world.lead.id, code.id}
    for name in ("commons", "leads"):
        assert readers_of(shelf, world.log(name)) == {member.hash}
    assert shelf.store.wraps(world.programme, [lost.id, world.lead.person.member.hash]) == []


def test_a_revocation_needs_all_its_rows(shelf: Shelf, world: World) -> None:
    lost = linked(shelf, world, world.lead)
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


def test_the_name_of_a_removed_account_does_not_stay(shelf: Shelf, world: World) -> None:
    """No lead had stored it, and none could any more: it lay there for ever, and each sync told of it."""
    member = second_lead(shelf, world, name=bytes(1392))
    assert len(shelf.dump()["names"]) == 1
    world.remove(world.lead, member)
    shelf.push(world, world.lead, world.entries[-1])
    assert shelf.dump()["names"] == []


def test_a_removal_drops_all_wraps_of_the_account(shelf: Shelf, world: World) -> None:
    second = second_lead(shelf, world)
    for made in ("recovery", "link"):
        world.invite(made, second)
        shelf.push(world, second, world.entries[-1])
    before = shelf.dump()["wraps"]
    world.remove(world.lead, second)
    shelf.push(world, world.lead, world.entries[-1])
    gone = {row[1:3] for row in before} - {row[1:3] for row in shelf.dump()["wraps"]}
    assert len(gone) == 3 + 2
    assert readers_of(shelf, world.log("personal", second)) == set()
    for name in ("commons", "leads"):
        assert readers_of(shelf, world.log(name)) == {world.lead.person.member.hash}


def test_what_a_cancelled_revocation_took_is_given_again(shelf: Shelf, world: World) -> None:
    paper = world.invite("recovery")
    shelf.push(world, world.lead, world.entries[-1])
    thief = linked(shelf, world, world.lead)
    since = world.state.chain.position
    world.revoke(thief, world.lead)
    shelf.push(world, thief, world.entries[-1])
    assert refusal(shelf, world, world.lead, logs=[LogPush(world.programme)]).problem == "session-required"
    phone = world.join(paper)
    shelf.push(world, paper, world.entries[-1])
    member = world.revoke(phone, thief, since=since, code=paper)
    shelf.push(world, phone, world.entries[-1])
    log = world.log("personal", phone)
    assert readers_of(shelf, log) == {world.lead.id, phone.id, paper.id}
    assert readers_of(shelf, world.log("leads")) == {member.hash}
    entry = world.write(world.lead, log)
    assert shelf.push(world, world.lead, entry).accepted == {log: [(1, 1)]}


def test_a_removed_member_reads_and_writes_nothing(shelf: Shelf, world: World) -> None:
    second = second_lead(shelf, world)
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
    second = second_lead(shelf, world)
    joined = world.entries[-1]
    lost = linked(shelf, world, second)
    world.revoke(second, lost)
    world.remove(second, second)
    entries = world.entries[-2:]
    shelf.push(world, second, joined, *entries, rows=Rows(world.keys_for(entries), []))
    assert readers_of(shelf, world.log("personal", second)) == set()
    assert readers_of(shelf, world.log("commons")) == {world.lead.person.member.hash}


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
