"""Who a phone is: kept whole, and shown to nobody."""

import copy
import os
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.public.ids import device_id
from crypto.public.signing import SigningKey
from crypto.secret.hpke import HpkeKey
from device.identity import Identity, load_identity, store_identity
from device.vault import Vault
from tests.device.local import opened_vault


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with opened_vault(tmp_path) as made:
        yield made


def identity(way: str = "member") -> Identity:
    return Identity(
        "sent",
        way,
        "http://hall.test",
        b"k" * 32,
        b"s" * 16,
        SigningKey.generate(os.urandom),
        HpkeKey.generate(os.urandom),
        "Ada",
        b"P" * 32,
        b"a" * 16,
    )


def fields(one: Identity) -> tuple[object, ...]:
    keys = one.signing.seed, one.hpke.seed
    return one.stage, one.way, one.address, one.server_key, one.secret, *keys, one.name, one.programme, one.account


def test_it_comes_back_as_it_was_stored(vault: Vault) -> None:
    assert load_identity(vault.read()) is None
    for one in (identity(), identity("link"), replace(identity(), stage="active", name="", account=b"")):
        with vault.write() as connection:
            store_identity(connection, one)
        loaded = load_identity(vault.read())
        assert loaded is not None
        assert fields(loaded) == fields(one)
        assert loaded.device == one.device == device_id(one.signing.public, one.hpke.hash)


def test_a_secret_stays_for_a_server_that_loses_the_join() -> None:
    for way in ("member", "lead", "link", "recovery"):
        assert identity(way).active().secret == b"s" * 16
    # The operator's token opens no session.
    assert identity("found").active().secret == b""
    assert identity().active().stage == "active"


def test_nothing_of_it_is_printed_or_copied() -> None:
    one = identity()
    assert repr(one) == str(one) == "<Identity>"
    with pytest.raises(TypeError):
        pickle.dumps(one)
    with pytest.raises(TypeError):
        copy.deepcopy(one)
