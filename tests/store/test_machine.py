"""A store under random ceremonies, repetitions, clones, failed commits and restarts holds what the model holds."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from store.errors import StorageFailed
from store.rows import Rows
from sync.errors import Refused
from sync.log import Entry
from sync.readers import readers
from sync.session import principal_key
from tests.support.actors import World
from tests.support.people import Pass, Phone
from tests.support.storage import Faults, Shelf, broken, new_place

SPACES = st.sampled_from(["personal", "commons", "leads"])


class StoreMachine(RuleBasedStateMachine):
    """The world is the model: it has exactly what was acknowledged."""

    backend: ClassVar = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        folder = self.closing.enter_context(tempfile.TemporaryDirectory())
        place = self.closing.enter_context(new_place(self.backend, Path(folder)))
        self.faults = Faults()
        self.shelf = Shelf.open(place, self.faults)
        self.world = World.found(1)
        self.shelf.found(self.world)
        self.phones = [self.world.lead]
        self.passes: list[Pass] = []
        self.pushed: list[tuple[Phone | Pass, Entry, Rows]] = []

    def teardown(self) -> None:
        self.faults.fault = None
        self.shelf.store.close()
        self.closing.close()

    def deliver(self, who: Phone | Pass, entry: Entry) -> None:
        rows = Rows(self.world.keys_for([entry]), self.world.wraps_for([entry]))
        log = entry.header.log
        chain = self.world.state.chain if log == self.world.programme else self.world.space(log).chain
        pushed = self.shelf.push(self.world, who, entry, rows=rows, day=self.world.day)
        assert pushed.accepted == {log: [(entry.header.sequence, chain.position)]}
        self.pushed.append((who, entry, rows))

    @rule(name=SPACES, data=st.data())
    def write(self, name: str, data: st.DataObject) -> None:
        phone = data.draw(st.sampled_from(self.phones))
        if name == "personal" or self.world.state.account_of(phone.id) in self.leads():
            self.deliver(phone, self.world.write(phone, self.world.log(name, phone), name.encode()))

    @rule(role=st.sampled_from(["recovery", "lead", "link", "member"]), data=st.data())
    def invite(self, role: str, data: st.DataObject) -> None:
        phone = data.draw(st.sampled_from(self.phones))
        try:
            made = self.world.invite(role, phone)
        except Refused:
            return  # limits and authority are judged by sync's own tests
        self.deliver(phone, self.world.entries[-1])
        self.passes.append(made)

    @precondition(lambda self: bool(self.passes))
    @rule(data=st.data())
    def join(self, data: st.DataObject) -> None:
        used = data.draw(st.sampled_from(self.passes))
        try:
            phone = self.world.join(used)
        except Refused:
            return
        self.deliver(used, self.world.entries[-1])
        self.phones.append(phone)

    @precondition(lambda self: bool(self.passes))
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        closed = data.draw(st.sampled_from(self.passes))
        try:
            self.world.close(self.world.lead, closed)
        except Refused:
            return
        self.deliver(self.world.lead, self.world.entries[-1])

    @rule(name=SPACES)
    def rotate(self, name: str) -> None:
        self.world.rotate(self.world.lead, name)
        self.deliver(self.world.lead, self.world.entries[-1])

    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        author, lost = data.draw(st.sampled_from(self.phones)), data.draw(st.sampled_from(self.phones))
        codes = [made for made in self.passes if made.role == "recovery" and made.account == author.account]
        code = data.draw(st.sampled_from([None, *codes]))
        since = data.draw(st.integers(1, self.world.state.chain.position))
        try:
            self.world.revoke(author, lost, code=code, since=since, last=())
        except Refused:
            return
        self.deliver(author, self.world.entries[-1])
        self.only_active_phones()

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        author, gone = data.draw(st.sampled_from(self.phones)), data.draw(st.sampled_from(self.phones))
        if gone.account == self.world.lead.account:
            return
        try:
            self.world.remove(author, gone)
        except Refused:
            return
        self.deliver(author, self.world.entries[-1])
        self.only_active_phones()

    def only_active_phones(self) -> None:
        devices = self.world.state.devices
        self.phones = [phone for phone in self.phones if phone.id in devices]

    @rule()
    def a_day_passes(self) -> None:
        self.world.day += 1

    @precondition(lambda self: bool(self.pushed))
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        who, entry, rows = data.draw(st.sampled_from(self.pushed))
        before = self.shelf.dump()
        state = self.world.state
        left = isinstance(who, Phone) and who.id in state.former
        if left and principal_key(state, who.id, state.time) is not None:
            with pytest.raises(Refused, match=r"not-authorised|log-unknown"):
                self.shelf.push(self.world, who, entry, rows=rows, day=self.world.day)
        elif principal_key(state, who.id, state.time) is not None:
            self.shelf.push(self.world, who, entry, rows=rows, day=self.world.day)
        else:
            with pytest.raises(Refused, match="session-required"):
                self.shelf.push(self.world, who, entry, rows=rows, day=self.world.day)
        assert self.shelf.dump() == before

    @rule(name=SPACES)
    def clone(self, name: str) -> None:
        log = self.world.log(name, self.world.lead)
        last = self.world.space(log).chain.author(self.world.lead.id)
        if last.sequence == 0:
            return
        other = self.world.sealing(self.world.lead, log, b"clone", sequence=last.sequence)
        before = self.shelf.dump()
        with pytest.raises(Refused, match="device-cloned"):
            self.shelf.push(self.world, self.world.lead, other, rows=Rows(), day=self.world.day)
        assert self.shelf.dump() == before

    @rule(name=SPACES)
    def a_commit_fails(self, name: str) -> None:
        entry = self.world.sealing(self.world.lead, self.world.log(name, self.world.lead))
        before = self.shelf.dump()
        self.faults.fault = broken(self.shelf.place)
        with pytest.raises(StorageFailed):
            self.shelf.push(self.world, self.world.lead, entry, rows=Rows(), day=self.world.day)
        self.faults.fault = None
        assert self.shelf.dump() == before

    @rule()
    def restart(self) -> None:
        self.shelf.store.close()
        self.shelf = Shelf.open(self.shelf.place, self.faults)

    @rule()
    def forget(self) -> None:
        self.shelf.store.states.drop([self.world.programme])

    def leads(self) -> list[object]:
        return [self.world.state.accounts[lead] for lead in self.world.state.leads]

    @invariant()
    def entries_are_the_chains(self) -> None:
        stored: dict[bytes, list[tuple[int, bytes]]] = {}
        for row in sorted(self.shelf.dump()["entries"], key=lambda row: (row[1], row[2])):
            stored.setdefault(row[1], []).append((row[2], row[6]))
        world = self.world
        expected = {world.programme: [state.chain.head for state in world.states[1:]]}
        expected |= {log: space.heads[1:] for log, space in world.spaces.items() if space.entries}
        assert stored == {log: list(enumerate(heads, 1)) for log, heads in expected.items()}

    @invariant()
    def wraps_are_those_of_the_readers(self) -> None:
        state = self.world.state
        expected = {(log, reader, space.epoch) for log, space in state.spaces.items() for reader in readers(state, log)}
        for log, space in state.spaces.items():
            for id_, code in state.open_invites("recovery", account=space.account).items() if space.account else ():
                expected |= {(log, id_, epoch) for epoch in range(space.epoch_at(code.position), space.epoch)}
        assert {row[1:4] for row in self.shelf.dump()["wraps"]} == expected

    @invariant()
    def a_published_state_is_the_model_s(self) -> None:
        published = self.shelf.store.states.get(self.world.programme)
        assert published is None or published.roster == self.world.state


StoreMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestStore = StoreMachine.TestCase


class PostgresMachine(StoreMachine):
    backend = "postgresql"


PostgresMachine.TestCase.settings = settings(max_examples=10, stateful_step_count=25, deadline=None)
TestPostgres = PostgresMachine.TestCase
