"""Wraps: to whom keys are sealed, and what is taken from the server."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto.secret.epoch import unwrap, wrap
from crypto.secret.hpke import HpkeKey
from device.keyring import hold_key
from device.reserved import ACCOUNT_KEYS, reserved_values
from device.vault import Vault
from device.wrapping import KeyNotHere, open_wraps, own_readers, publics_of, wrap_for
from schemas import wire
from sync.device.changes import Change
from sync.device.merge import merge_change
from sync.device.replica import ServerFault
from tests.device.local import opened_vault
from tests.support.actors import World


@pytest.fixture(scope="module")
def world() -> World:
    return World.found(4)


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with opened_vault(tmp_path) as made:
        yield made


def put_record(vault: Vault, log: bytes, record: bytes, kind: str, **fields: bytes | str) -> None:
    change = Change(record, kind, 1, False, dict(fields), ())
    state = merge_change(None, change, stamp=1, device=bytes(32), position=1, seen=0)
    with vault.write() as connection:
        connection.execute("INSERT INTO records VALUES (?, ?, ?, 0, ?)", (log, record, kind, state.encode()))


def test_a_wrap_opens_for_its_reader_alone(vault: Vault, world: World) -> None:
    log, reader, other = world.log("commons"), HpkeKey.generate(os.urandom), HpkeKey.generate(os.urandom)
    (key,) = world.epoch_keys[log]
    with vault.write() as connection:
        hold_key(connection, log, 1, key)
    wanted = {(log, 1, reader.hash)}
    ((to, epoch, name, made),) = wrap_for(vault.read(), world.state, wanted, {reader.hash: reader.public})
    assert (to, epoch, name) == (log, 1, reader.hash)
    committed = world.state.spaces[log].current.commitment
    assert unwrap(reader, world.programme, log, 1, reader.hash, made, committed) == key
    with pytest.raises(Exception, match="tag"):
        unwrap(other, world.programme, log, 1, reader.hash, made, committed)


def test_without_the_key_nothing_is_wrapped(vault: Vault, world: World) -> None:
    with pytest.raises(KeyNotHere, match="commons"):
        wrap_for(vault.read(), world.state, {(world.log("commons"), 1, b"r" * 32)}, {})


def test_keys_are_taken_by_their_hash_and_in_any_order() -> None:
    one, two = HpkeKey.generate(os.urandom), HpkeKey.generate(os.urandom)
    found = publics_of([one.hash, two.hash], [two.public, one.public])
    assert found == {one.hash: one.public, two.hash: two.public}
    assert publics_of([one.hash, two.hash], [two.public, two.public]) == {two.hash: two.public}
    with pytest.raises(ServerFault, match="does not name"):
        publics_of([one.hash, two.hash], [two.public, bytes(1216), one.public])


def test_a_phone_reads_as_its_device_and_as_its_account(vault: Vault) -> None:
    personal, device, member = b"L" * 32, HpkeKey.generate(os.urandom), HpkeKey.generate(os.urandom)
    assert own_readers(vault.read(), personal, b"d" * 32, device) == {b"d" * 32: device}
    put_record(vault, personal, b"1" * 16, ACCOUNT_KEYS, member_key=member.seed)
    # What another version wrote there is no key.
    put_record(vault, personal, b"2" * 16, ACCOUNT_KEYS, member_key="text")
    put_record(vault, personal, b"3" * 16, ACCOUNT_KEYS, member_key=b"short")
    put_record(vault, personal, b"4" * 16, ACCOUNT_KEYS, other=b"x")
    assert set(own_readers(vault.read(), personal, b"d" * 32, device)) == {b"d" * 32, member.hash}
    assert len(reserved_values(vault.read(), personal, ACCOUNT_KEYS)) == 4
    assert reserved_values(vault.read(), b"M" * 32, ACCOUNT_KEYS) == []


def test_of_many_wraps_the_one_that_opens_counts(world: World) -> None:
    log, member = world.log("commons"), world.lead.person.member
    (key,) = world.epoch_keys[log]
    good = wrap(key, world.programme, log, 1, member.hash, member.public)
    wraps = [
        wire.OwnWrap(log=log, epoch=1, reader=member.hash, wrap=content) for content in (bytes(1168), good, bytes(1168))
    ]
    mine = {member.hash: member}
    assert open_wraps(world.state, mine, [log], wraps) == {log: {1: key}}
    # Asked for nothing, it learns nothing: the phone would ask again and again.
    assert open_wraps(world.state, mine, [], wraps) == {}
    assert open_wraps(world.state, mine, [world.log("leads")], wraps) == {}
