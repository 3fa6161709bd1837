"""Two branches of one roster: no departure of either is forgotten."""

from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.device.branches import Owed, in_order, is_declared, last_shared, unlearnt
from sync.device.replica import Placed
from sync.errors import Refused
from sync.state import RosterState
from tests.support.actors import World
from tests.support.people import Pass, Phone
from tests.sync.histories import Server


@dataclass
class Cast:
    """A programme whose people do things at random. Whoever may not do a thing does nothing."""

    world: World
    phones: dict[bytes, Phone] = field(default_factory=dict)
    passes: dict[bytes, Pass] = field(default_factory=dict)

    @staticmethod
    def of(seed: int) -> "Cast":
        world = World.found(seed)
        cast = Cast(world, {world.lead.id: world.lead})
        code = world.invite("recovery")
        cast.passes[code.id] = code
        for phone in (world.second_lead(), world.member(), world.member()):
            cast.phones[phone.id] = phone
            for _ in range(2):
                linked = world.link(phone)
                cast.phones[linked.id] = linked
            for role in ("recovery", "link"):
                made = world.invite(role, phone)
                cast.passes[made.id] = made
        return cast

    def copy(self) -> "Cast":
        return Cast(Server(self.world, self.world.server).copy().world, dict(self.phones), dict(self.passes))

    def act(self, random: Random) -> None:
        author, other = (random.choice([*self.phones.values()]) for _ in range(2))
        try:
            match random.randrange(7):
                case 0 | 1:
                    since = random.randrange(self.world.state.chain.position + 1)
                    self.world.revoke(author, other, since=since, last=())
                case 2:
                    self.world.remove(author, other)
                case 3:
                    self.world.close(author, random.choice([*self.passes.values()]))
                case 4:
                    self.world.rotate(author, random.choice(("personal", "commons", "leads")))
                case 5:
                    linked = self.world.link(author)
                    self.phones[linked.id] = linked
                case _:
                    made = self.world.invite(random.choice(("member", "lead", "recovery")), author)
                    self.passes[made.id] = made
        except Refused:
            pass

    def state_again(self, one: Owed) -> bool:
        """Whether some phone could."""
        for phone in [*self.phones.values()]:
            if phone.id not in self.world.state.devices or not one.falls_to(phone.account, self.world.state):
                continue
            try:
                self._state_by(phone, one)
            except Refused:
                continue
            return True
        return False

    def _state_by(self, phone: Phone, one: Owed) -> None:
        now = self.world.state
        match one.kind:
            case "remove":
                self.world.remove(phone, self.phones[now.accounts[one.id].devices[0]])
            case "revoke":
                self.world.revoke(phone, self.phones[min(one.devices(now))], since=one.since, last=())
            case "close":
                self.world.close(phone, self.passes[one.id])
            case _:
                self.world.rotate(phone, now.spaces[one.id].name)


def gone_above(own: RosterState, shared: int) -> tuple[set[bytes], set[bytes]]:
    """Devices and accounts that left above a position."""
    return (
        {device for device, former in own.former.items() if former.position > shared},
        {account for account, departure in own.departed.items() if departure.position > shared},
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), before=st.integers(0, 5), here=st.integers(0, 12), there=st.integers(0, 12))
def test_no_departure_of_either_branch_is_forgotten(seed: int, before: int, here: int, there: int) -> None:
    random = Random(seed)
    common = Cast.of(seed)
    for _ in range(before):
        common.act(random)
    own, other = common.copy(), common.copy()
    for _ in range(here):
        own.act(random)
    for _ in range(there):
        other.act(random)
    mine, theirs = own.world.state, other.world.state
    other.phones |= {id_: phone for id_, phone in own.phones.items() if id_ in theirs.devices}
    shared = last_shared(mine, theirs)
    assert shared >= common.world.state.chain.position
    assert mine.head_at(shared) == theirs.head_at(shared)
    owed = unlearnt(mine, shared, theirs)
    assert owed == in_order(owed)
    assert {one.since for one in owed} <= {shared}
    # One statement may settle others, and a revocation is stated until nobody of the line is left.
    stuck = list[Owed]()
    for one in owed:
        while one.is_open(other.world.state):
            if not other.state_again(one):
                stuck.append(one)
                break
    now = other.world.state
    devices, accounts = gone_above(mine, shared)
    lost = {device for one in stuck for device in one.devices(now)}
    assert devices & set(now.devices) <= lost
    assert accounts & set(now.accounts) <= {one.id for one in stuck if one.kind == "remove"}
    for id_, record in mine.invites.items():
        # The codes of an account that left are closed by its removal.
        excused = {one.id for one in stuck}
        if record.closing is not None and id_ in now.invites and not {id_, record.account} & excused:
            assert now.invites[id_].closing is not None or not now.invites[id_].is_open(now.time)
    for log, space in mine.spaces.items():
        if space.current.since > shared and space.epoch > 1 and log in now.spaces and space.account in now.accounts:
            assert now.spaces[log].current.since > shared or log in {one.id for one in stuck}
    # What the branch itself did away with is away all the same.
    assert not gone_above(theirs, shared)[0] & set(now.devices)
    # Nobody is stuck but where all phones that could state it came by the one that is to go, or the last lead goes.
    for one in stuck:
        assert one.kind != "close"
        if one.kind == "revoke":
            assert set(now.accounts[one.account].devices) <= one.devices(now)


