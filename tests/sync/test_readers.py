"""Readers of each space (page 2), and the wraps and keys that statements call for (page 6)."""

import pytest

from crypto.secret.epoch import inbox_key, open_previous, unwrap
from crypto.secret.hpke import HpkeKey
from sync.erasure import Erase
from sync.readers import keys_called_for, reader_ids, readers, wraps_called_for
from tests.support.actors import World
from tests.support.people import Phone


@pytest.fixture
def world() -> World:
    """A lead with a code, a second lead, a member with a linked phone and a code."""
    world = World.found(31)
    world.invite("recovery")
    return world


def called(world: World, count: int = 1) -> set[tuple[str, int, bytes]]:
    """(space, epoch, reader) that the last entries call for."""
    names = {log: space.name for log, space in world.state.spaces.items()}
    return {(names[log], epoch, reader) for log, epoch, reader in wraps_called_for(world.state, world.entries[-count:])}


# Who reads.


def test_readers_of_a_personal_space(world: World) -> None:
    lead, member = world.lead, world.member()
    linked, link, code = world.link(member), world.invite("link", member), world.invite("recovery", member)
    world.invite("link", lead)
    assert readers(world.state, world.log("personal", member)) == {
        member.id: member.hpke.hash,
        linked.id: linked.hpke.hash,
        link.id: link.keys.hpke.hash,
        code.id: code.keys.hpke.hash,
    }
    world.join(link)
    world.close(member, code, code=code)
    after = readers(world.state, world.log("personal", member))
    assert not {link.id, code.id} & after.keys()
    assert len(after) == 3


def test_readers_of_commons_and_leads(world: World) -> None:
    member, second = world.member(), world.second_lead()
    asked, offered = world.invite("member"), world.invite("lead")
    world.invite("link", member)
    of_leads = {phone.person.member.hash for phone in (world.lead, second)}
    assert readers(world.state, world.log("leads")) == {key: key for key in of_leads} | {
        offered.id: offered.keys.hpke.hash
    }
    of_all = of_leads | {member.person.member.hash}
    assert readers(world.state, world.log("commons")) == {key: key for key in of_all} | {
        offered.id: offered.keys.hpke.hash,
        asked.id: asked.keys.hpke.hash,
    }


def test_a_principal_finds_its_wraps_under_its_id_and_its_member_key(world: World) -> None:
    member, code = world.member(), world.invite("recovery")
    linked = world.link(member)
    assert reader_ids(world.state, linked.id) == {linked.id, member.person.member.hash}
    assert reader_ids(world.state, code.id) == {code.id}


# What must travel.


def test_found_calls_for_three_wraps_and_three_keys() -> None:
    world = World.found(32)
    member_key = world.lead.person.member.hash
    assert called(world) == {("personal", 1, world.lead.id), ("commons", 1, member_key), ("leads", 1, member_key)}
    inbox = inbox_key(world.epoch_keys[world.log("leads")][0])
    assert keys_called_for(world.entries) == {world.lead.hpke.hash, member_key, inbox.hash}


@pytest.mark.parametrize(
    ("role", "spaces"),
    [("member", {"commons"}), ("lead", {"commons", "leads"}), ("link", {"personal"}), ("recovery", {"personal"})],
)
def test_an_invite_calls_for_what_it_opens(world: World, role: str, spaces: set[str]) -> None:
    for name in ("commons", "leads", "personal"):
        world.rotate(world.lead, name)
    made = world.invite(role)
    assert called(world) == {(space, 2, made.id) for space in spaces}
    assert keys_called_for(world.entries[-1:]) == {made.keys.hpke.hash}


@pytest.mark.parametrize(
    ("role", "shared"), [("member", {"commons"}), ("lead", {"commons", "leads"}), ("link", set()), ("recovery", set())]
)
def test_a_join_calls_for_its_spaces(world: World, role: str, shared: set[str]) -> None:
    phone = world.join(world.invite(role))
    member_key = phone.person.member.hash
    assert called(world) == {("personal", 1, phone.id), *((space, 1, member_key) for space in shared)}
    expected = {phone.hpke.hash, member_key} if shared else {phone.hpke.hash}
    assert keys_called_for(world.entries[-1:]) == expected


@pytest.mark.parametrize("name", ["personal", "commons", "leads"])
def test_a_rotation_calls_for_all_readers(world: World, name: str) -> None:
    world.member()
    for role in ("member", "lead", "link"):
        world.invite(role)
    world.rotate(world.lead, name)
    expected = {(name, 2, reader) for reader in readers(world.state, world.log(name, world.lead))}
    assert called(world) == expected
    inbox = inbox_key(world.epoch_keys[world.log("leads")][-1]).hash
    assert keys_called_for(world.entries[-1:]) == ({inbox} if name == "leads" else set())


