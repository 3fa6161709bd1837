"""Padding: one padded form for each plaintext and size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import OpenFailed
from crypto.secret.padding import pad, unpad


@given(st.binary(max_size=60), st.integers(1, 20))
def test_round_trip(data: bytes, room: int) -> None:
    padded = pad(data, len(data) + room)
    assert len(padded) == len(data) + room
    assert unpad(padded) == data


@given(st.binary(max_size=60))
def test_what_is_accepted_pads_to_the_same_bytes(padded: bytes) -> None:
    try:
        data = unpad(padded)
    except OpenFailed:
        return
    assert pad(data, len(padded)) == padded


@given(st.binary(max_size=60).filter(lambda padded: not padded.rstrip(b"\0").endswith(b"\x80")))
def test_no_mark_is_refused(padded: bytes) -> None:
    with pytest.raises(OpenFailed, match="padding"):
        unpad(padded)


@pytest.mark.parametrize("size", [0, 3, 4])
def test_no_room(size: int) -> None:
    with pytest.raises(ValueError, match="room"):
        pad(b"full", size)
