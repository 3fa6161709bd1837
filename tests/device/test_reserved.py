"""Records of the phone itself: they travel like all others, and nobody is shown them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from device.ledger import follow
from device.reserved import ACCOUNT_KEYS, MEMBER, reserved_values, stage_reserved
from device.vault import Vault
from schemas.records import is_reserved
from tests.device.conftest import House
from tests.device.local import opened_vault


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with opened_vault(tmp_path) as made:
        yield made


def test_a_reserved_record_waits_for_the_next_flush(vault: Vault) -> None:
    log = b"L" * 32
    with vault.write() as connection:
        follow(connection, b"P" * 32, log, "personal")
        follow(connection, b"P" * 32, log, "personal")
        stage_reserved(connection, log, b"r" * 16, ACCOUNT_KEYS, {"member_key": bytes(32)})
    rows = vault.read().execute("SELECT type, field FROM pending").fetchall()
    assert rows == [(ACCOUNT_KEYS, "member_key")]
    assert vault.read().execute("SELECT COUNT(*) FROM logs").fetchone() == (1,)
    # It lands like any other, and is read only then.
    assert reserved_values(vault.read(), log, ACCOUNT_KEYS) == []


async def test_keys_and_names_are_neither_shown_nor_counted_nor_exported(house: House) -> None:
    assert is_reserved(ACCOUNT_KEYS)
    for phone in (house.ada, house.lead):
        (keys,) = reserved_values(phone.vault.read(), phone.engine.writer.personal, ACCOUNT_KEYS)
        assert set(keys) == {"member_key"}
        shown = {record.type for record in phone.records.list()} | {record["type"] for record in phone.records.export()}
        assert not shown & {ACCOUNT_KEYS, MEMBER}
    with house.ada.vault.write() as connection:
        stage_reserved(connection, house.personal, b"r" * 16, ACCOUNT_KEYS, {"member_key": bytes(32)})
    assert house.ada.records.unsent() == 0
