"""Vectors of HPKE keys, wraps, names, slips, previous keys, sealed bodies, invites and codes on paper."""

from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.public.encoding import encode
from crypto.public.hashing import H, ctx, hkdf
from crypto.public.signing import SigningKey
from crypto.secret import body, epoch
from crypto.secret.code import to_paper
from crypto.secret.hpke import HpkeKey
from crypto.secret.invite import InviteKeys
from crypto.secret.padding import pad
from tests.vectors import reference_hpke
from tests.vectors.seeded import seeded
from tests.vectors.vector import Lists, Vector, vector

# u coordinates of small order on Curve25519 and its twist, and other encodings of them (RFC 7748 section 7).
P = 2**255 - 19
ORDER_8 = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
X25519_SMALL_ORDER = (0, 1, *ORDER_8, P - 1, P, P + 1)


def flip(data: bytes, position: int) -> bytes:
    """`data` with the lowest bit of one byte changed."""
    changed = bytearray(data)
    changed[position] ^= 1
    return bytes(changed)


def hpke_keys() -> list[Vector]:
    draw = seeded("HPKE keys")
    keys = [HpkeKey.generate(draw) for _ in range(2)]
    public = keys[0].public
    vectors = [
        vector(f"seed {i}", "ok", "", seed=key.seed, key=key.public, hash=key.hash) for i, key in enumerate(keys)
    ]
    # Coefficients of 12 bits, the least significant first; 3,328 is the largest.
    edges = {
        "first coefficient 3328": (b"\x00\x0d" + public[2:], "ok"),
        "first coefficient 3329": (b"\x01\x0d" + public[2:], "refused-key"),
        "first coefficient 4095": (b"\xff\x0f" + public[2:], "refused-key"),
        "second coefficient 3329": (public[:1] + b"\x10\xd0" + public[3:], "refused-key"),
        "last coefficient 3329": (public[:1150] + b"\x10\xd0" + public[1152:], "refused-key"),
        "all ones": (b"\xff" * 1216, "refused-key"),
    }
    vectors += [vector(name, expect, "modulus", key=key) for name, (key, expect) in edges.items()]
    vectors += [
        vector(f"{len(key)} bytes", "refused-key", "length", key=key)
        for key in (b"", public[:32], public[:1184], public[:-1], public + b"\0")
    ]
    return vectors + [
        vector(
            f"X25519 of small order {i}, high bit {high}",
            "refused-key",
            "nobody can seal to it",
            key=public[:1184] + (u | high << 255).to_bytes(32, "little"),
        )
        for i, u in enumerate(X25519_SMALL_ORDER)
        for high in (0, 1)
    ]


def _refused(good: dict[str, Any], changes: dict[str, tuple[dict[str, Any], str]]) -> list[Vector]:
    """One vector for each change to what opens; each tells the expected reason."""
    return [
        vector(name, "refused-open", "", **{**good, **change}, reason=reason)
        for name, (change, reason) in changes.items()
    ]


def wraps() -> list[Vector]:
    draw = seeded("wraps")
    reader = HpkeKey.generate(draw)
    key, programme, log, reader_id, eseed = draw(32), draw(32), draw(32), draw(32), draw(64)

    def seal(plaintext: bytes, context: str = "wrap", version: int = 3) -> bytes:
        info = ctx(context) + encode([programme, log, version, reader_id])
        return reference_hpke.seal(reader.public, info, plaintext, eseed)

    sealed = seal(key)
    good: dict[str, Any] = {
        "seed": reader.seed,
        "programme": programme,
        "log": log,
        "epoch": 3,
        "reader": reader_id,
        "sealed": sealed,
        "commitment": epoch.commitment(3, key),
    }
    return [
        vector("good", "ok", "", **good, eseed=eseed, key=key),
        *_refused(
            good,
            {
                "other programme": ({"programme": draw(32)}, "tag"),
                "other log": ({"log": draw(32)}, "tag"),
                "other epoch": ({"epoch": 4, "commitment": epoch.commitment(4, key)}, "tag"),
                "other reader": ({"reader": draw(32)}, "tag"),
                "other seed": ({"seed": draw(32)}, "tag"),
                "other key": ({"commitment": epoch.commitment(3, draw(32))}, "commitment"),
                "commitment of another epoch": ({"commitment": epoch.commitment(2, key)}, "commitment"),
                "sealed for a name": ({"sealed": seal(key, context="name")}, "tag"),
                "sealed without info": (
                    {"sealed": reference_hpke.seal(reader.public, b"", key, eseed)},
                    "tag",
                ),
                "key of 31 bytes": ({"sealed": seal(key[:31])}, "size"),
                "key of 33 bytes": ({"sealed": seal(key + b"\0")}, "size"),
                "ML-KEM part changed": ({"sealed": flip(sealed, 0)}, "tag"),
                "X25519 part changed": ({"sealed": flip(sealed, 1088)}, "tag"),
                "X25519 part zero": ({"sealed": sealed[:1088] + bytes(32) + sealed[1120:]}, "tag"),
                "ciphertext changed": ({"sealed": flip(sealed, 1120)}, "tag"),
                "tag changed": ({"sealed": flip(sealed, -1)}, "tag"),
                "cut": ({"sealed": sealed[:-1]}, "size"),
                "longer": ({"sealed": sealed + b"\0"}, "size"),
                "empty": ({"sealed": b""}, "size"),
            },
        ),
    ]


