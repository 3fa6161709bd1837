"""base64url: one spelling for each byte string."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import EncodingError
from crypto.public.base64url import b64, unb64

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def by_hand(data: bytes) -> str:
    """RFC 4648 section 5, without a library."""
    bits = "".join(f"{byte:08b}" for byte in data)
    return "".join(ALPHABET[int(bits[i : i + 6].ljust(6, "0"), 2)] for i in range(0, len(bits), 6))


@given(st.binary(max_size=100))
def test_round_trip(data: bytes) -> None:
    assert b64(data) == by_hand(data)
    assert unb64(b64(data)) == data
    assert unb64(b64(data), len(data)) == data


@given(st.text(ALPHABET + "=+/ \n", max_size=12) | st.text(max_size=12))
def test_what_is_accepted_is_spelled_the_same_again(text: str) -> None:
    try:
        data = unb64(text)
    except EncodingError:
        return
    assert b64(data) == text


@given(st.binary(min_size=1, max_size=40), st.data())
def test_a_mutation_is_refused_or_means_other_bytes(data: bytes, draw: st.DataObject) -> None:
    text = b64(data)
    at = draw.draw(st.integers(0, len(text) - 1))
    mutated = text[:at] + draw.draw(st.characters(exclude_characters=text[at])) + text[at + 1 :]
    with contextlib.suppress(EncodingError):
        assert unb64(mutated) != data


@pytest.mark.parametrize("length", [0, 31, 33])
def test_another_length_is_refused(length: int) -> None:
    with pytest.raises(EncodingError, match="32 bytes"):
        unb64(b64(bytes(32)), length)


@pytest.mark.parametrize("foreign", ["+", "/", "=", "\n", " ", "\0", "é", "\ud800"])
@pytest.mark.parametrize("size", [47, 48, 49, 1000])
def test_a_foreign_character_is_refused_wherever_it_stands(size: int, foreign: str) -> None:
    text = b64(bytes(range(256)) * 4)[: len(b64(bytes(size)))]
    for at in range(len(text)):
        for changed in (text[:at] + foreign + text[at + 1 :], text[:at] + foreign + text[at:]):
            with pytest.raises(EncodingError):
                unb64(changed)


@pytest.mark.parametrize("size", [1, 2, 31, 32, 1000, 1001, 65536])
def test_unused_bits_are_zero(size: int) -> None:
    text = b64(bytes(size))
    accepted = 0
    for last in ALPHABET:
        with contextlib.suppress(EncodingError):
            unb64(text[:-1] + last)
            accepted += 1
    assert accepted == (4 if size % 3 == 1 else 16)
