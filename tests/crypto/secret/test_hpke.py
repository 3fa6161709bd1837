"""HPKE with X-Wing: against a published vector, and both ways against a second implementation."""

import os
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import KeyRefused, OpenFailed
from crypto.public.hashing import ctx
from crypto.secret.hpke import OVERHEAD, HpkeKey, seal
from tests.vectors import reference_hpke

READER = HpkeKey.from_seed(bytes(32))

# Vector 1 of draft-connolly-cfrg-xwing-kem, appendix C; the long strings by their SHA-256.
SEED = bytes.fromhex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26")
ESEED = bytes.fromhex(
    "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2"
    "35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2"
)
PUBLIC_SHA256 = "2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb"
CT_SHA256 = "17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33"
SHARED_SECRET = "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384"


def test_seed_expansion_is_that_of_the_draft() -> None:
    key = HpkeKey.from_seed(SEED)
    assert sha256(key.public).hexdigest() == PUBLIC_SHA256
    assert len(key.public) == 1216
    assert key.seed == SEED


def test_the_second_implementation_is_that_of_the_draft() -> None:
    secret, enc = reference_hpke.xwing_encapsulate(HpkeKey.from_seed(SEED).public, ESEED)
    assert sha256(enc).hexdigest() == CT_SHA256
    assert secret.hex() == SHARED_SECRET
    assert reference_hpke.xwing_decapsulate(SEED, enc) == secret


@settings(max_examples=5)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64), st.binary(max_size=50))
def test_what_the_second_implementation_seals_opens(seed: bytes, eseed: bytes, plaintext: bytes) -> None:
    key = HpkeKey.from_seed(seed)
    sealed = reference_hpke.seal(key.public, ctx("wrap") + b"data", plaintext, eseed)
    assert key.open("wrap", b"data", sealed) == plaintext


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=50), st.binary(max_size=50))
def test_what_is_sealed_opens_in_both(seed: bytes, data: bytes, plaintext: bytes) -> None:
    key = HpkeKey.from_seed(seed)
    sealed = seal(key.public, "name", data, plaintext)
    assert len(sealed) == len(plaintext) + OVERHEAD
    assert key.open("name", data, sealed) == plaintext
    assert reference_hpke.open_sealed(seed, ctx("name") + data, sealed) == plaintext
    with pytest.raises(InvalidTag):
        reference_hpke.open_sealed(seed, ctx("wrap") + data, sealed)


def test_sealing_twice_gives_two_messages() -> None:
    assert seal(READER.public, "wrap", b"", b"a") != seal(READER.public, "wrap", b"", b"a")


@pytest.mark.parametrize(("name", "data"), [("name", b"data"), ("wrap", b"Data"), ("wrap", b""), ("wrap", b"data\0")])
def test_another_info_does_not_open(name: str, data: bytes) -> None:
    with pytest.raises(OpenFailed) as caught:
        READER.open(name, data, seal(READER.public, "wrap", b"data", b"a"))
    assert caught.value.reason == "tag"


@given(st.integers(0, OVERHEAD * 8 + 31))
def test_no_bit_can_change(bit: int) -> None:
    sealed = int.from_bytes(seal(READER.public, "wrap", b"", b"abcd"), "little") ^ 1 << bit
    with pytest.raises(OpenFailed):
        READER.open("wrap", b"", sealed.to_bytes(OVERHEAD + 4, "little"))


@given(st.binary(max_size=OVERHEAD + 40))
def test_any_bytes_are_refused(sealed: bytes) -> None:
    with pytest.raises(OpenFailed) as caught:
        READER.open("wrap", b"", sealed)
    assert caught.value.reason == ("size" if len(sealed) < OVERHEAD else "tag")


def test_names_of_other_kinds_seal_nothing() -> None:
    with pytest.raises(KeyError):
        seal(READER.public, "entry", b"", b"")
    with pytest.raises(KeyError):
        READER.open("seal", b"", bytes(OVERHEAD))


def test_a_bad_public_key_is_refused() -> None:
    with pytest.raises(KeyRefused):
        seal(READER.public[:-1], "wrap", b"", b"")


@pytest.mark.parametrize("size", [0, 31, 33, 96])
def test_a_seed_of_another_size_is_the_callers_mistake(size: int) -> None:
    with pytest.raises(ValueError, match="32"):
        HpkeKey.from_seed(bytes(size))


def test_generated_keys_differ() -> None:
    assert HpkeKey.generate(os.urandom).public != HpkeKey.generate(os.urandom).public