def names() -> list[Vector]:
    draw = seeded("names")
    leads_key, programme, account, eseed = draw(32), draw(32), draw(16), draw(64)
    inbox = epoch.inbox_key(leads_key)

    def seal(padded: bytes, context: str = "name") -> bytes:
        info = ctx(context) + encode([programme, account])
        return reference_hpke.seal(inbox.public, info, padded, eseed)

    device = SigningKey.from_seed(draw(32))

    def signed(name: str, signed_as: str = "display-name") -> bytes:
        return device.sign(signed_as, encode([programme, account, name])) + name.encode()

    def fields(sealed: bytes) -> dict[str, Any]:
        return {
            "leads_key": leads_key,
            "programme": programme,
            "account": account,
            "device_key": device.public,
            "sealed": sealed,
        }

    ada = signed("Ada")
    sealed = seal(pad(ada, 256))
    return [
        vector("good", "ok", "", **fields(sealed), inbox_hash=inbox.hash, text="Ada"),
        vector("empty name", "ok", "", **fields(seal(pad(signed(""), 256))), text=""),
        vector("176 bytes", "ok", "the longest", **fields(seal(pad(signed("é" * 88), 256))), text="é" * 88),
        *_refused(
            fields(sealed),
            {
                "other programme": ({"programme": draw(32)}, "tag"),
                "other account": ({"account": draw(16)}, "tag"),
                "other leads key": ({"leads_key": draw(32)}, "tag"),
                "sealed as a wrap": ({"sealed": seal(pad(ada, 256), context="wrap")}, "tag"),
                "177 bytes": ({"sealed": seal(pad(signed("a" * 177), 256))}, "padding"),
                "191 bytes": ({"sealed": seal(pad(signed("a" * 191), 256))}, "padding"),
                "no mark": ({"sealed": seal(ada.ljust(256, b"\0"))}, "padding"),
                "no mark, full": ({"sealed": seal(b"a" * 256)}, "padding"),
                "not zeros": ({"sealed": seal((ada + b"\x80").ljust(255, b"\0") + b"\1")}, "padding"),
                "zeros only": ({"sealed": seal(bytes(256))}, "padding"),
                "invalid UTF-8": ({"sealed": seal(pad(ada[:64] + b"\xff", 256))}, "text"),
                "surrogate": ({"sealed": seal(pad(ada[:64] + b"\xed\xa0\x80", 256))}, "text"),
                "padded to 255": ({"sealed": seal(pad(ada, 255))}, "size"),
                "other device": ({"device_key": SigningKey.from_seed(draw(32)).public}, "signature"),
                "other name": ({"sealed": seal(pad(ada[:64] + b"Eva", 256))}, "signature"),
                "signed as a session": ({"sealed": seal(pad(signed("Ada", "session"), 256))}, "signature"),
                "unsigned": ({"sealed": seal(pad(bytes(64) + b"Ada", 256))}, "signature"),
                "too short for a signature": ({"sealed": seal(pad(b"Ada", 256))}, "padding"),
                "changed": ({"sealed": flip(sealed, 1200)}, "tag"),
                "cut": ({"sealed": sealed[:-1]}, "size"),
            },
        ),
    ]


