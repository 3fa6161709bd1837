"""Devices and invite holders that sign anything at all: judged, never believed, never a crash.

Their keys are good, so that what they say passes every signature and reaches the rules.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.public.encoding import decode, encode
from crypto.public.ids import body_hash
from sync.log import ZERO, Cursor, Entry
from sync.readers import keys_called_for, readers, wraps_called_for
from sync.roster import apply
from sync.space import check_space_entry, logs_of
from sync.statement import Statement
from sync.statements import Announce, CloseInvite, Policy, SetPolicy, decode_statement
from tests.support.people import Pass, Phone
from tests.support.refusals import outcome
from tests.sync.arrays import STATEMENTS
from tests.sync.plain import plain
from tests.sync.scenes import Scene, scene

PEOPLE = ("lead", "second lead", "member", "second phone")
ROLES = ("member", "lead", "link", "recovery")


class Attacker:
    """Holds a device, a pass and a code, each drawn; says what it wants."""

    def __init__(self, here: Scene, data: st.DataObject) -> None:
        self.here, self.world, self.data = here, here.world, data
        self.phone = here.phones[data.draw(st.sampled_from(PEOPLE))]
        self.code = here.codes[data.draw(st.sampled_from(sorted(here.codes)))]
        state = self.world.state
        self.seen = self.drawn(state.chain.cursor, [each.chain.cursor for each in self.world.states])
        # Values that mean something somewhere else in this programme.
        self.known: list[bytes] = [
            *(id_ for id_ in state.devices),
            *(id_ for id_ in state.invites),
            *(device.hpke_hash for device in state.devices.values()),
            *(device.signing_key for device in state.devices.values()),
            *(account.member_key_hash for account in state.accounts.values()),
            state.server_key,
            *state.accounts,
            *(commitment.current.commitment for commitment in state.spaces.values()),
        ]

    def drawn(self, honest: Any, others: list[Any]) -> Any:
        """Mostly the honest value: an entry with many faults shows only the first."""
        return self.data.draw(st.sampled_from(others)) if self.data.draw(st.integers(0, 11)) == 0 else honest

    def statement(self) -> tuple[Phone, Statement, Pass]:
        """An honest statement, of which something may change."""
        world, phone = self.world, self.phone
        used = self.drawn(self.here.passed(self.data.draw(st.sampled_from(ROLES))), list(self.here.codes.values()))
        made = world.new_pass(self.data.draw(st.sampled_from(ROLES)), phone)
        newcomer = world.newcomer(used)
        makers: dict[str, Callable[[], tuple[Phone, Statement, Pass]]] = {
            "invite": lambda: (phone, world.inviting(made, seen=self.seen), made),
            "join": lambda: (newcomer, world.joining(newcomer, used, seen=self.seen), used),
            "rotate": lambda: (
                phone,
                world.rotating(world.lead, self.data.draw(st.sampled_from(["personal", "commons", "leads"]))),
                used,
            ),
            "policy": lambda: (phone, SetPolicy(world.day, Policy(1, 90, 90)), used),
            "close_invite": lambda: (phone, CloseInvite(world.day, used.id), used),
            "announce": lambda: (phone, Announce(world.day, 1), used),
        }
        return makers[self.data.draw(st.sampled_from(sorted(makers)))]()

    def changed(self, statement: Statement) -> Statement:
        """The statement with up to three elements replaced by others of their shape."""
        spec = STATEMENTS[statement.kind]
        names = [item.name for item in fields(statement)]
        for at in self.data.draw(st.lists(st.integers(0, len(names) - 2), max_size=2)):
            values: Any = decode(statement.encode())
            element = spec.elements[at]
            alike = [value for value in self.known if type(values[at]) is bytes and len(value) == len(values[at])]
            values[at] = self.data.draw(element.any() | st.sampled_from(element.good() + alike))
            statement = type(statement).decode(encode(values))
        return statement

    def signed(self, statement: Statement, used: Pass) -> Statement:
        """With the second signatures that the attacker can make."""
        signer, programme = used.keys.signing, self.world.programme
        forged: Any = statement
        if statement.kind == "invite":
            message = forged.counter_message(programme, self.seen)
            forged = replace(forged, counter_signature=signer.sign("invite", message))
        elif statement.kind == "join":
            forged = replace(forged, invite_signature=signer.sign("join", forged.join_message(programme, self.seen)))
        if self.data.draw(st.integers(0, 4)) == 0:
            forged = self.world.cosigned(forged, self.code, seen=self.seen)
        return decode_statement(statement.kind, forged.encode())

    def entry(self) -> Entry:
        author, statement, used = self.statement()
        statement = self.signed(self.changed(statement), used)
        honest = self.world.draft(author, statement, seen=self.seen)
        header = replace(
            honest.header,
            sequence=self.drawn(honest.header.sequence, [1, 2, 2**53 - 1]),
            prev=self.drawn(honest.header.prev, [ZERO, self.world.entries[-1].leaf]),
            device=self.drawn(honest.header.device, [ZERO, *self.world.state.devices]),
            body_hash=body_hash(statement.encode()),
        )
        return Entry.sign(header, statement.encode(), author.signing)


@settings(max_examples=300)
@given(st.data())
def test_apply_judges_whatever_a_device_signs(data: st.DataObject) -> None:
    attacker = Attacker(scene("grown"), data)
    world = attacker.world
    entry, told = attacker.entry(), plain(world.state)
    _, after = outcome(apply, world.state, entry)
    assert plain(world.state) == told
    if after is not None:
        # Whatever was accepted, the rest of the room can go on with it.
        keys_called_for([entry])
        wraps_called_for(after, [entry])
        for log in after.spaces:
            readers(after, log)
        for principal in [*after.devices, *after.invites]:
            logs_of(after, principal)


@settings(max_examples=150)
@given(st.data())
def test_a_space_judges_whatever_a_device_signs(data: st.DataObject) -> None:
    here = scene("grown")
    world = here.world
    phone = here.phones[data.draw(st.sampled_from((*PEOPLE, "stranger")))]
    log = data.draw(st.sampled_from([*world.epoch_keys, world.programme, ZERO]))
    cursors = [state.chain.cursor for state in world.states] + [Cursor(0, world.space(log).chain.head)]
    body = data.draw(st.sampled_from([None, b"", bytes(4_096), bytes(4_097), bytes(65_536)]))
    chain = world.space(log).chain
    header = replace(
        world.sealing(phone, world.log("commons")).header,
        log=data.draw(st.just(log) | st.sampled_from(sorted(world.epoch_keys))),
        sequence=data.draw(st.sampled_from([1, 2, 2**53 - 1])),
        kind=data.draw(st.sampled_from(["sealed", "sealed", "erase", "join", "x"])),
        epoch=data.draw(st.integers(0, 3) | st.just(2**53 - 1)),
        seen=data.draw(st.sampled_from(cursors)),
        roster=data.draw(st.sampled_from(cursors)),
        body_hash=body_hash(data.draw(st.just(body or b"") | st.just(b"other"))),
    )
    entry = Entry.sign(header, b"", phone.signing)
    new = data.draw(st.booleans())
    problem, after = outcome(check_space_entry, world.state, chain, replace(entry, body=body), lambda _: None, new=new)
    if after is not None:
        assert problem == "ok"
        assert header.log == log
        assert header.kind == "sealed"
        assert (after.position, after.authors[phone.id].leaf) == (1, entry.leaf)
