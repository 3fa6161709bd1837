"""Vectors of headers, of chains, and of the ids of logs."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

from crypto.public.hashing import H, ctx
from crypto.public.ids import body_hash, genesis, log_id
from crypto.public.signing import SigningKey
from sync.log import SUITE, ZERO, Chain, Cursor, Entry, Header
from tests.sync.arrays import HEADER
from tests.vectors.arrays import other_spellings, wrong_elements
from tests.vectors.seeded import seeded
from tests.vectors.vector import Lists, Vector, vector

NAMES = ["suite", "log", "device", "sequence", "kind", "epoch", "body hash", "seen", "roster", "prev"]
HIGHEST = 2**53 - 1


def example() -> Header:
    draw = seeded("header")
    seen, roster = Cursor(7, draw(32)), Cursor(3, draw(32))
    return Header(SUITE, draw(32), draw(32), 9, "sealed", 2, draw(32), seen, roster, draw(32))


def headers() -> list[Vector]:
    honest = example()
    top = Cursor(HIGHEST, bytes(32))
    accepted = {
        "sealed": honest,
        "statement": replace(honest, kind="found", epoch=0, roster=honest.seen, prev=ZERO),
        "lowest numbers": replace(honest, sequence=1, epoch=0, seen=Cursor(0, ZERO), roster=Cursor(0, ZERO)),
        "highest numbers": replace(honest, sequence=HIGHEST, epoch=HIGHEST, seen=top, roster=top),
        "unknown kind": replace(honest, kind="x" * 64),
    }
    vectors = [_header(name, header) for name, header in accepted.items()]
    raw, values = honest.encode(), _values(honest)
    vectors += [
        vector(name, "entry-malformed", "", header=wrong)
        for name, wrong in [*wrong_elements(HEADER, NAMES, values), *other_spellings(raw)]
    ]
    later = replace(honest, suite=2).encode()
    vectors.append(vector("suite 2", "suite-unknown", "a suite of the future", header=later))
    spelled = raw.replace(b"\x01", b"\x18\x01", 1)
    vectors.append(vector("integer in a longer form", "entry-malformed", "", header=spelled))
    return vectors


def _values(header: Header) -> list[Any]:
    return [
        header.suite,
        header.log,
        header.device,
        header.sequence,
        header.kind,
        header.epoch,
        header.body_hash,
        header.seen.as_array(),
        header.roster.as_array(),
        header.prev,
    ]


def _header(name: str, header: Header) -> Vector:
    fields = dict(zip((name.replace(" ", "_") for name in NAMES), _values(header), strict=True))
    sealing = header.sealing_fields()
    return vector(name, "ok", "", header=header.encode(), fields=fields, sealing_fields=sealing)


class Log:
    """A log of two devices, without a roster: only the chain is judged."""

    def __init__(self) -> None:
        draw = seeded("entry chain")
        self.programme, self.log, self.body = draw(32), draw(32), draw(40)
        self.devices = {name: (draw(32), SigningKey.generate(draw)) for name in "ab"}
        self.chain = Chain.start(self.programme, self.log)
        self.heads = [self.chain.head]
        self.leaves: list[bytes] = []

    def entry(self, name: str, **different: Any) -> Entry:
        device, key = self.devices[name]
        author = self.chain.author(device)
        header = Header(
            SUITE,
            self.log,
            device,
            author.sequence + 1,
            "sealed",
            1,
            body_hash(self.body),
            self.chain.cursor,
            Cursor(1, ZERO),
            author.leaf,
        )
        return Entry.sign(replace(header, **different), self.body, key)

    def judged(self, name: str, expect: str, comment: str, entry: Entry, **fields: Any) -> Vector:
        return vector(
            name,
            expect,
            comment,
            programme=self.programme,
            log=self.log,
            after=self.chain.position,
            header=entry.raw_header,
            signature=entry.signature,
            **fields,
        )

    def landed(self, name: str, comment: str, entry: Entry) -> Vector:
        """The vector of an accepted entry, which is the next of the log."""
        before = self.judged(name, "ok", comment, entry)
        self.chain = self.chain.extend(entry)
        self.heads.append(self.chain.head)
        self.leaves.append(entry.leaf)
        return before | vector(name, "ok", comment, leaf=entry.leaf, head=self.chain.head)


def entry_chain() -> list[Vector]:
    """`after`: how many of the accepted entries stand before the one that is judged."""
    log = Log()
    start = vector("start", "ok", "head(0)", programme=log.programme, log=log.log, after=0, head=log.chain.head)
    honest = [
        log.landed("first of a", "`prev` is zeros, `seen` is (0, head(0))", log.entry("a")),
        log.landed("first of b", "", log.entry("b")),
        log.landed("second of a", "", log.entry("a")),
        log.landed("a gap", "numbers may leave some out", log.entry("a", sequence=10)),
        log.landed("seen long ago", "b has not pulled since", log.entry("b", seen=Cursor(1, log.heads[1]))),
        log.landed("kind and epoch", "are not judged by the chain", log.entry("b", kind="other", epoch=7)),
    ]
    return [start, *honest, *_broken(log)]


def _broken(log: Log) -> Iterator[Vector]:
    newest, heads = log.chain.cursor, log.heads
    of_b = log.chain.author(log.devices["b"][0])
    cases: list[tuple[str, str, str, dict[str, Any]]] = [
        ("another log", "entry-malformed", "", {"log": log.programme}),
        ("number of the last entry", "sequence-used", "", {"sequence": 10}),
        ("number in the gap", "sequence-used", "what was left out is gone", {"sequence": 5}),
        ("number of the first entry", "sequence-used", "", {"sequence": 1}),
        ("prev is zeros", "prev-mismatch", "", {"prev": ZERO}),
        ("prev of the other author", "prev-mismatch", "", {"prev": of_b.leaf}),
        ("prev is a head", "prev-mismatch", "", {"prev": newest.head}),
        ("prev is the leaf before the last", "prev-mismatch", "", {"prev": log.leaves[2]}),
        ("seen itself", "witness-unknown", "", {"seen": Cursor(newest.position + 1, newest.head)}),
        ("seen far ahead", "witness-unknown", "", {"seen": Cursor(HIGHEST, newest.head)}),
        ("head of the position before", "witness-unknown", "", {"seen": Cursor(6, heads[5])}),
        ("head of the position after", "witness-unknown", "", {"seen": Cursor(5, heads[6])}),
        ("head of zeros", "witness-unknown", "", {"seen": Cursor(6, ZERO)}),
        ("seen less than before", "witness-unknown", "its last entry had seen 3", {"seen": Cursor(2, heads[2])}),
        ("seen nothing any more", "witness-unknown", "", {"seen": Cursor(0, heads[0])}),
    ]
    for name, expect, comment, different in cases:
        yield log.judged(name, expect, comment, log.entry("a", **different))
    swapped = genesis(log.log, log.programme)
    yield log.judged("genesis of another log", "witness-unknown", "", log.entry("b", seen=Cursor(0, swapped)))


def log_ids() -> list[Vector]:
    """`different`: ids that a careless formula makes; they must not be the ones of these logs."""
    draw = seeded("log ids")
    programme, account = draw(32), draw(16)
    vectors = [_log(name, programme, b"") for name in ("commons", "leads", "witness")]
    vectors.append(_log("personal", programme, account))
    vectors.append(_log("personal", draw(32), account) | {"name": "personal elsewhere"})
    vectors.append(_log("personal", programme, draw(16)) | {"name": "personal of another"})
    slips = {
        "the account first": H("log", account, programme, b"personal"),
        "the account last": H("log", programme, b"personal", account),
        "without the account": H("log", programme, b"personal"),
        "without the programme": H("log", account, b"personal"),
        "without a context": sha256(programme + account + b"personal").digest(),
        "another context": H("genesis", programme, account, b"personal"),
        "context without its zero": sha256(ctx("log")[:-1] + programme + account + b"personal").digest(),
        "a zero after the name": H("log", programme, account, b"personal\0"),
    }
    fields = {"programme": programme, "space": "personal", "account": account}
    return vectors + [vector(name, "different", "", **fields, log=slip) for name, slip in slips.items()]


def _log(space: str, programme: bytes, account: bytes) -> Vector:
    log = log_id(programme, space, account or None)
    start = genesis(programme, log)
    return vector(space, "ok", "", programme=programme, space=space, account=account, log=log, genesis=start)


LISTS: Lists = {"header": headers, "entry-chain": entry_chain, "log-ids": log_ids}
