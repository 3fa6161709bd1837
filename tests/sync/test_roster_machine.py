"""Random honest ceremonies between random attacks, in any order.

After each step the roster holds together; at the end all accepted entries, applied once more from position 1 as a
new device would, give the equal state.
"""

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crypto.public.signing import SigningKey
from crypto.secret.hpke import HpkeKey
from sync.enrolment import ACTIVE_DEVICES_WITH_CODE, OPEN_CODES_WITH_CODE, OPEN_PER_ACCOUNT
from sync.log import Cursor, Entry
from sync.readers import readers
from sync.roster import apply
from sync.session import principal_key
from sync.space import logs_of
from sync.state import RosterState
from sync.statement import Statement
from sync.statements import Announce, CloseInvite, Policy, Restored, SetPolicy, SetRules, SetServer, decode_statement
from tests.support.actors import World
from tests.support.people import Pass, Phone
from tests.support.refusals import outcome
from tests.sync.arrays import changed
from tests.sync.plain import plain

ROLES = ("member", "lead", "link", "recovery")
any_index = st.integers(0, 2**16)


class Roster(RuleBasedStateMachine):
    """Honest people keep to the rules; what their statements are judged to be is up to `apply`."""

    @initialize(seed=any_index)
    def found(self, seed: int) -> None:
        self.world = World.found(seed)
        self.phones = [self.world.lead]
        self.passes: list[Pass] = []
        self.refused: list[Entry] = []
        self.told = [plain(self.world.state)]

    def phone(self, index: int) -> Phone:
        """One that has not left."""
        active = [phone for phone in self.phones if phone.id in self.world.state.devices]
        return active[index % len(active)]

    def say(self, phone: Phone, statement: Statement, seen: Cursor | None = None) -> bool:
        """Judge the phone's statement, and land it if it is accepted."""
        entry = self.world.draft(phone, statement, seen=seen)
        problem, after = outcome(self.world.judge, entry)
        if after is None:
            self.refused.append(entry)
            return False
        assert problem == "ok"
        self.world.push(entry)
        self.told.append(plain(self.world.state))
        if statement.strict:
            assert entry.header.seen == self.world.states[-2].chain.cursor
        return True

    def earlier(self, phone: Phone, behind: int) -> Cursor:
        """A state this phone may still name as the newest it has seen."""
        state = self.world.state
        first = max(state.chain.author(phone.id).seen, state.devices[phone.id].enrolled)
        return self.world.states[max(first, state.chain.position - behind)].chain.cursor

    # Honest ceremonies.

    @rule(days=st.integers(1, 40))
    def time_passes(self, days: int) -> None:
        self.world.day += days

    @rule(who=any_index, role=st.sampled_from(ROLES), behind=st.integers(0, 3))
    def invite(self, who: int, role: str, behind: int) -> None:
        phone = self.phone(who)
        made, seen = self.world.new_pass(role, phone), self.earlier(phone, behind)
        if self.say(phone, self.world.inviting(made, seen=seen), seen):
            self.passes.append(made)

    @precondition(lambda self: self.passes)
    @rule(which=any_index)
    def join(self, which: int) -> None:
        used = self.passes[which % len(self.passes)]
        phone = self.world.newcomer(used)
        expected = principal_key(self.world.state, used.id, self.world.state.time) is not None and self.still_open(used)
        if self.say(phone, self.world.joining(phone, used)):
            assert expected
            self.phones.append(phone)

    def still_open(self, used: Pass) -> bool:
        state = self.world.state
        return state.invites[used.id].is_open(max(state.time, self.world.day))

    @rule(who=any_index, name=st.sampled_from(["personal", "commons", "leads"]))
    def rotate(self, who: int, name: str) -> None:
        phone, key = self.phone(who), self.world.randomness(32)
        if self.say(phone, self.world.rotating(phone, name, key)):
            self.world.epoch_keys[self.world.log(name, phone)].append(key)

    @rule(who=any_index, days=st.integers(80, 3_700))
    def set_policy(self, who: int, days: int) -> None:
        self.say(self.phone(who), SetPolicy(self.world.day, Policy(1, days, days)))

    @precondition(lambda self: self.passes)
    @rule(who=any_index, which=any_index, by=st.none() | any_index)
    def close(self, who: int, which: int, by: int | None) -> None:
        closed = self.passes[which % len(self.passes)]
        statement: Statement = CloseInvite(self.world.day, closed.id)
        codes = [each for each in self.passes if each.role == "recovery"]
        if by is not None and codes:
            statement = self.world.cosigned(statement, codes[by % len(codes)])
        self.say(self.phone(who), statement)

    @rule(who=any_index, rules=st.integers(1, 3), behind=st.integers(0, 3))
    def announce(self, who: int, rules: int, behind: int) -> None:
        phone = self.phone(who)
        assert self.say(phone, Announce(self.world.day, rules), self.earlier(phone, behind))

    @rule(who=any_index, which=any_index, back=st.integers(0, 12), by=st.none() | any_index, forget=st.booleans())
    def revoke(self, who: int, which: int, back: int, by: int | None, forget: bool) -> None:
        world, phone = self.world, self.phone(who)
        # Mostly one of its own account, so that something happens.
        own = [each for each in self.phones if each.account == phone.account and each != phone]
        lost = (own or self.phones)[which % len(own or self.phones)]
        key, member = world.randomness(32), HpkeKey.generate(world.randomness)
        since = max(0, world.state.chain.position - back)
        changed: dict[str, Any] = {"last": ()} if forget else {}
        statement: Statement = world.revoking(phone, lost, key, member, since=since, **changed)
        codes = [each for each in self.passes if each.role == "recovery" and each.account == phone.account]
        if by is not None and codes:
            statement = world.cosigned(statement, codes[by % len(codes)])
        before = world.state
        if self.say(phone, statement):
            world.epoch_keys[world.log("personal", phone)].append(key)
            assert lost.id in before.devices or statement.cosigned
            assert lost.id in world.state.former
            assert phone.id in world.state.devices
            assert set(before.accounts) == set(world.state.accounts)

    @rule(who=any_index, which=any_index, by=st.none() | any_index)
    def remove(self, who: int, which: int, by: int | None) -> None:
        world, phone, gone = self.world, self.phone(who), self.phones[which % len(self.phones)]
        statement: Statement = world.removing(gone.account)
        codes = [each for each in self.passes if each.role == "recovery" and each.account == phone.account]
        if by is not None and codes:
            statement = world.cosigned(statement, codes[by % len(codes)])
        if self.say(phone, statement):
            assert gone.account in world.state.departed
            assert world.state.commons_due is not None

    @rule(who=any_index, version=st.integers(1, 3))
    def raise_rules(self, who: int, version: int) -> None:
        lowest = min(device.rules for device in self.world.state.devices.values())
        if self.say(self.phone(who), SetRules(self.world.day, version)):
            assert lowest >= version == self.world.state.rules

    @rule(who=any_index)
    def move(self, who: int) -> None:
        server = SigningKey.generate(self.world.randomness)
        if self.say(self.phone(who), SetServer(self.world.day, server.public, "https://elsewhere.example")):
            self.world.server = server

    @rule(who=any_index)
    def restore(self, who: int) -> None:
        phone = self.phone(who)
        assert self.say(phone, Restored(self.world.day)) == (phone.account in self.world.state.leads)

    # Attacks: whoever sends these gets nothing.

    @rule(which=any_index)
    def replay(self, which: int) -> None:
        self.attack(self.world.entries[which % len(self.world.entries)])

    @rule(which=any_index, data=st.data())
    def damage(self, which: int, data: st.DataObject) -> None:
        entry = (self.world.entries + self.refused)[which % len(self.world.entries + self.refused)]
        part = data.draw(st.sampled_from(["raw_header", "signature", "body"]))
        damaged = replace(entry, **{part: changed(getattr(entry, part), data)})
        if damaged != entry:
            self.attack(damaged)

    @rule(which=any_index, who=any_index)
    def sign_for_another(self, which: int, who: int) -> None:
        victim, thief = self.phone(which), self.phone(who)
        if victim != thief:
            honest = self.world.draft(victim, Announce(self.world.day, 1))
            self.attack(Entry.sign(honest.header, honest.check_body(), thief.signing))

    @rule(which=any_index)
    def strict_behind_the_newest(self, which: int) -> None:
        if self.world.state.chain.position > 1:
            seen = self.world.states[-2].chain.cursor
            self.attack(self.world.draft(self.phone(which), SetPolicy(self.world.day, Policy()), seen=seen))

    @rule(who=any_index, position=any_index)
    def witness_of_another_history(self, who: int, position: int) -> None:
        position %= self.world.state.chain.position + 3
        seen = Cursor(position, self.world.randomness(32))
        self.attack(self.world.draft(self.phone(who), Announce(self.world.day, 1), seen=seen))

    @precondition(lambda self: len(self.phones) > len(self.world.state.devices))
    @rule(who=any_index, which=any_index)
    def one_who_left_speaks(self, who: int, which: int) -> None:
        left = [phone for phone in self.phones if phone.id not in self.world.state.devices]
        phone = left[who % len(left)]
        for statement in (Announce(self.world.day, 1), self.world.revoking(phone, self.phone(which)), Restored(0)):
            self.attack(self.world.draft(phone, statement))

    @rule()
    def a_stranger_joins_by_a_secret_of_its_own(self) -> None:
        made = self.world.new_pass("member", self.world.lead)
        phone = self.world.newcomer(made)
        self.attack(self.world.draft(phone, self.world.joining(phone, made)))

    @precondition(lambda self: self.passes)
    @rule(which=any_index)
    def a_stranger_joins_without_the_secret(self, which: int) -> None:
        used = self.passes[which % len(self.passes)]
        phone = self.world.newcomer(used)
        self.attack(self.world.draft(phone, self.world.joining(phone, used, signer=phone.signing)))

    def attack(self, entry: Entry) -> None:
        assert outcome(self.world.judge, entry)[0] != "ok"

    # What always holds.

    @invariant()
    def nothing_was_mutated(self) -> None:
        if hasattr(self, "world"):
            assert plain(self.world.state) == self.told[-1]

    @invariant()
    def the_roster_holds_together(self) -> None:
        if not hasattr(self, "world"):
            return
        state = self.world.state
        assert state.chain.position == len(self.world.entries) == len(state.heads) - 1
        assert state.time == max(each.day for each in map(self.statement_of, self.world.entries))
        assert state.leads == {id_ for id_, account in state.accounts.items() if account.role == "lead"}
        owned = {device: id_ for id_, account in state.accounts.items() for device in account.devices}
        assert owned == {id_: device.account for id_, device in state.devices.items()}
        assert all(state.space_log(space.name, space.account) == log for log, space in state.spaces.items())
        assert len(state.spaces) == 2 + len(state.accounts) + len(state.departed)
        assert state.leads
        assert not set(state.accounts) & set(state.departed)
        assert sorted([*state.devices, *state.former]) == sorted(phone.id for phone in self.phones)
        assert all(account.devices for account in state.accounts.values())
        assert all(one.device.enrolled < one.position <= state.chain.position for one in state.former.values())
        for departure in state.departed.values():
            assert all(id_ in state.former for id_ in departure.account.devices)
        for id_, account in state.accounts.items():
            codes, links = (state.open_invites(role, account=id_) for role in ("recovery", "link"))
            assert len(links) <= OPEN_PER_ACCOUNT
            assert len(codes) <= OPEN_CODES_WITH_CODE
            assert len(account.devices) <= ACTIVE_DEVICES_WITH_CODE
            personal = state.space_log("personal", id_)
            assert readers(state, personal).keys() == {*account.devices, *codes, *links}
        for phone in self.phones:
            logs = logs_of(state, phone.id)
            if phone.id in state.devices:
                assert len(logs) == 4 + (phone.account in state.leads)
                assert logs[-1] == state.space_log("witness")
            else:
                assert logs in ([], [state.programme, state.space_log("personal", phone.account)])
                assert not logs or phone.account in state.departed
                assert phone.id not in readers(state, state.space_log("personal", phone.account))
            assert (principal_key(state, phone.id, state.time) is None) == (not logs)

    @staticmethod
    def statement_of(entry: Entry) -> Statement:
        return decode_statement(entry.header.kind, entry.check_body())

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        state = RosterState.start(self.world.programme)
        for entry, known in zip(self.world.entries, self.world.states[1:], strict=True):
            state = apply(state, Entry(entry.raw_header, entry.signature, entry.body))
            assert state == known
        assert [plain(each) for each in self.world.states[1:]] == self.told


TestRoster = Roster.TestCase
TestRoster.settings = settings(max_examples=40, stateful_step_count=30)
