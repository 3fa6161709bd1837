"""The check of HPKE keys: whatever passes can be sealed to."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import example, given
from hypothesis import strategies as st

from crypto.errors import KeyRefused
from crypto.public.hashing import H
from crypto.public.hpkekey import HPKE_KEY_SIZE, check_hpke_key, hpke_key_hash
from crypto.secret.hpke import HpkeKey, seal

READER = HpkeKey.from_seed(bytes(32))


def with_coefficient(index: int, value: int) -> bytes:
    """READER's key with one of its 768 coefficients set."""
    number = int.from_bytes(READER.public[:1152], "little")
    number &= ~(0xFFF << 12 * index)
    return (number | value << 12 * index).to_bytes(1152, "little") + READER.public[1152:]


@given(st.integers(0, 767), st.integers(0, 4095))
def test_coefficients_are_below_q(index: int, value: int) -> None:
    key = with_coefficient(index, value)
    if value < 3329:
        check_hpke_key(key)
    else:
        with pytest.raises(KeyRefused, match="reduced"):
            check_hpke_key(key)


@given(st.binary(min_size=32, max_size=32))
@example(bytes(32))
def test_what_passes_can_be_sealed_to(x25519: bytes) -> None:
    key = READER.public[:1184] + x25519
    try:
        check_hpke_key(key)
    except KeyRefused:
        # Exactly the keys that the library cannot agree with.
        with pytest.raises(ValueError, match="shared key"):
            X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(x25519))
    else:
        assert seal(key, "wrap", b"", b"")


@pytest.mark.parametrize("u", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18])
def test_nobody_can_seal_to_a_point_of_small_order(u: int) -> None:
    key = READER.public[:1184] + u.to_bytes(32, "little")
    with pytest.raises(KeyRefused, match="small order"):
        check_hpke_key(key)
    with pytest.raises(KeyRefused):
        seal(key, "wrap", b"", b"")


@pytest.mark.parametrize("size", [0, 32, 1184, HPKE_KEY_SIZE - 1, HPKE_KEY_SIZE + 1])
def test_length(size: int) -> None:
    with pytest.raises(KeyRefused, match="1216"):
        check_hpke_key((READER.public + bytes(1))[:size])


def test_hash() -> None:
    assert hpke_key_hash(READER.public) == H("hpke-key", READER.public) == READER.hash


def test_honest_x25519_keys_pass() -> None:
    for i in range(1, 20):
        x25519 = X25519PrivateKey.from_private_bytes(bytes([i]) * 32).public_key().public_bytes_raw()
        check_hpke_key(READER.public[:1184] + x25519)
