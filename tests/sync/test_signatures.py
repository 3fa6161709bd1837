"""Signature checks in the protocol's words."""

import pytest

from crypto.public.signing import SigningKey
from sync.signatures import check_key, check_signature
from tests.support.refusals import refused

KEY = SigningKey.from_seed(b"k" * 32)
SIGNED = KEY.sign("entry", b"message")
UNUSABLE = [
    pytest.param(b"", id="empty"),
    pytest.param(b"k" * 31, id="short"),
    pytest.param(bytes(32), id="small order"),
    pytest.param((1).to_bytes(32, "little"), id="neutral"),
    pytest.param((2**255 - 19).to_bytes(32, "little"), id="not canonical"),
    pytest.param(b"\xff" * 32, id="beyond p"),
    pytest.param((2).to_bytes(32, "little"), id="off the curve"),
]


def test_a_good_signature_passes() -> None:
    check_signature(KEY.public, "entry", b"message", SIGNED)
    check_key(KEY.public)


@pytest.mark.parametrize("problem", ["signature-invalid", "cosignature-invalid"])
def test_a_bad_signature_has_the_name_that_was_asked_for(problem: str) -> None:
    for signature in (b"", SIGNED[:-1], SIGNED + b"\0", bytes(64), SIGNED[::-1]):
        with refused(problem):
            check_signature(KEY.public, "entry", b"message", signature, problem)
    with refused(problem):
        check_signature(KEY.public, "session", b"message", SIGNED, problem)
    with refused(problem):
        check_signature(KEY.public, "entry", b"massage", SIGNED, problem)


@pytest.mark.parametrize("key", UNUSABLE)
def test_an_unusable_key_is_refused_before_any_signature(key: bytes) -> None:
    with refused("key-refused"):
        check_key(key)
    with refused("key-refused"):
        check_signature(key, "entry", b"message", SIGNED)
