"""Sealed bodies: rungs, commitment, and nothing that can be changed without being noticed."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import example, given
from hypothesis import strategies as st

from crypto.errors import BodyTooLarge, OpenFailed
from crypto.public.hashing import hkdf
from crypto.secret import body
from crypto.secret.padding import pad

KEY, OTHER_KEY, SALT = bytes(32), bytes([1]) * 32, bytes([2]) * 32
HEADER = b"header fields"
GOOD = body.seal(KEY, SALT, HEADER, b"plaintext")


def reason(call: Callable[[], object]) -> str:
    with pytest.raises(OpenFailed) as caught:
        call()
    return caught.value.reason


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300), st.binary(max_size=5000))
@example(bytes(32), b"", b"")
@example(bytes(32), b"", b"\x80")
@example(bytes(32), b"", b"\x80\0")
def test_round_trip(key: bytes, header: bytes, plaintext: bytes) -> None:
    sealed = body.seal(key, SALT, header, plaintext)
    assert len(sealed) in body.RUNGS
    assert sealed[:32] == SALT
    assert body.open(key, header, sealed) == plaintext


@pytest.mark.parametrize("rung", body.RUNGS)
def test_the_smallest_rung_that_fits(rung: int) -> None:
    plaintext = b"\x80" * body.capacity(rung)
    assert len(body.seal(KEY, SALT, HEADER, plaintext)) == rung
    assert body.open(KEY, HEADER, body.seal(KEY, SALT, HEADER, plaintext)) == plaintext
    if rung < body.RUNGS[-1]:
        assert len(body.seal(KEY, SALT, HEADER, plaintext + b"a")) == 4 * rung


def test_beyond_the_last_rung() -> None:
    with pytest.raises(BodyTooLarge):
        body.seal(KEY, SALT, HEADER, bytes(body.capacity(body.RUNGS[-1]) + 1))


def test_the_length_of_the_plaintext_does_not_show() -> None:
    assert len(body.seal(KEY, SALT, HEADER, b"")) == len(body.seal(KEY, SALT, HEADER, b"a" * 4000))


@given(st.integers(0, 4096 * 8 - 1))
@example(0)
@example(32 * 8)
@example(64 * 8)
def test_no_bit_can_change(bit: int) -> None:
    changed = bytearray(GOOD)
    changed[bit // 8] ^= 1 << bit % 8
    expected = "commitment" if bit < 64 * 8 else "tag"
    assert reason(lambda: body.open(KEY, HEADER, bytes(changed))) == expected


@given(st.binary(max_size=40).filter(lambda header: header != HEADER))
def test_a_body_stays_with_its_header(header: bytes) -> None:
    assert reason(lambda: body.open(KEY, header, GOOD)) == "commitment"


def test_another_key_fails_at_the_commitment() -> None:
    assert reason(lambda: body.open(OTHER_KEY, HEADER, GOOD)) == "commitment"


def test_one_body_cannot_hold_two_plaintexts() -> None:
    """Whatever tag AES-GCM could be made to accept under a second key, the commitment names one key."""
    other = body.seal(OTHER_KEY, SALT, HEADER, b"other")
    mixed = GOOD[:32] + other[32:64] + GOOD[64:]
    assert reason(lambda: body.open(KEY, HEADER, mixed)) == "commitment"
    assert reason(lambda: body.open(OTHER_KEY, HEADER, mixed)) == "tag"


@given(st.integers(0, 5000).filter(lambda size: size not in body.RUNGS))
def test_only_rungs(size: int) -> None:
    assert reason(lambda: body.open(KEY, HEADER, GOOD.ljust(size, b"\0")[:size])) == "body-size"


@given(st.binary(max_size=20).filter(lambda raw: not raw.rstrip(b"\0").endswith(b"\x80")))
def test_padding_of_a_dishonest_author(raw: bytes) -> None:
    material = hkdf(KEY, "seal", HEADER, length=76, salt=SALT)
    sealed = AESGCM(material[:32]).encrypt(material[32:44], raw.ljust(4016, b"\0"), HEADER)
    assert reason(lambda: body.open(KEY, HEADER, SALT + material[44:] + sealed)) == "padding"


def test_a_larger_rung_than_needed_opens() -> None:
    """A client may hide more; only what is no rung is refused."""
    material = hkdf(KEY, "seal", HEADER, length=76, salt=SALT)
    sealed = AESGCM(material[:32]).encrypt(material[32:44], pad(b"a", 16384 - 80), HEADER)
    assert body.open(KEY, HEADER, SALT + material[44:] + sealed) == b"a"


def test_salts_give_keys_of_their_own() -> None:
    """A cloned phone that seals other records under the same header fields must not repeat a nonce."""
    assert body.seal(KEY, bytes(32), HEADER, b"a")[64:] != GOOD[64:]
    first, second = (hkdf(KEY, "seal", HEADER, length=76, salt=salt) for salt in (SALT, bytes(32)))
    assert first[:32] != second[:32]
    assert first[32:44] != second[32:44]


@pytest.mark.parametrize("size", [0, 31, 33])
def test_sizes_are_the_callers_business(size: int) -> None:
    with pytest.raises(ValueError, match="32"):
        body.seal(bytes(size), SALT, HEADER, b"")
    with pytest.raises(ValueError, match="32"):
        body.seal(KEY, bytes(size), HEADER, b"")
    with pytest.raises(ValueError, match="32"):
        body.open(bytes(size), HEADER, GOOD)
