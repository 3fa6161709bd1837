"""New keys for a phone: what the old ones had not delivered is taken back, what was written stays."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.public.ids import log_id
from crypto.public.signing import SigningKey
from crypto.secret.hpke import HpkeKey
from device import landing, outbox
from device.ceremonies.beginning import begin, has_history, take_over
from device.identity import Identity, load_identity, store_identity
from device.keyring import hold_key
from device.ledger import follow, store_entries
from device.pending import stage
from device.reserved import ACCOUNT_KEYS, stage_reserved
from device.vault import Vault
from sync.device.changes import Change
from sync.device.replica import Placed
from sync.log import SUITE, ZERO, Cursor, Entry, Header
from tests.device.local import opened_vault

PROGRAMME, ACCOUNT, RECORD = b"P" * 32, b"a" * 16, b"r" * 16
PERSONAL = log_id(PROGRAMME, "personal", ACCOUNT)


def identity(stage: str = "sent", *, account: bytes = ACCOUNT) -> Identity:
    keys = SigningKey.generate(os.urandom), HpkeKey.generate(os.urandom)
    return Identity(stage, "member", "http://hall.test", bytes(32), os.urandom(16), *keys, "Ada", PROGRAMME, account)


def entry(one: Identity, number: int, log: bytes = PERSONAL) -> Entry:
    seen = Cursor(0, bytes(32))
    return Entry.sign(Header(SUITE, log, one.device, number, "sealed", 1, ZERO, seen, seen, ZERO), b"x", one.signing)


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with opened_vault(tmp_path) as made:
        yield made


@pytest.fixture
def old(vault: Vault) -> Identity:
    """A phone on its way in: a record logged and flushed, its keys staged, a `join` waiting."""
    one = identity()
    with vault.write() as connection:
        store_identity(connection, one)
        follow(connection, PROGRAMME, PERSONAL, "personal")
        stage(connection, PERSONAL, Change(RECORD, "contact", 1, False, {"modality": "phone"}, ()))
        stage_reserved(connection, PERSONAL, b"k" * 16, ACCOUNT_KEYS, {"member_key": bytes(32)})
        landing.mark_flushed(connection, PERSONAL, 3, 1)
        outbox.put(connection, entry(one, 3))
        outbox.put(connection, entry(one, 1, PROGRAMME))
        hold_key(connection, PERSONAL, 1, bytes(32))
    return one


def one(vault: Vault, sql: str) -> int:
    (number,) = vault.read().execute(sql).fetchone()
    return int(number)


def test_before_it_arrived_only_what_was_written_stays(vault: Vault, old: Identity) -> None:
    with vault.write(new_keys=True) as connection:
        stored = begin(connection, replace(identity("invited", account=b""), programme=b""))
    assert (stored.programme, stored.account) == (b"", b"")
    kept = vault.read().execute("SELECT record, sequence, stamp FROM pending").fetchall()
    assert kept == [(RECORD, None, 1)]
    for table in ("outbox", "entries", "epoch_keys"):
        assert one(vault, f"SELECT COUNT(*) FROM {table}") == 0
    assert outbox.last_signed(vault.read(), PROGRAMME) == 0
    loaded = load_identity(vault.read())
    assert loaded is not None
    assert loaded.device == stored.device != old.device


def test_what_was_written_goes_to_the_space_that_is_followed_then(vault: Vault, old: Identity) -> None:
    following = log_id(PROGRAMME, "personal", b"b" * 16)
    with vault.write(new_keys=True) as connection:
        begin(connection, identity("invited"))
        follow(connection, PROGRAMME, following, "personal")
        take_over(connection, "personal", following)
        take_over(connection, "commons", log_id(PROGRAMME, "commons", None))
    assert vault.read().execute("SELECT log, seen FROM pending").fetchall() == [(following, 0)]
    assert vault.read().execute("SELECT log FROM logs").fetchall() == [(following,)]
    assert old.account == ACCOUNT


def test_once_it_arrived_it_can_only_come_back(vault: Vault, old: Identity) -> None:
    with vault.write() as connection:
        assert not has_history(connection, old)
        store_entries(connection, PERSONAL, [Placed(1, bytes(32), entry(old, 1))])
        assert has_history(connection, old)
        assert not has_history(connection, replace(old, account=b""))
    with vault.write(new_keys=True) as connection:
        stored = begin(connection, replace(identity("invited", account=b""), programme=b""))
    assert (stored.programme, stored.account) == (PROGRAMME, ACCOUNT)
    assert one(vault, "SELECT COUNT(*) FROM entries") == one(vault, "SELECT COUNT(*) FROM epoch_keys") == 1
    assert one(vault, "SELECT COUNT(*) FROM pending WHERE sequence IS NOT NULL") == 0
    assert one(vault, "SELECT COUNT(*) FROM outbox") == 0