def test_one_branch_owes_itself_nothing() -> None:
    cast = Cast.of(1)
    state = cast.world.state
    assert last_shared(state, state) == state.chain.position
    assert unlearnt(state, state.chain.position, state) == []


def placed(world: World) -> list[Placed]:
    return [Placed(at, world.state.heads[at], entry) for at, entry in enumerate(world.entries, 1)]


@pytest.mark.parametrize(
    ("author", "believed"), [("lead", True), ("removed lead", False), ("revoked phone", False), ("new phone", False)]
)
def test_only_a_lead_whom_the_client_knows_ends_an_alarm(author: str, believed: bool) -> None:
    world = World.found(3)
    world.invite("recovery")
    lia = world.second_lead()
    linked = world.link(world.lead)
    own, other = (Server(world, world.server).copy().world for _ in range(2))
    own.remove(own.lead, lia)
    own.revoke(own.lead, linked)
    shared = world.state.chain.position
    assert not is_declared(own.state, placed(other), shared)
    match author:
        case "lead":
            other.restored(other.lead)
        case "removed lead":
            other.restored(lia)
        case "revoked phone":
            other.restored(linked)
        case _:
            other.restored(other.link(other.lead))
    assert is_declared(own.state, placed(other), shared) == believed


def test_a_restore_that_both_branches_share_declares_nothing() -> None:
    world = World.found(4)
    world.restored(world.lead)
    own, other = (Server(world, world.server).copy().world for _ in range(2))
    own.invite("recovery")
    other.invite("recovery")
    assert not is_declared(own.state, placed(other), last_shared(own.state, other.state))


def test_a_phone_thrown_away_by_the_one_it_linked_is_not_forgotten() -> None:
    """Only the stolen phone itself was looked for: on the branch it had been revoked, by its own helper."""
    world = World.found(5)
    stolen = world.link(world.lead)
    own, other = (Server(world, world.server).copy().world for _ in range(2))
    own.revoke(own.lead, stolen)
    helper = other.link(stolen)
    other.revoke(helper, stolen)
    (owed,) = unlearnt(own.state, world.state.chain.position, other.state)
    assert owed.kind == "revoke"
    assert owed.devices(other.state) == {helper.id}


def test_a_phone_that_the_branch_does_not_know_may_still_come_back() -> None:
    """Its `join` fits the branch as well, whose server has forgotten that the link was used."""
    world = World.found(6)
    link = world.invite("link", world.lead)
    own, other = (Server(world, world.server).copy().world for _ in range(2))
    stolen = own.newcomer(link)
    join = own.push(own.draft(stolen, own.joining(stolen, link)))
    own.revoke(own.lead, stolen)
    owed = next(one for one in unlearnt(own.state, world.state.chain.position, other.state) if one.kind == "revoke")
    assert not owed.is_open(other.state)
    assert not owed.is_settled(other.state)
    other.remember(stolen.hpke)
    other.push(join)
    assert owed.is_open(other.state)
    other.revoke(other.lead, stolen)
    assert owed.is_settled(other.state)
