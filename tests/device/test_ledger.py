"""The verified copy of all logs: after a restart it is what it was, by the same rules."""

import pytest

from crypto.public.ids import genesis
from device.ledger import Ledger, entries_above, heads_of, load_chain, load_ledger, store_entries, stored_entry
from sync.device.replica import Placed
from sync.errors import Refused
from sync.log import Chain, Cursor
from tests.device.conftest import House


async def test_a_phone_that_starts_anew_knows_what_it_knew(house: House) -> None:
    for phone in (house.ada, house.lead):
        await phone.link()
        await phone.rotate("personal")
        await phone.sync()
        loaded = load_ledger(phone.vault.read(), house.programme)
        assert loaded.roster == phone.engine.roster
        for log in phone.engine.logs():
            assert loaded.chain(house.programme, log) == phone.engine.ledger.chain(house.programme, log)


async def test_each_position_has_its_entry_and_its_head(house: House) -> None:
    reader, log = house.ada.vault.read(), house.personal
    chain = house.ada.engine.ledger.chains[log]
    heads = heads_of(reader, Cursor(0, genesis(house.programme, log)), log)
    walked = Chain.start(house.programme, log)
    assert heads(0) == walked.head
    for position, entry in enumerate(entries_above(reader, log, 0), start=1):
        walked = walked.extend(entry)
        assert heads(position) == walked.head
        assert stored_entry(reader, log, position) == entry
    assert walked == chain == load_chain(reader, log)
    assert heads(chain.position + 1) is None
    assert stored_entry(reader, log, chain.position + 1) is None
    assert len(list(entries_above(reader, log, chain.position - 1))) == 1


async def test_a_position_is_stored_once(house: House) -> None:
    entry = stored_entry(house.ada.vault.read(), house.personal, 1)
    assert entry is not None
    with pytest.raises(Exception, match="UNIQUE"), house.ada.vault.write() as connection:
        store_entries(connection, house.personal, [Placed(1, bytes(32), entry)])


async def test_a_database_that_was_changed_by_hand_is_not_believed(house: House) -> None:
    with house.ada.vault.write() as connection:
        connection.execute(
            "UPDATE entries SET signature = ? WHERE log = ? AND position = 3", (bytes(64), house.programme)
        )
    with pytest.raises(Refused):
        load_ledger(house.ada.vault.read(), house.programme)


def test_before_the_first_pull_all_is_at_its_beginning() -> None:
    ledger = Ledger()
    assert ledger.roster is None
    for log in (b"P" * 32, b"L" * 32):
        assert ledger.chain(b"P" * 32, log) == Chain.start(b"P" * 32, log)