def slips() -> list[Vector]:
    draw = seeded("slips")
    leads_key, programme, eseed = draw(32), draw(32), draw(64)
    inbox = epoch.inbox_key(leads_key)
    report, resource = draw(16), draw(16)

    def seal(padded: bytes, context: str = "slip") -> bytes:
        return reference_hpke.seal(inbox.public, ctx(context) + encode([programme]), padded, eseed)

    def telling(*parts: Any) -> bytes:
        return seal(pad(encode(list(parts)), 128))

    def fields(sealed: bytes) -> dict[str, Any]:
        return {"leads_key": leads_key, "programme": programme, "sealed": sealed}

    def told(failure: str, number: str, checked: str) -> dict[str, Any]:
        return {"report": report, "resource": resource, "failure": failure, "number": number, "checked": checked}

    texts = "wrong_number", "+1 555 0100", "2026-11-01"
    longest = "a" * 32, "~" * 32, "2026-12-31"
    good = encode([report, resource, *texts])
    sealed = seal(pad(good, 128))
    wrong = {
        "four elements": telling(report, resource, *texts[:2]),
        "six elements": telling(report, resource, *texts, ""),
        "a map": seal(pad(encode({"report": report}), 128)),
        "report of 15 bytes": telling(report[:15], resource, *texts),
        "resource of 17 bytes": telling(report, resource + b"\0", *texts),
        "report of zeros": telling(bytes(16), resource, *texts),
        "resource of zeros": telling(report, bytes(16), *texts),
        "report as text": telling("a" * 16, resource, *texts),
        "code as a number": telling(report, resource, 1, *texts[1:]),
        "no code": telling(report, resource, "", *texts[1:]),
        "code of 33 characters": telling(report, resource, "a" * 33, "", ""),
        "code with a capital": telling(report, resource, "Wrong", *texts[1:]),
        "number of 33 characters": telling(report, resource, "other", "1" * 33, ""),
        "number with a line break": telling(report, resource, "other", "1\n", ""),
        "number beyond ASCII": telling(report, resource, "other", "\u0661", ""),
        "a day that is none": telling(report, resource, "other", "", "2026-02-30"),
        "a day of the year 0": telling(report, resource, "other", "", "0000-01-01"),
        "a day written otherwise": telling(report, resource, "other", "", "2026-1-01"),
        "a day with its hour": telling(report, resource, "other", "", "2026-01-01T00"),
        "more behind it": seal(pad(good + b"\0\1", 128)),
        "not canonical": seal(pad(b"\x98\x05" + good[1:], 128)),
    }
    return [
        vector("good", "ok", "", **fields(sealed), told=told(*texts)),
        vector("nothing to tell", "ok", "as nearly always", **fields(seal(pad(b"", 128))), told={}),
        vector("the longest", "ok", "", **fields(telling(report, resource, *longest)), told=told(*longest)),
        vector(
            "no number, never checked",
            "ok",
            "",
            **fields(telling(report, resource, "other", "", "")),
            told=told("other", "", ""),
        ),
        *_refused(
            fields(sealed),
            {
                "other programme": ({"programme": draw(32)}, "tag"),
                "other leads key": ({"leads_key": draw(32)}, "tag"),
                "sealed as a name": ({"sealed": seal(pad(good, 128), context="name")}, "tag"),
                "changed": ({"sealed": flip(sealed, 1200)}, "tag"),
                "cut": ({"sealed": sealed[:-1]}, "size"),
                "padded to 127": ({"sealed": seal(pad(good, 127))}, "size"),
                "padded to 256": ({"sealed": seal(pad(good, 256))}, "size"),
                "no mark": ({"sealed": seal(b"a" * 128)}, "padding"),
                "zeros only": ({"sealed": seal(bytes(128))}, "padding"),
                **{name: ({"sealed": each}, "content") for name, each in wrong.items()},
            },
        ),
    ]


