"""Vectors of the witness log and of comparing, in the programme of the list `roster`."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.reference.shown import in_hex
from crypto.public.base64url import b64
from crypto.public.encoding import encode
from device.comparing import PREFIX, words_at
from sync.log import ZERO, Cursor, Entry
from sync.witness import Witness, digest
from tests.vectors.programme import Programme, entry_vector, programme
from tests.vectors.seeded import seeded
from tests.vectors.vector import Lists, Vector, vector


def told() -> Programme:
    """The programme after its last statement, with what its phones witness then."""
    story = programme()
    world = story.world
    world.write(world.lead, world.log("commons"))
    world.write(story.phones["member"], world.log("personal", story.phones["member"]))
    for name in ("lead", "member", "linked", "lead"):
        world.land(world.witnessing(story.phones[name]))
    return story


def witness() -> list[Vector]:
    """`roster`: how many entries of the list `roster` are known; `after`: how many of this log stand before.

    `new`: judged as a server judges a push, but for day and heads in `shared`; otherwise as a device judges history.
    `since`: where the reader began, `heads` what it knows from there on. Those with `head` are the log itself.
    """
    story = told()
    world = story.world
    space = world.space(world.log("witness"))
    vectors = []
    for position, entry in enumerate(space.entries, 1):
        stated = Witness.decode(entry.check_body())
        fields = {"leaf": entry.leaf, "head": space.heads[position], "digest": stated.digest, "day": stated.day}
        vectors.append(judged(story, f"witness {position}", "ok", entry, after=position - 1) | in_hex(fields))
    return [*vectors, *bodies(story), *headers(story), *late(story)]


def judged(
    story: Programme,
    name: str,
    expect: str,
    entry: Entry,
    comment: str = "",
    *,
    after: int = 4,
    since: int = 0,
    new: bool = False,
) -> Vector:
    world = story.world
    fields = {
        "programme": world.programme,
        "roster": world.state.chain.position,
        "log": world.log("witness"),
        "since": since,
        "after": after,
        "new": new,
    }
    return entry_vector(name, expect, comment, entry, **fields)


def bodies(story: Programme) -> Iterator[Vector]:
    world, member = story.world, story.phones["member"]
    honest, lead = world.stating(member), world.stating(world.lead)
    [(commons, at)] = honest.shared
    state = [commons, at.position, at.head]
    cases: list[tuple[str, str, Any]] = [
        ("no shared space", "", [honest.day, honest.digest, [], []]),
        ("leads by a member", "a member does not read it", lead),
        ("a log that is none", "", replace(honest, shared=((ZERO, at),))),
        ("the own space in clear", "", replace(honest, shared=((world.log("personal", member), at),))),
        ("twice", "", [honest.day, honest.digest, [state, state], []]),
        ("descending", "", [lead.day, lead.digest, [[log, *one.as_array()] for log, one in lead.shared[::-1]], []]),
        ("a co-signature", "", [honest.day, honest.digest, [state], [bytes(32), bytes(64)]]),
        ("without its last element", "", [honest.day, honest.digest, [state]]),
        ("a short digest", "", [honest.day, honest.digest[1:], [state], []]),
        ("a day as text", "", ["today", honest.digest, [state], []]),
        ("a negative day", "", [-1, honest.digest, [state], []]),
        ("a position too large", "", [honest.day, honest.digest, [[commons, 2**53, at.head]], []]),
    ]
    for name, comment, stated in cases:
        body = stated if isinstance(stated, Witness) else encode(stated)
        yield judged(story, f"body: {name}", "entry-malformed", world.witnessing(member, body), comment)
    yield judged(story, "body: none", "body-mismatch", replace(world.witnessing(member), body=None), "it is clear")
    yield judged(story, "body: another", "body-mismatch", replace(world.witnessing(member), body=lead.encode()))


def headers(story: Programme) -> Iterator[Vector]:
    world, member = story.world, story.phones["member"]
    chain, roster = world.space(world.log("witness")).chain, world.state.chain
    fork = Cursor(roster.position, ZERO)
    yield judged(story, "roster: another history", "ok", world.witnessing(member, roster=fork), "a reader keeps it")
    comment = "a server knows better"
    yield judged(story, "roster: a push", "witness-unknown", world.witnessing(member, roster=fork), comment, new=True)
    yield judged(story, "a push", "ok", world.witnessing(member), new=True)
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("roster: too far", "witness-unknown", {"roster": Cursor(999, ZERO)}),
        ("roster: before enrolment", "witness-unknown", {"roster": world.states[1].chain.cursor}),
        ("seen: another history", "witness-unknown", {"seen": Cursor(chain.position, ZERO)}),
        ("seen: too far", "witness-unknown", {"seen": Cursor(chain.position + 1, ZERO)}),
        ("an epoch", "entry-malformed", {"epoch": 1}),
        ("a sealed entry", "entry-malformed", {"kind": "sealed"}),
        ("a statement", "entry-malformed", {"kind": "announce"}),
        ("another suite", "suite-unknown", {"suite": 2}),
        ("a number used", "sequence-used", {"sequence": 1}),
        ("prev of zeros", "prev-mismatch", {"prev": ZERO}),
    ]
    for name, expect, different in cases:
        yield judged(story, name, expect, world.witnessing(member, **different))
    for name in ("lost", "thief", "third lead", "leaver"):
        phone = story.phones[name]
        stated = replace(world.stating(world.lead), digest=digest(0, ZERO))
        yield judged(story, f"by {name}", "device-not-active", world.witnessing(phone, stated), "it left before")
    signed = Entry.sign(world.witnessing(member).header, b"", story.phones["linked"].signing)
    entry = replace(signed, body=world.stating(member).encode())
    yield judged(story, "signed by another", "signature-invalid", entry)


def late(story: Programme) -> Iterator[Vector]:
    """A reader that began above the first two entries."""
    world = story.world
    comment = "the author's last entry lies below, so `prev` is taken as it is"
    for name, expect, different in (
        ("first of its author", "ok", {}),
        ("first of its author, prev unknown", "ok", {"prev": b"p" * 32}),
        ("seen below", "ok", {"seen": Cursor(1, ZERO)}),
        ("seen at the beginning", "witness-unknown", {"seen": Cursor(2, ZERO)}),
    ):
        changes: dict[str, Any] = different
        if "prev" not in changes and "seen" in changes:
            changes = {**changes, "prev": b"p" * 32}
        entry = world.witnessing(story.phones["recovered"], **changes)
        yield judged(story, f"begun late: {name}", expect, entry, comment, since=2)
    entry = world.witnessing(world.lead, prev=b"p" * 32)
    yield judged(story, "begun late: second of its author", "prev-mismatch", entry, since=2)


def comparing() -> list[Vector]:
    """`words`: of a roster state, to be read aloud; `text`: a code, with the states that it is of."""
    draw = seeded("comparing")
    programme_id = draw(32)
    vectors = []
    for position in (1, 2, 7_776, 2**53 - 1):
        head = draw(32)
        fields = {"programme": programme_id, "position": position, "head": head}
        vectors.append(
            vector(f"words at {position}", "ok", "", **fields, words=list(words_at(programme_id, position, head)))
        )
    roster, witnessed = [12, draw(32)], [5, draw(32)]
    honest = [1, programme_id, *roster, *witnessed]
    codes: list[tuple[str, str, str]] = [
        ("code", "ok", PREFIX + b64(encode(honest))),
        ("spaces and lines", "ok", f" {PREFIX}\n{b64(encode(honest))} "),
        ("another version", "compare-wrong", PREFIX + b64(encode([2, *honest[1:]]))),
        ("another programme", "compare-wrong", PREFIX + b64(encode([1, draw(32), *honest[2:]]))),
        ("no prefix", "compare-wrong", b64(encode(honest))),
        ("another prefix", "compare-wrong", "HALLWAY:" + b64(encode(honest))),
        ("prefix alone", "compare-wrong", PREFIX),
        ("padded", "compare-wrong", PREFIX + b64(encode(honest)) + "="),
        ("cut", "compare-wrong", PREFIX + b64(encode(honest))[:-4]),
        ("one element less", "compare-wrong", PREFIX + b64(encode(honest[:-1]))),
        ("one element more", "compare-wrong", PREFIX + b64(encode([*honest, 0]))),
        ("a short head", "compare-wrong", PREFIX + b64(encode([*honest[:3], draw(31), *honest[4:]]))),
        ("a position below 0", "compare-wrong", PREFIX + b64(encode([*honest[:2], -1, *honest[3:]]))),
        ("a position too large", "compare-wrong", PREFIX + b64(encode([*honest[:2], 2**53, *honest[3:]]))),
        ("not canonical", "compare-wrong", PREFIX + b64(b"\x98\x06" + encode(honest)[1:])),
    ]
    fields = {"programme": programme_id, "roster": roster, "witness": witnessed}
    return vectors + [vector(name, expect, "", **fields, text=text) for name, expect, text in codes]


LISTS: Lists = {"witness": witness, "comparing": comparing}
