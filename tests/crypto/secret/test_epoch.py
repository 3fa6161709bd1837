"""Epoch keys: each of them opens in its own place only, and only if the roster committed to it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import EncodingError, KeyRefused, OpenFailed
from crypto.public.hashing import H
from crypto.public.signing import SigningKey
from crypto.secret import epoch
from crypto.secret.hpke import HpkeKey

BYTES = st.binary(min_size=32, max_size=32)
EPOCHS = st.integers(0, 2**53 - 1)
READER = HpkeKey.from_seed(bytes(32))
KEY, OTHER_KEY, PROGRAMME, LOG, READER_ID = (bytes([i]) * 32 for i in range(5))
ACCOUNT = bytes(16)
DEVICE = SigningKey.from_seed(b"\5" * 32)


def reason(call: Callable[[], object]) -> str:
    with pytest.raises(OpenFailed) as caught:
        call()
    return caught.value.reason


@given(EPOCHS, BYTES)
def test_commitment(number: int, key: bytes) -> None:
    assert epoch.commitment(number, key) == H("epoch", number.to_bytes(8, "big") + key)


@given(BYTES, BYTES, EPOCHS, BYTES, BYTES)
def test_wraps_open(key: bytes, programme: bytes, number: int, log: bytes, reader_id: bytes) -> None:
    wrapped = epoch.wrap(key, programme, log, number, reader_id, READER.public)
    assert len(wrapped) == epoch.WRAP_SIZE == 1168
    opened = epoch.unwrap(READER, programme, log, number, reader_id, wrapped, epoch.commitment(number, key))
    assert opened == key


def test_a_server_cannot_hand_out_a_key_of_its_own() -> None:
    forged = epoch.wrap(OTHER_KEY, PROGRAMME, LOG, 1, READER_ID, READER.public)
    committed = epoch.commitment(1, KEY)
    assert reason(lambda: epoch.unwrap(READER, PROGRAMME, LOG, 1, READER_ID, forged, committed)) == "commitment"


def test_a_wrap_of_an_old_epoch_does_not_pass_for_the_new_one() -> None:
    old = epoch.wrap(KEY, PROGRAMME, LOG, 1, READER_ID, READER.public)
    committed = epoch.commitment(2, KEY)
    assert reason(lambda: epoch.unwrap(READER, PROGRAMME, LOG, 2, READER_ID, old, committed)) == "tag"


def test_nobody_wraps_to_a_bad_key() -> None:
    with pytest.raises(KeyRefused):
        epoch.wrap(KEY, PROGRAMME, LOG, 1, READER_ID, bytes(1216))


@given(BYTES, BYTES, st.integers(2, 2**53 - 1), BYTES)
def test_the_chain_of_previous_keys(new: bytes, old: bytes, number: int, log: bytes) -> None:
    sealed = epoch.seal_previous(new, number, log, old, number - 1)
    assert len(sealed) == epoch.SEALED_PREVIOUS_SIZE == 48
    opened = epoch.open_previous(new, number, log, sealed, number - 1, epoch.commitment(number - 1, old))
    assert opened == old


@given(st.integers(0, 48 * 8 - 1))
def test_no_bit_of_a_sealed_previous_key_can_change(bit: int) -> None:
    sealed = int.from_bytes(epoch.seal_previous(KEY, 2, LOG, OTHER_KEY, 1), "big") ^ 1 << bit
    committed = epoch.commitment(1, OTHER_KEY)
    changed = sealed.to_bytes(48, "big")
    assert reason(lambda: epoch.open_previous(KEY, 2, LOG, changed, 1, committed)) == "tag"


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_of_another_size_is_the_callers_mistake(size: int) -> None:
    key = bytes(size)
    calls: list[Callable[[], object]] = [
        lambda: epoch.commitment(1, key),
        lambda: epoch.wrap(key, PROGRAMME, LOG, 1, READER_ID, READER.public),
        lambda: epoch.seal_previous(key, 2, LOG, KEY, 1),
        lambda: epoch.seal_previous(KEY, 2, LOG, key, 1),
        lambda: epoch.inbox_key(key),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="32"):
            call()


def test_the_inbox_follows_the_epoch_of_the_leads() -> None:
    assert epoch.inbox_key(KEY).public == epoch.inbox_key(KEY).public != epoch.inbox_key(OTHER_KEY).public


@given(st.text(max_size=44))
def test_names_come_back_and_all_look_alike(name: str) -> None:
    inbox = epoch.inbox_key(KEY)
    sealed = epoch.seal_name(inbox.public, PROGRAMME, ACCOUNT, name, DEVICE)
    assert len(sealed) == epoch.SEALED_NAME_SIZE == 1392
    assert epoch.open_name(inbox, PROGRAMME, ACCOUNT, sealed, DEVICE.public) == name


def test_a_name_counts_in_bytes() -> None:
    inbox = epoch.inbox_key(KEY)
    for name in ("a" * 176, "é" * 88, "𝄞" * 44):
        sealed = epoch.seal_name(inbox.public, PROGRAMME, ACCOUNT, name, DEVICE)
        assert epoch.open_name(inbox, PROGRAMME, ACCOUNT, sealed, DEVICE.public) == name
        with pytest.raises(EncodingError, match="177"):
            epoch.seal_name(inbox.public, PROGRAMME, ACCOUNT, name + "a", DEVICE)


def test_a_name_is_unicode() -> None:
    with pytest.raises(EncodingError):
        epoch.seal_name(epoch.inbox_key(KEY).public, PROGRAMME, ACCOUNT, "\ud800", DEVICE)


def test_a_name_stays_with_its_account() -> None:
    inbox = epoch.inbox_key(KEY)
    sealed = epoch.seal_name(inbox.public, PROGRAMME, ACCOUNT, "Ada", DEVICE)
    assert reason(lambda: epoch.open_name(inbox, PROGRAMME, b"\1" * 16, sealed, DEVICE.public)) == "tag"
    other = SigningKey.from_seed(bytes(32)).public
    assert reason(lambda: epoch.open_name(inbox, PROGRAMME, ACCOUNT, sealed, other)) == "signature"
    assert reason(lambda: epoch.open_name(inbox, PROGRAMME, ACCOUNT, sealed, bytes(32))) == "signature"