def previous_keys() -> list[Vector]:
    draw = seeded("previous keys")
    new_key, log, key = draw(32), draw(32), draw(32)
    sealed = epoch.seal_previous(new_key, 5, log, key, 4)
    good: dict[str, Any] = {
        "new_key": new_key,
        "new_epoch": 5,
        "log": log,
        "sealed": sealed,
        "previous_epoch": 4,
        "commitment": epoch.commitment(4, key),
    }
    # A new key that was honest about the commitment in its associated data, and sealed something else.
    other = draw(32)
    material = hkdf(new_key, "previous", log + (5).to_bytes(8, "big"), length=44)
    lying = AESGCM(material[:32]).encrypt(material[32:], other, epoch.commitment(4, key))
    return [
        vector("good", "ok", "", **good, key=key),
        *_refused(
            good,
            {
                "other new key": ({"new_key": draw(32)}, "tag"),
                "other new epoch": ({"new_epoch": 6}, "tag"),
                "other log": ({"log": draw(32)}, "tag"),
                "other commitment": ({"commitment": epoch.commitment(4, other)}, "tag"),
                "other previous epoch": ({"previous_epoch": 3}, "commitment"),
                "other key inside": ({"sealed": lying}, "commitment"),
                "changed": ({"sealed": flip(sealed, 0)}, "tag"),
                "tag changed": ({"sealed": flip(sealed, -1)}, "tag"),
                "cut": ({"sealed": sealed[:-1]}, "size"),
                "longer": ({"sealed": sealed + b"\0"}, "size"),
                "empty": ({"sealed": b""}, "size"),
            },
        ),
    ]


def bodies() -> list[Vector]:
    draw = seeded("bodies")
    key, salt, other_key, other_salt = draw(32), draw(32), draw(32), draw(32)
    header = encode([1, draw(32), draw(32), 7, "sealed", 1, [6, draw(32)], [2, draw(32)], draw(32)])
    other_header = encode([1, draw(32), draw(32), 8, "sealed", 1, [6, draw(32)], [2, draw(32)], draw(32)])
    plaintext = encode([1, 1_700_000_000, []])
    good = body.seal(key, salt, header, plaintext)

    def fields(sealed: bytes) -> dict[str, Any]:
        return {"key": key, "header_fields": header, "body": sealed}

    def padded(raw: bytes, rung: int = body.RUNGS[0]) -> bytes:
        """A body around a plaintext whose padding is as given, filled up with zeros."""
        material = hkdf(key, "seal", header, length=76, salt=salt)
        sealed = AESGCM(material[:32]).encrypt(material[32:44], raw.ljust(rung - 80, b"\0"), header)
        return salt + material[44:] + sealed

    def committed_to(other: bytes) -> bytes:
        """The ciphertext of one key under the commitment of another."""
        return salt + body.seal(other, salt, header, b"")[32:64] + good[64:]

    accepted = {
        "nothing to say": (b"", "padding alone"),
        "no groups": (plaintext, ""),
        "ends like padding": (b"a\x80\0\0", "only the last 0x80 and what follows is padding"),
        "full rung": (b"a" * body.capacity(4096), "the largest plaintext of this rung"),
        "next rung": (b"a" * (body.capacity(4096) + 1), "one byte more"),
    }
    return [
        vector(name, "ok", comment, **fields(body.seal(key, salt, header, text)), plaintext=text)
        for name, (text, comment) in accepted.items()
    ] + _refused(
        fields(good),
        {
            "other key": ({"key": other_key}, "commitment"),
            "other header": ({"header_fields": other_header}, "commitment"),
            "no header": ({"header_fields": b""}, "commitment"),
            "salt changed": ({"body": flip(good, 0)}, "commitment"),
            "other salt": ({"body": other_salt + good[32:]}, "commitment"),
            "commitment changed": ({"body": flip(good, 32)}, "commitment"),
            "commitment zero": ({"body": good[:32] + bytes(32) + good[64:]}, "commitment"),
            "committed to another key": ({"body": committed_to(other_key)}, "commitment"),
            "committed to another key, opened with it": (
                {"key": other_key, "body": committed_to(other_key)},
                "tag",
            ),
            "ciphertext changed": ({"body": flip(good, 64)}, "tag"),
            "padding changed": ({"body": flip(good, 4000)}, "tag"),
            "tag changed": ({"body": flip(good, -1)}, "tag"),
            "two halves swapped": ({"body": good[:64] + good[2080:] + good[64:2080]}, "tag"),
            "no mark": ({"body": padded(b"a")}, "padding"),
            "zeros only": ({"body": padded(b"")}, "padding"),
            "not zeros": ({"body": padded(b"a\x80\0\1")}, "padding"),
            "full, no mark": ({"body": padded(b"a" * 4016)}, "padding"),
            "empty": ({"body": b""}, "body-size"),
            "prefix only": ({"body": good[:64]}, "body-size"),
            "cut": ({"body": good[:-1]}, "body-size"),
            "longer": ({"body": good + b"\0"}, "body-size"),
            "between rungs": ({"body": padded(b"a\x80", 8192)}, "body-size"),
        },
    )


