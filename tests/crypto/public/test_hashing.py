"""Contexts: every purpose has its own, and no function takes one of another kind."""

import hmac
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.hashing import CONTEXTS, H, ctx, ctx_of, hkdf


def names(kind: str) -> list[str]:
    return [name for name, of in CONTEXTS.items() if of == kind]


def test_no_context_begins_another() -> None:
    contexts = [ctx(name) for name in CONTEXTS]
    assert all(context.endswith(b"\0") and context.count(b"\0") == 1 for context in contexts)
    assert len(set(contexts)) == len(CONTEXTS)


@pytest.mark.parametrize("name", ["", "Body", "body ", "nothing", "body\0"])
def test_a_name_outside_the_table_is_refused(name: str) -> None:
    with pytest.raises(KeyError):
        ctx(name)


@pytest.mark.parametrize("kind", ["H", "sign", "HKDF", "HPKE"])
def test_a_context_serves_one_kind_only(kind: str) -> None:
    for name, of in CONTEXTS.items():
        if of == kind:
            assert ctx_of(of, name) == ctx(name)
        else:
            with pytest.raises(KeyError):
                ctx_of(kind, name)  # type: ignore[arg-type]


def test_the_functions_keep_to_their_kind() -> None:
    with pytest.raises(KeyError):
        H("entry", b"")
    with pytest.raises(KeyError):
        hkdf(bytes(32), "body", length=32)


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        CONTEXTS["new"] = "H"  # type: ignore[index]


@given(st.sampled_from(names("H")), st.lists(st.binary(max_size=40), max_size=4))
def test_h_is_sha256_of_context_and_parts(name: str, parts: list[bytes]) -> None:
    expected = sha256(b"hallway/1 " + name.encode() + b"\0" + b"".join(parts)).digest()
    assert H(name, *parts) == expected == H(name, b"".join(parts))


@given(
    st.sampled_from(names("HKDF")),
    st.binary(min_size=1, max_size=40),
    st.binary(max_size=40),
    st.binary(max_size=40),
    st.integers(1, 96),
)
def test_hkdf_is_rfc_5869(name: str, ikm: bytes, data: bytes, salt: bytes, length: int) -> None:
    key, block, output = hmac.digest(salt or bytes(32), ikm, "sha256"), b"", b""
    for counter in range(1, 4):
        block = hmac.digest(key, block + ctx(name) + data + bytes([counter]), "sha256")
        output += block
    assert hkdf(ikm, name, data, length=length, salt=salt) == output[:length]
