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