def invites() -> list[Vector]:
    draw = seeded("invites")
    secrets = [bytes(16), b"\xff" * 16, draw(16)]
    return [
        vector(
            f"secret {i}",
            "ok",
            "",
            secret=secret,
            signing=keys.signing.public,
            hpke_hash=keys.hpke.hash,
            id=keys.id,
        )
        for i, secret in enumerate(secrets)
        for keys in [InviteKeys.from_secret(secret)]
    ]


def codes() -> list[Vector]:
    draw = seeded("codes")
    secret = draw(16)
    code = to_paper(secret)
    first, second, rest = code[:5], code[6:11], code[11:]
    wrong = "A" if code[7] != "A" else "B"
    # Every group passes, the whole does not: the last group of another code, its check made for the same place.
    checksum = H("code", secret)
    mixed = to_paper(draw(16))
    refused = {
        "one symbol": (f"{first}-{second[0]}{wrong}{second[2:]}{rest}", 2, "of the second group"),
        "check symbol": (code[:4] + _next_symbol(code[4]) + code[5:], 1, "of the first group"),
        "symbols swapped": (code[:36] + _swapped(code[36:]), 7, "of the last group"),
        "groups swapped": (f"{second}-{first}{rest}", 1, "each is right elsewhere"),
        "last group of another code": (code[:36] + mixed[36:], None, "only the checksum finds it"),
        "letter U": (code[:12] + "U" + code[13:], 3, "outside the alphabet"),
        "punctuation": (code[:18] + "!" + code[19:], 4, "outside the alphabet"),
        "full-width digit": (code[:12] + "\uff10" + code[13:], 3, "outside the alphabet"),
        "dotless i": (code[:12] + "\u0131" + code[13:], 3, "its upper case is I"),
        "six groups": (code[:35], 7, "the last is missing"),
        "one symbol missing at the end": (code[:-1], 7, ""),
        "one symbol more": (code + "0", None, "after the last group"),
        "eight groups": (code + "-00000", None, "after the last group"),
        "empty": ("", 1, ""),
        "zeros": ("00000-" * 6 + "00000", 1, "the check of zeros is not zero"),
    }
    spelled = {
        "lower case": code.lower(),
        "no hyphens": code.replace("-", ""),
        "spaces": code.replace("-", "  "),
        "lines": f" {code[:20]}\n{code[20:]}\n",
        "O for 0": code.replace("0", "O"),
        "I for 1": code.replace("1", "I"),
        "l for 1": code.lower().replace("1", "l"),
    }
    return [
        vector("good", "ok", "", secret=secret, code=code, checksum=checksum[:2]),
        vector("zeros inside", "ok", "", secret=bytes(16), code=to_paper(bytes(16))),
        vector("ones inside", "ok", "", secret=b"\xff" * 16, code=to_paper(b"\xff" * 16)),
        *[vector(name, "ok", "as typed", typed=typed, secret=secret) for name, typed in spelled.items()],
        *[
            vector(name, "refused-code", comment, typed=typed, group=group)
            for name, (typed, group, comment) in refused.items()
        ],
    ]


def _next_symbol(symbol: str) -> str:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return alphabet[(alphabet.index(symbol) + 1) % 32]


def _swapped(group: str) -> str:
    """The group with its first two different neighbours swapped."""
    i = next(i for i in range(4) if group[i] != group[i + 1])
    return group[:i] + group[i + 1] + group[i] + group[i + 2 :]


LISTS: Lists = {
    "bodies": bodies,
    "codes": codes,
    "hpke-keys": hpke_keys,
    "invites": invites,
    "names": names,
    "previous-keys": previous_keys,
    "slips": slips,
    "wraps": wraps,
}
