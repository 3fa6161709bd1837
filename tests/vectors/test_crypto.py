"""`crypto/` judged by the vectors: the same files, and the same words, as for any other implementation."""

from collections.abc import Callable
from typing import Any

import pytest

from crypto.errors import CodeWrong, CryptoError, EncodingError, KeyRefused, OpenFailed, SignatureInvalid
from crypto.public.base64url import b64, unb64
from crypto.public.encoding import decode, encode
from crypto.public.hashing import CONTEXTS, H, ctx, hkdf
from crypto.public.hpkekey import check_hpke_key, hpke_key_hash
from crypto.public.signing import SigningKey, check_public_key, verify
from crypto.secret import body, epoch
from crypto.secret.code import from_paper, to_paper
from crypto.secret.hpke import HpkeKey
from crypto.secret.invite import InviteKeys
from tests.vectors import make
from tests.vectors.vector import Vector

WORDS: dict[type[CryptoError], str] = {
    EncodingError: "refused-encoding",
    KeyRefused: "refused-key",
    SignatureInvalid: "refused-signature",
    OpenFailed: "refused-open",
    CodeWrong: "refused-code",
}


def raw(vector: Vector, field: str) -> bytes:
    return bytes.fromhex(vector[field])


def untyped(value: dict[str, Any]) -> Any:
    [(kind, inner)] = value.items()
    match kind:
        case "array":
            return [untyped(item) for item in inner]
        case "map":
            return {key: untyped(item) for key, item in inner}
        case "int":
            return int(inner)
        case "bytes":
            return bytes.fromhex(inner)
    return inner


def judge_encoding(vector: Vector) -> None:
    value = decode(raw(vector, "encoded"))
    assert value == untyped(vector["value"])
    assert encode(untyped(vector["value"])) == raw(vector, "encoded")


def judge_base64url(vector: Vector) -> None:
    data = unb64(vector["text"], vector.get("length"))
    assert data == raw(vector, "bytes")
    assert b64(data) == vector["text"]


def judge_hash(vector: Vector) -> None:
    context = vector["context"]
    match vector["kind"]:
        case "context":
            out = ctx(context)
        case "H":
            out = H(context, *map(bytes.fromhex, vector["parts"]))
        case "HKDF":
            salt, length = raw(vector, "salt"), len(raw(vector, "out"))
            out = hkdf(raw(vector, "ikm"), context, raw(vector, "data"), length=length, salt=salt)
        case _:
            raise AssertionError(vector["kind"])
    assert out == raw(vector, "out")


def judge_signing_key(vector: Vector) -> None:
    check_public_key(raw(vector, "key"))


def judge_signature(vector: Vector) -> None:
    verify(raw(vector, "public"), vector["context"], raw(vector, "data"), raw(vector, "signature"))
    if "seed" in vector:
        key = SigningKey.from_seed(raw(vector, "seed"))
        assert key.public == raw(vector, "public")
        assert key.sign(vector["context"], raw(vector, "data")) == raw(vector, "signature")


def judge_hpke_key(vector: Vector) -> None:
    check_hpke_key(raw(vector, "key"))
    if "seed" in vector:
        assert HpkeKey.from_seed(raw(vector, "seed")).public == raw(vector, "key")
        assert hpke_key_hash(raw(vector, "key")) == raw(vector, "hash")


def judge_wrap(vector: Vector) -> None:
    key = epoch.unwrap(
        HpkeKey.from_seed(raw(vector, "seed")),
        raw(vector, "programme"),
        raw(vector, "log"),
        vector["epoch"],
        raw(vector, "reader"),
        raw(vector, "sealed"),
        raw(vector, "commitment"),
    )
    assert key == raw(vector, "key")


def judge_name(vector: Vector) -> None:
    inbox = epoch.inbox_key(raw(vector, "leads_key"))
    name = epoch.open_name(
        inbox, raw(vector, "programme"), raw(vector, "account"), raw(vector, "sealed"), raw(vector, "device_key")
    )
    assert name == vector["text"]
    assert inbox.hash.hex() == vector.get("inbox_hash", inbox.hash.hex())


def judge_previous_key(vector: Vector) -> None:
    new_key, log, new_epoch = raw(vector, "new_key"), raw(vector, "log"), vector["new_epoch"]
    sealed, previous_epoch = raw(vector, "sealed"), vector["previous_epoch"]
    key = epoch.open_previous(new_key, new_epoch, log, sealed, previous_epoch, raw(vector, "commitment"))
    assert key == raw(vector, "key")
    assert epoch.seal_previous(new_key, new_epoch, log, key, previous_epoch) == sealed


def judge_body(vector: Vector) -> None:
    key, header_fields, sealed = raw(vector, "key"), raw(vector, "header_fields"), raw(vector, "body")
    plaintext = body.open(key, header_fields, sealed)
    assert plaintext == raw(vector, "plaintext")
    assert body.seal(key, sealed[:32], header_fields, plaintext) == sealed


def judge_invite(vector: Vector) -> None:
    keys = InviteKeys.from_secret(raw(vector, "secret"))
    assert keys.signing.public == raw(vector, "signing")
    assert keys.hpke.hash == raw(vector, "hpke_hash")
    assert keys.id == raw(vector, "id")


def judge_code(vector: Vector) -> None:
    assert from_paper(vector["typed" if "typed" in vector else "code"]) == raw(vector, "secret")
    if "code" in vector:
        assert to_paper(raw(vector, "secret")) == vector["code"]


JUDGES: dict[str, Callable[[Vector], None]] = {
    "base64url": judge_base64url,
    "bodies": judge_body,
    "codes": judge_code,
    "encoding": judge_encoding,
    "hashes": judge_hash,
    "hpke-keys": judge_hpke_key,
    "invites": judge_invite,
    "names": judge_name,
    "previous-keys": judge_previous_key,
    "signatures": judge_signature,
    "signing-keys": judge_signing_key,
    "wraps": judge_wrap,
}


@pytest.mark.parametrize("name", JUDGES)
def test_vectors(name: str) -> None:
    wrong = []
    for vector in make.load(name):
        word, told = "ok", {}
        try:
            JUDGES[name](vector)
        except CryptoError as error:
            word, told = WORDS[type(error)], vars(error)
        # What the error tells beyond its type is part of the vector where the vector has it.
        expected = {key: vector[key] for key in told if key in vector}
        if word != vector["expect"] or told != expected:
            wrong.append((vector["name"], word, told))
    assert wrong == []


@pytest.mark.parametrize("name", JUDGES)
def test_names_are_unique_and_tell_apart(name: str) -> None:
    names = [vector["name"] for vector in make.load(name)]
    assert names
    assert len(names) == len(set(names))


def test_most_vectors_are_refused() -> None:
    words = [vector["expect"] for name in JUDGES for vector in make.load(name)]
    assert words.count("ok") * 2 < len(words)
    assert set(words) == {"ok", *WORDS.values()}


def test_every_context_has_its_bytes() -> None:
    listed = [vector["context"] for vector in make.load("hashes") if vector["kind"] == "context"]
    assert listed == list(CONTEXTS)
