"""What other systems lost or leaked (section 10 of the design), as far as log, roster and spaces answer for it.

The rest of that list is the store's and the device's: cursors before commit, pages, quarantine, merging.
"""

from dataclasses import replace
from typing import Any

import pytest

from crypto.errors import OpenFailed
from crypto.public.ids import body_hash
from crypto.public.signing import SigningKey
from crypto.secret import body as sealed_body
from sync.answer import Answer, Standing
from sync.evidence import Signed
from sync.log import Cursor, Entry
from sync.readers import keys_called_for, readers
from sync.roster import apply
from sync.session import principal_key
from sync.space import RUNGS, check_space_entry, logs_of
from sync.state import RosterState
from sync.statements import Announce, Invite, decode_statement
from tests.support.actors import World
from tests.support.people import new_person, new_phone
from tests.support.refusals import outcome, refused


@pytest.fixture
def world() -> World:
    """A lead with a code, and a member."""
    world = World.found(61)
    world.member()
    return world


def test_wall_clock_cursors(world: World) -> None:
    """A cursor is (position, head): no day or clock orders anything, and time never runs back."""
    days = [world.day + step for step in (5, -3, 2, 0)]
    for day in days:
        world.push(world.draft(world.lead, Announce(day, 1)))
    assert world.state.time == max(days)
    assert [state.chain.position for state in world.states] == list(range(len(world.states)))
    head = world.states[3].chain.head
    with refused("witness-unknown"):
        world.judge(world.draft(world.lead, Announce(world.day, 1), seen=Cursor(world.state.chain.position, head)))


def test_equal_positions(world: World) -> None:
    """Two entries never share a position: each accepted one is one further, and heads differ."""
    log = world.log("commons")
    for _ in range(5):
        world.write(world.lead, log)
    heads = world.space(log).heads
    assert world.space(log).chain.position == 5
    assert len(set(heads)) == len(heads) == 6


def test_positions_reused_after_a_reset(world: World) -> None:
    """A log begun again has the old positions and never the old heads: what was seen of the old one is refused."""
    log, second = world.log("commons"), world.second_lead()
    world.write(world.lead, log)
    seen = world.space(log).chain.cursor
    del world.spaces[log]
    world.write(world.lead, log, b"another")
    assert world.space(log).chain.position == seen.position
    with refused("witness-unknown"):
        world.judge_sealed(world.sealing(second, log, seen=seen))


def test_an_empty_server_read_as_delete_everything(world: World) -> None:
    """`known` is signed: a server that lost a log cannot show its short history as an answer to the longer cursor."""
    key = SigningKey.from_seed(b"k" * 32)
    mine, empty = world.state.chain.cursor, world.states[0].chain.cursor
    lost = Answer(world.programme, b"c" * 32, world.day, [Standing(world.programme, mine, empty, known=False)])
    Signed(lost.message(), lost.sign(key)).check(key.public)
    pretended = replace(lost, logs=[replace(lost.logs[0], known=True)])
    with refused("signature-invalid"):
        Signed(pretended.message(), lost.sign(key)).check(key.public)


def test_a_restored_phone_silently_ignored(world: World) -> None:
    """A phone put back to an older state signs a used number: it is told, by name."""
    log = world.log("personal", world.lead)
    backup = replace(world, spaces={log: replace(world.space(log))})
    world.write(world.lead, log, b"one")
    with refused("sequence-used"):
        world.judge_sealed(backup.sealing(world.lead, log, b"two"))
    before = world.states[-1]
    world.announce(world.lead)
    stale = replace(world, states=[*world.states[:-1]])
    assert stale.state is before
    with refused("sequence-used"):
        world.judge(stale.draft(world.lead, Announce(world.day, 2)))


def test_a_restored_server_never_told_what_it_lost(world: World) -> None:
    """A server put back to an older state is told by the next entry, which has seen more than it has."""
    log = world.log("commons")
    world.write(world.lead, log)
    before = world.space(log)
    restored, heads = before.chain, list(before.heads)
    world.write(world.second_lead(), log)
    entry = world.sealing(world.lead, log)
    with refused("witness-unknown"):
        check_space_entry(world.state, restored, entry, lambda position: dict(enumerate(heads)).get(position), new=True)
    older = world.states[-2]
    with refused("witness-unknown"):
        apply(older, world.draft(world.lead, Announce(world.day, 1)))


@pytest.mark.parametrize("kind", ["clear", "plain", "sealed/0", "text", "found"])
def test_a_flag_that_turns_encryption_off(world: World, kind: str) -> None:
    """Nothing in a header says `clear`: a space holds sealed bodies of the size of a rung, or nothing."""
    assert outcome(world.judge_sealed, world.sealing(world.lead, world.log("commons"), kind=kind))[0] != "ok"
    with refused("suite-unknown"):
        world.judge_sealed(world.sealing(world.lead, world.log("commons"), suite=2))