@pytest.mark.parametrize("role", ["member", "lead"])
def test_a_revocation_calls_for_the_personal_readers_and_the_new_member_key(world: World, role: str) -> None:
    phone = world.join(world.invite(role))
    lost, link, code = world.link(phone), world.invite("link", phone), world.invite("recovery", phone)
    world.rotate(world.lead, "commons")
    member = world.revoke(phone, lost)
    shared = {("commons", 2, member.hash)} | ({("leads", 1, member.hash)} if role == "lead" else set())
    assert called(world) == {("personal", 2, reader) for reader in (phone.id, link.id, code.id)} | shared
    assert keys_called_for(world.entries[-1:]) == {member.hash}
    commons = readers(world.state, world.log("commons"))
    assert member.hash in commons
    assert phone.person.member.hash not in commons


def test_a_removal_calls_for_nothing_and_leaves_no_reader(world: World) -> None:
    member = world.member()
    world.link(member)
    world.invite("recovery", member)
    world.remove(world.lead, member)
    assert called(world) == set()
    assert keys_called_for(world.entries[-1:]) == set()
    assert readers(world.state, world.log("personal", member)) == {}
    assert member.person.member.hash not in readers(world.state, world.log("commons"))
    assert reader_ids(world.state, member.id) == {member.id}


def test_a_push_that_ends_with_its_authors_removal_calls_for_nothing(world: World) -> None:
    """The rows of the statements before it asked for an account that was gone, and the server fell over."""
    member = world.member()
    joined, lost = world.entries[-1], world.link(member)
    world.revoke(member, lost)
    revoked = world.entries[-1]
    world.rotate(member, "personal")
    world.remove(member, member)
    assert wraps_called_for(world.state, [joined, revoked, *world.entries[-2:]]) == set()


def test_other_statements_and_sealed_entries_call_for_nothing(world: World) -> None:
    made = world.invite("member")
    sealed = world.write(world.lead, world.log("commons"))
    world.close(world.lead, made)
    world.announce(world.lead)
    pushed = [*world.entries[-2:], sealed]
    assert wraps_called_for(world.state, pushed) == set()
    assert keys_called_for(pushed) == set()


def test_of_two_rotations_in_one_push_the_last_is_wrapped(world: World) -> None:
    world.rotate(world.lead, "personal")
    world.rotate(world.lead, "personal")
    assert {epoch for _, epoch, _ in called(world, 2)} == {3}


def test_an_invite_closed_in_the_same_push_needs_no_wrap(world: World) -> None:
    made = world.invite("lead")
    world.close(world.lead, made)
    assert called(world, 2) == set()
    assert keys_called_for(world.entries[-2:]) == {made.keys.hpke.hash}


# The rows really open.


def opened(world: World, key: HpkeKey, reader: bytes, log: bytes) -> bytes:
    space = world.state.spaces[log]
    wrap = world.wrap(log, space.epoch, reader)
    return unwrap(key, world.programme, log, space.epoch, reader, wrap, space.current.commitment)


def test_every_wrap_opens_for_its_reader_and_leads_to_the_first_epoch(world: World) -> None:
    member = world.member()
    log = world.log("personal", member)
    code = world.invite("recovery", member)
    for _ in range(2):
        world.rotate(member, "personal")
    space = world.state.spaces[log]
    holders: list[tuple[HpkeKey, bytes]] = [(member.hpke, member.id), (code.keys.hpke, code.id)]
    for key, reader in holders:
        epoch_key = opened(world, key, reader, log)
        for epoch in (3, 2):
            of_before = space.epochs[epoch - 2].commitment
            sealed = space.epochs[epoch - 1].sealed_previous
            epoch_key = open_previous(epoch_key, epoch, log, sealed, epoch - 1, of_before)
        assert epoch_key == world.epoch_keys[log][0]


def test_rows_for_a_push_are_complete(world: World) -> None:
    phone: Phone = world.join(world.invite("lead"))
    pushed = world.entries[-1:]
    assert {key for key, _ in world.wraps_for(pushed)} == wraps_called_for(world.state, pushed)
    assert sorted(world.keys_for(pushed)) == sorted([phone.hpke.public, phone.person.member.public])


def test_an_erasure_beside_a_statement_calls_for_nothing(world: World) -> None:
    """It was read as a statement of the roster, and the whole push refused as malformed."""
    log = world.log("commons")
    sealed = world.write(world.lead, log)
    erased = world.land(world.erasing(world.lead, log, Erase(world.day, (sealed.leaf,))))
    assert wraps_called_for(world.state, [sealed, erased]) == set()
    assert keys_called_for([sealed, erased]) == set()
