"""Strict Ed25519. The vectors of RFC 8032 go to the library through our keys, since ours always put a context first."""

import os

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import CryptoError, KeyRefused, SignatureInvalid
from crypto.public import signing
from crypto.public.edwards import P
from crypto.public.hashing import CONTEXTS, ctx
from crypto.public.signing import SigningKey, check_public_key, verify
from tests.vectors import reference_ed25519 as ed

RFC_8032 = {
    "test 1": (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    "test 2": (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    "test 3": (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
    "test SHA(abc)": (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        (
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
            "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
        ),
    ),
}
SIGN = [name for name, kind in CONTEXTS.items() if kind == "sign"]


@pytest.mark.parametrize("name", RFC_8032)
def test_vectors_of_rfc_8032(name: str) -> None:
    seed, public, message, signature = map(bytes.fromhex, RFC_8032[name])
    key = SigningKey.from_seed(seed)
    assert key.public == public
    assert key._key.sign(message) == signature
    signing._load(public).verify(signature, message)


@given(st.binary(min_size=32, max_size=32), st.sampled_from(SIGN), st.binary(max_size=100))
def test_round_trip(seed: bytes, name: str, data: bytes) -> None:
    key = SigningKey.from_seed(seed)
    assert key.seed == seed
    signature = key.sign(name, data)
    assert signature == key._key.sign(ctx(name) + data)
    verify(key.public, name, data, signature)


@given(st.binary(max_size=50), st.integers(0, 511))
def test_no_bit_of_a_signature_can_change(data: bytes, bit: int) -> None:
    key = SigningKey.from_seed(bytes(32))
    number = int.from_bytes(key.sign("entry", data), "big") ^ 1 << bit
    with pytest.raises(SignatureInvalid):
        verify(key.public, "entry", data, number.to_bytes(64, "big"))


@given(st.binary(max_size=50), st.integers(0, 255))
def test_no_bit_of_a_key_can_change(data: bytes, bit: int) -> None:
    key = SigningKey.from_seed(bytes(32))
    number = int.from_bytes(key.public, "big") ^ 1 << bit
    with pytest.raises(CryptoError):
        verify(number.to_bytes(32, "big"), "entry", data, key.sign("entry", data))


def test_a_signature_serves_its_context_only() -> None:
    key = SigningKey.from_seed(bytes(32))
    for name in SIGN:
        for other in SIGN:
            if name != other:
                with pytest.raises(SignatureInvalid):
                    verify(key.public, other, b"data", key.sign(name, b"data"))


def test_names_of_other_kinds_sign_nothing() -> None:
    key = SigningKey.from_seed(bytes(32))
    with pytest.raises(KeyError):
        key.sign("body", b"")
    with pytest.raises(KeyError):
        verify(key.public, "body", b"", bytes(64))


def test_malleated_s_is_refused() -> None:
    key = SigningKey.from_seed(bytes(32))
    signature = key.sign("entry", b"data")
    s = int.from_bytes(signature[32:], "little")
    for factor in range(1, 16):
        with pytest.raises(SignatureInvalid):
            verify(key.public, "entry", b"data", signature[:32] + (s + factor * ed.L).to_bytes(32, "little"))


def forge(public: bytes, name: str) -> tuple[bytes, bytes]:
    """(data, signature) made without a private key; one data in eight serves a key of small order."""
    nonce = 42
    r = ed.encode_point(ed.times(nonce, ed.B))
    for i in range(1000):
        data = b"take this device off my account %d" % i
        if ed.challenge(r, public, ctx(name) + data) % 8 == 0:
            return data, ed.signature(r, nonce, 0, public, ctx(name) + data)
    raise AssertionError("no data found")


SMALL_ORDER = [ed.encode_point(point) for point in ed.small_order_points()]


@pytest.mark.parametrize("public", SMALL_ORDER, ids=lambda key: key.hex()[:8])
def test_the_library_takes_a_forgery_under_a_key_of_small_order_and_we_do_not(public: bytes) -> None:
    data, signature = forge(public, "entry")
    Ed25519PublicKey.from_public_bytes(public).verify(signature, ctx("entry") + data)
    with pytest.raises(KeyRefused, match="small order"):
        verify(public, "entry", data, signature)


@pytest.mark.parametrize("sign", [0, 1])
def test_the_library_takes_a_key_that_is_not_canonical_and_we_do_not(sign: int) -> None:
    public = (P + 1 | sign << 255).to_bytes(32, "little")
    data, signature = forge(public, "entry")
    Ed25519PublicKey.from_public_bytes(public).verify(signature, ctx("entry") + data)
    with pytest.raises(KeyRefused, match="canonical"):
        verify(public, "entry", data, signature)


def test_a_refused_key_stays_refused() -> None:
    for _ in range(3):
        with pytest.raises(KeyRefused):
            check_public_key(SMALL_ORDER[0])


@given(st.binary(min_size=32, max_size=32))
def test_the_check_agrees_with_a_decoder_of_points(key: bytes) -> None:
    number = int.from_bytes(key, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    point = ed.with_y(y, sign) if y < P else None
    honest = point is not None and ed.times(8, point) != ed.NEUTRAL
    try:
        check_public_key(key)
    except KeyRefused:
        assert not honest
    else:
        assert honest


def test_generated_keys_pass_and_differ() -> None:
    keys = [SigningKey.generate(os.urandom) for _ in range(4)]
    for key in keys:
        check_public_key(key.public)
    assert len({key.public for key in keys}) == 4


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_of_another_size_is_the_callers_mistake(size: int) -> None:
    with pytest.raises(ValueError, match="32"):
        SigningKey.from_seed(bytes(size))


def test_the_library_would_refuse_what_a_verifier_compares() -> None:
    """R off by a point of small order verifies only with the cofactor; RFC 8032 allows both, the protocol one."""
    key = SigningKey.from_seed(bytes(32))
    r = ed.encode_point(ed.add(ed.times(42, ed.B), ed.small_order_points()[1]))
    message = ctx("entry") + b"data"
    signature = ed.signature(r, 42, ed.secret_scalar(bytes(32)), key.public, message)
    with pytest.raises(InvalidSignature):
        signing._load(key.public).verify(signature, message)
