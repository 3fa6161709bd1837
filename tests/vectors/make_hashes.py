"""Vectors of contexts, hashes, ids and derived keys."""

from crypto.public import hashing, ids
from crypto.public.encoding import encode
from tests.vectors.seeded import seeded
from tests.vectors.vector import Lists, Vector, vector


def hashes() -> list[Vector]:
    draw = seeded("hashes")
    found, programme, account, log = draw(200), draw(32), draw(16), draw(32)
    signing, hpke, head, header, signature = draw(32), draw(1216), draw(32), draw(250), draw(64)
    hpke_hash = hashing.H("hpke-key", hpke)
    vectors = [
        vector(f"context {name}", "ok", kind, kind="context", context=name, out=hashing.ctx(name))
        for name, kind in hashing.CONTEXTS.items()
    ]
    vectors += [
        vector(f"H {name}", "ok", "hash of no data", kind="H", context=name, parts=[], out=hashing.H(name))
        for name, kind in hashing.CONTEXTS.items()
        if kind == "H"
    ]
    formulas: dict[str, tuple[str, bytes, list[bytes]]] = {
        "programme": ("programme", ids.programme_id(found), [found]),
        "log commons": ("log", ids.log_id(programme, "commons"), [programme, b"commons"]),
        "log leads": ("log", ids.log_id(programme, "leads"), [programme, b"leads"]),
        "log witness": ("log", ids.log_id(programme, "witness"), [programme, b"witness"]),
        "log personal": (
            "log",
            ids.log_id(programme, "personal", account),
            [programme, account, b"personal"],
        ),
        "HPKE key": ("hpke-key", hpke_hash, [hpke]),
        "device": ("device", ids.device_id(signing, hpke_hash), [signing, hpke_hash]),
        "invite": ("invite-id", ids.invite_id(signing, hpke_hash), [signing, hpke_hash]),
        "genesis": ("genesis", ids.genesis(programme, log), [programme, log]),
        "body": ("body", ids.body_hash(found), [found]),
        "leaf": ("leaf", ids.leaf(header, signature), [header, signature]),
        "head": ("head", ids.next_head(head, log), [head, log]),
        "epoch": ("epoch", hashing.H("epoch", bytes(7), b"\2", log), [bytes(7) + b"\2", log]),
        "value": ("value", hashing.H("value", encode(["a", 1])), [encode(["a", 1])]),
    }
    vectors += [
        vector(name, "ok", "", kind="H", context=context, parts=[part.hex() for part in parts], out=out)
        for name, (context, out, parts) in formulas.items()
    ]
    return vectors + [
        vector(
            f"HKDF {context} {length}",
            "ok",
            "",
            kind="HKDF",
            context=context,
            ikm=log,
            salt=salt,
            data=data,
            out=hashing.hkdf(log, context, data, length=length, salt=salt),
        )
        for context, salt, data, length in [
            ("invite-sign", b"", b"", 32),
            ("invite-hpke", b"", b"", 32),
            ("inbox", b"", b"", 32),
            ("previous", b"", log + bytes(7) + b"\2", 44),
            ("seal", head, header, 76),
        ]
    ]


LISTS: Lists = {"hashes": hashes}
