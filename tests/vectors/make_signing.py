"""Vectors of public signing keys and of signatures."""

from collections.abc import Iterator
from typing import Any

from crypto.public import hashing
from crypto.public.edwards import P
from crypto.public.signing import SigningKey
from tests.vectors import reference_ed25519 as ed
from tests.vectors.seeded import seeded
from tests.vectors.vector import Lists, Vector, vector


def signing_keys() -> list[Vector]:
    draw = seeded("signing keys")
    honest = [SigningKey.generate(draw).public for _ in range(3)]
    torsion = ed.small_order_points()[1]
    mixed = ed.encode_point(ed.add(ed.times(ed.secret_scalar(draw(32)), ed.B), torsion))
    vectors = [vector(f"honest {i}", "ok", "", key=key) for i, key in enumerate(honest)]
    vectors.append(vector("mixed order", "ok", "a part of small order is allowed", key=mixed))
    vectors += [
        vector(f"small order {i}", "refused-key", f"{i} times a point of order 8", key=ed.encode_point(point))
        for i, point in enumerate(ed.small_order_points())
    ]
    vectors += [
        vector(f"x = 0, sign {y}", "refused-key", "x is zero and its sign is not", key=_key(value, 1))
        for y, value in {"1": 1, "-1": P - 1}.items()
    ]
    vectors += [
        vector(f"y = p + {y - P}, sign {sign}", "refused-key", "y is not below p", key=_key(y, sign))
        for y in range(P, 2**255)
        for sign in (0, 1)
    ]
    off = [y for y in range(2, 40) if ed.with_y(y, 0) is None][:8]
    vectors += [vector(f"y = {y}", "refused-key", "not on the curve", key=_key(y, 0)) for y in off]
    vectors += [
        vector(f"{len(key)} bytes", "refused-key", "length", key=key)
        for key in (b"", honest[0][:31], honest[0] + b"\0")
    ]
    return vectors


def _key(y: int, sign: int) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


def signatures() -> list[Vector]:
    draw = seeded("signatures")
    seed = draw(32)
    key, other = SigningKey.from_seed(seed), SigningKey.generate(draw)
    data = draw(100)
    good = key.sign("entry", data)
    r, s = good[:32], int.from_bytes(good[32:], "little")

    def signed(name: str, expect: str, comment: str, signature: bytes, **changed: Any) -> Vector:
        fields = {"public": key.public, "context": "entry", "data": data, **changed}
        return vector(name, expect, comment, **fields, signature=signature)

    vectors = [
        vector(f"by {context}", "ok", "", seed=seed, public=key.public, context=context, data=data, signature=sig)
        for context in (name for name, kind in hashing.CONTEXTS.items() if kind == "sign")
        for sig in [key.sign(context, data)]
    ]
    vectors += [
        signed("no data", "ok", "the context alone is signed", key.sign("entry", b""), data=b""),
        signed("other data", "refused-signature", "", good, data=data[:-1]),
        signed("other key", "refused-signature", "", good, public=other.public),
        signed("swapped halves", "refused-signature", "", good[32:] + good[:32]),
        signed("zeros", "refused-signature", "", bytes(64)),
        signed("empty", "refused-signature", "length", b""),
        signed("63 bytes", "refused-signature", "length", good[:63]),
        signed("65 bytes", "refused-signature", "length", good + b"\0"),
        signed("S + L", "refused-signature", "malleated", r + (s + ed.L).to_bytes(32, "little")),
        signed("S + 8 L", "refused-signature", "malleated", r + (s + 8 * ed.L).to_bytes(32, "little")),
        signed("S = L", "refused-signature", "", r + ed.L.to_bytes(32, "little")),
        signed("-S", "refused-signature", "", r + (ed.L - s).to_bytes(32, "little")),
    ]
    vectors += [
        signed(f"for {context}", "refused-signature", "signed for another context", good, context=context)
        for context in ("invite", "join", "cosign", "session", "answer")
    ]
    vectors += [
        signed(f"bit {bit}", "refused-signature", "one bit changed", _flip(good, bit))
        for bit in (0, 100, 255, 256, 400, 507, 508, 511)
    ]
    scalar, message = ed.secret_scalar(seed), hashing.ctx("entry") + data
    torsion = ed.small_order_points()[1]
    nonce = int.from_bytes(draw(31), "little")
    off = ed.encode_point(ed.add(ed.times(nonce, ed.B), torsion))
    vectors += [
        signed(
            "R off by torsion",
            "refused-signature",
            "valid only for a verifier that multiplies with the cofactor",
            ed.signature(off, nonce, scalar, key.public, message),
        ),
        signed(
            "R not canonical",
            "refused-signature",
            "valid only for a verifier that decodes R instead of comparing its bytes",
            ed.signature(_key(P + 1, 0), 0, scalar, key.public, message),
        ),
        signed(
            "R is neutral",
            "ok",
            "R of small order is no rule of its own",
            ed.signature(_key(1, 0), 0, scalar, key.public, message),
        ),
    ]
    return vectors + list(_forgeries(nonce)) + list(_mixed_order(scalar, nonce))


def _flip(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "little") ^ 1 << bit).to_bytes(len(data), "little")


def _forgeries(nonce: int) -> Iterator[Vector]:
    """Made without any private key; a lax verifier takes each of them."""
    r = ed.encode_point(ed.times(nonce, ed.B))
    keys = {f"{i} T": ed.encode_point(point) for i, point in enumerate(ed.small_order_points())}
    keys |= {"p + 1": _key(P + 1, 0), "p + 1, sign": _key(P + 1, 1), "1, sign": _key(1, 1)}
    for name, public in keys.items():
        data = next(data for data in map(_numbered, range(1000)) if _challenge(r, public, data) % 8 == 0)
        forged = ed.signature(r, nonce, 0, public, hashing.ctx("entry") + data)
        yield vector(
            f"forged under {name}",
            "refused-key",
            "a key of small order, under which anybody signs",
            public=public,
            context="entry",
            data=data,
            signature=forged,
        )


def _mixed_order(scalar: int, nonce: int) -> Iterator[Vector]:
    """The key's part of small order counts: only without the cofactor do two of these three fail."""
    public = ed.encode_point(ed.add(ed.times(scalar, ed.B), ed.small_order_points()[1]))
    r = ed.encode_point(ed.times(nonce, ed.B))
    for residue, expect in {0: "ok", 1: "refused-signature", 4: "refused-signature"}.items():
        data = next(data for data in map(_numbered, range(1000)) if _challenge(r, public, data) % 8 == residue)
        yield vector(
            f"mixed order, challenge {residue} modulo 8",
            expect,
            "cofactorless verification",
            public=public,
            context="entry",
            data=data,
            signature=ed.signature(r, nonce, scalar, public, hashing.ctx("entry") + data),
        )


def _numbered(i: int) -> bytes:
    return b"forged %d" % i


def _challenge(r: bytes, public: bytes, data: bytes) -> int:
    return ed.challenge(r, public, hashing.ctx("entry") + data)


LISTS: Lists = {"signatures": signatures, "signing-keys": signing_keys}
