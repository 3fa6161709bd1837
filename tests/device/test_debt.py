"""What has to be stated again: kept over a restart, settled by the roster itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.debt import Debt, load_debt, owe, refuse, settle, store_debt, treated
from device.vault import Vault
from sync.device.branches import KINDS, Owed
from tests.device.local import opened_vault
from tests.support.actors import World

IDS = st.binary(min_size=16, max_size=32)
OWED = st.builds(Owed, st.sampled_from(KINDS), IDS, st.binary(max_size=16), st.integers(0, 2**40))
DEBTS = st.builds(
    Debt,
    st.lists(OWED, min_size=1, max_size=4).map(tuple),
    st.dictionaries(st.tuples(IDS, IDS), IDS, max_size=3),
    st.frozensets(IDS, max_size=3),
)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    with opened_vault(tmp_path_factory.mktemp("debt")) as made:
        yield made


@given(DEBTS)
def test_a_debt_is_read_as_it_was_stored(vault: Vault, debt: Debt) -> None:
    with vault.write() as connection:
        store_debt(connection, debt)
    assert load_debt(vault.read()) == debt
    with vault.write() as connection:
        store_debt(connection, Debt())
    assert load_debt(vault.read()) == Debt()


def test_a_debt_is_settled_by_the_roster_and_stops_nobody_once_it_was_refused(tmp_path: Path) -> None:
    world = World.found(1)
    linked = world.link(world.lead)
    account = world.lead.account
    owed = Owed("revoke", linked.id, account, world.state.chain.position)
    with opened_vault(tmp_path) as made, made.write() as connection:
        assert owe(connection, [owed, owed]).owed == (owed,)
        assert load_debt(connection).due(world.state, account) == [owed]
        assert load_debt(connection).due(world.state, bytes(16)) == []
        # Until it is stated the phone counts as gone, with all it wrote since.
        former = treated(connection, world.state).former[linked.id]
        assert (former.position, former.cosigned, dict(former.accepted)) == (owed.since + 1, True, {})
        refuse(connection, owed)
        assert load_debt(connection).due(world.state, account) == []
        # Nobody else may ever show the same.
        assert treated(connection, world.state) == world.state
        settle(connection, world.state)
        assert load_debt(connection).open(world.state) == [owed]
        world.revoke(world.lead, linked)
        settle(connection, world.state)
        assert load_debt(connection) == Debt()
        assert treated(connection, world.state) == world.state


def test_that_the_account_itself_left_is_stated_last(tmp_path: Path) -> None:
    """Afterwards it may state nothing, and what it owed beside that might be known to nobody else."""
    world = World.found(1)
    lia, member = world.second_lead(), world.member()
    owed = {one.account: Owed("remove", one.account, b"", world.state.chain.position) for one in (lia, member)}
    with opened_vault(tmp_path) as made, made.write() as connection:
        owe(connection, owed.values())
        debt = load_debt(connection)
        assert debt.due(world.state, lia.account) == [owed[member.account], owed[lia.account]]
        assert debt.due(world.state, member.account) == [owed[member.account]]
        assert set(debt.due(world.state, world.lead.account)) == set(owed.values())


def test_what_was_written_since_does_not_stand_again() -> None:
    debt = Debt(last={(b"d" * 32, b"l" * 32): b"old"})
    last = ((b"d" * 32, b"l" * 32, b"new"), (b"d" * 32, b"m" * 32, b"new"), (b"e" * 32, b"l" * 32, b"new"))
    assert debt.trimmed(last) == ((b"d" * 32, b"l" * 32, b"old"),)