@pytest.mark.parametrize("place", ["log", "device", "sequence", "epoch", "seen", "roster", "prev"])
def test_ciphertext_not_bound_to_its_place(world: World, place: str) -> None:
    """A body opens under the header it was sealed for, and under no other."""
    log = world.log("commons")
    entry = world.sealing(world.lead, log, b"secret")
    key, header = world.epoch_keys[log][0], entry.header
    assert sealed_body.open(key, header.sealing_fields(), entry.check_body()) == b"secret"
    elsewhere: dict[str, Any] = {
        "log": world.log("leads"),
        "device": b"d" * 32,
        "sequence": 2,
        "epoch": 2,
        "seen": Cursor(1, b"h" * 32),
        "roster": world.states[1].chain.cursor,
        "prev": b"p" * 32,
    }
    moved = replace(header, **{place: elsewhere[place]})
    with pytest.raises(OpenFailed):
        sealed_body.open(key, moved.sealing_fields(), entry.check_body())


def test_public_keys_believed_because_the_server_sent_them(world: World) -> None:
    """Each key that anybody wraps to or verifies with stands, itself or by hash, in a signed statement."""
    named: set[bytes] = set()
    for entry in world.entries:
        named |= keys_called_for([entry])
    for log in world.state.spaces:
        assert set(readers(world.state, log).values()) <= named
    stranger = new_phone(world.randomness, new_person(world.randomness))
    state = world.state
    assert principal_key(state, stranger.id, state.time) is None
    assert not any(stranger.id in readers(state, log) for log in state.spaces)


def test_a_recovery_that_trusts_the_server(world: World) -> None:
    """A programme made up around a code cannot hold the code's own signature for that programme."""
    code = world.invite("recovery")
    genuine = world.entries[-1]
    statement = decode_statement("invite", genuine.check_body())
    assert isinstance(statement, Invite)
    fake = World.found(62, server=world.server)
    with refused("entry-malformed"):
        fake.judge(genuine)
    own = fake.lead.account
    copied = fake.inviting(code, account=own, counter_signature=statement.counter_signature)
    made_up = fake.inviting(code, account=own, signer=fake.lead.signing)
    for invite in (copied, made_up):
        with refused("counter-signature-invalid"):
            fake.judge(fake.draft(fake.lead, invite))


def test_a_fork_without_the_invite_does_not_take_its_holder_in(world: World) -> None:
    used = world.invite("lead")
    fork = replace(world, states=world.states[:-1], entries=world.entries[:-1])
    phone = world.newcomer(used)
    with refused("invite-not-open"):
        fork.judge(fork.draft(phone, fork.joining(phone, used)))


def test_a_former_reader_who_keeps_the_key(world: World) -> None:
    """After a rotation nothing is written under the key that a closed invite had, and nobody wraps to it again."""
    log = world.log("leads")
    former = world.invite("lead")
    assert former.id in readers(world.state, log)
    world.close(world.lead, former)
    world.rotate(world.lead, "leads")
    assert former.id not in readers(world.state, log)
    assert logs_of(world.state, former.id) == []
    with refused("epoch-stale"):
        world.judge_sealed(world.sealing(world.lead, log, epoch=1))
    entry = world.sealing(world.lead, log, b"later")
    with pytest.raises(OpenFailed):
        sealed_body.open(world.epoch_keys[log][0], entry.header.sealing_fields(), entry.check_body())


def test_one_bad_record_that_blocks_all_others(world: World) -> None:
    """Whether a body opens is nobody's business here: garbage of the right size lets the chain go on."""
    log = world.log("commons")
    honest, garbage = world.sealing(world.lead, log), bytes(4_096)
    world.land(Entry.sign(replace(honest.header, body_hash=body_hash(garbage)), garbage, world.lead.signing))
    world.write(world.lead, log, b"and on")
    assert world.space(log).chain.position == 2


def test_clock_drift_limits_that_wedge_honest_phones(world: World) -> None:
    """No entry is refused for its author's clock: a flush has none, and an old day moves nothing."""
    late = replace(world, day=world.day - 10_000)
    world.push(late.draft(world.lead, Announce(late.day, 1)))
    assert world.state.time == world.day
    world.write(world.lead, world.log("commons"))


def test_limits_on_declared_sizes(world: World) -> None:
    """What really arrived is measured: nothing in a header speaks of a size."""
    log = world.log("commons")
    honest = world.sealing(world.lead, log)
    for size in (max(RUNGS) + 1, 2 * max(RUNGS), 1, 4_095):
        large = bytes(size)
        entry = Entry.sign(replace(honest.header, body_hash=body_hash(large)), large, world.lead.signing)
        with refused("body-mismatch"):
            world.judge_sealed(entry)


def test_a_replay_of_history_is_the_same_history(world: World) -> None:
    """A new device that applies everything from position 1 knows exactly what the first one knows."""
    state = RosterState.start(world.programme)
    for entry in world.entries:
        state = apply(state, Entry(entry.raw_header, entry.signature, entry.body))
    assert state == world.state
