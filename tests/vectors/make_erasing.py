"""Vectors of `erase` and `withdraw`: their bodies, and what they may name in the commons of the list `roster`."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from crypto.public.encoding import decode, encode
from crypto.public.ids import body_hash
from sync.erasure import MOST_LEAVES, Erase, Withdraw
from sync.log import ZERO, Entry
from tests.support.actors import World
from tests.vectors.arrays import other_spellings
from tests.vectors.make_space import judged
from tests.vectors.programme import Programme, programme
from tests.vectors.vector import Lists, Vector, vector

LEAF, OTHER = b"\1" * 32, b"\2" * 32


def bodies() -> list[Vector]:
    """`elements`: the array."""
    pair: list[Any] = [b"\3" * 32, b"\4" * 64]
    most = [number.to_bytes(32, "big") for number in range(MOST_LEAVES)]
    good: dict[str, tuple[str, list[Any]]] = {
        "erase": ("erase", [20_000, [LEAF], []]),
        "erase of two": ("erase", [0, [LEAF, OTHER], []]),
        "erase co-signed": ("erase", [20_000, [LEAF], pair]),
        "erase of the most": ("erase", [20_000, most, []]),
        "withdraw": ("withdraw", [20_000, LEAF, []]),
    }
    bad: dict[str, tuple[str, Any]] = {
        "no leaves": ("erase", [20_000, [], []]),
        "leaves descending": ("erase", [20_000, [OTHER, LEAF], []]),
        "a leaf twice": ("erase", [20_000, [LEAF, LEAF], []]),
        "a leaf too many": ("erase", [20_000, [*most, b"\xff" * 32], []]),
        "a leaf of 31 bytes": ("erase", [20_000, [LEAF[1:]], []]),
        "a leaf of text": ("erase", [20_000, ["x" * 32], []]),
        "a leaf that is none": ("erase", [20_000, LEAF, []]),
        "a negative day": ("erase", [-1, [LEAF], []]),
        "a day beyond": ("erase", [2**53, [LEAF], []]),
        "a co-signature of one element": ("erase", [20_000, [LEAF], pair[:1]]),
        "a co-signature too short": ("erase", [20_000, [LEAF], [pair[0], pair[1][1:]]]),
        "no co-signature": ("erase", [20_000, [LEAF]]),
        "one element more": ("erase", [20_000, [LEAF], [], 0]),
        "a map": ("erase", {"day": 20_000}),
        "withdraw of an array": ("withdraw", [20_000, [LEAF], []]),
        "withdraw of 33 bytes": ("withdraw", [20_000, LEAF + b"\0", []]),
        "withdraw co-signed": ("withdraw", [20_000, LEAF, pair]),
        "withdraw without a day": ("withdraw", [LEAF, []]),
    }
    made = [
        vector(name, "ok", "", kind=kind, body=encode(value), elements=value) for name, (kind, value) in good.items()
    ]
    made += [vector(name, "entry-malformed", "", kind=kind, body=encode(value)) for name, (kind, value) in bad.items()]
    for kind in ("erase", "withdraw"):
        raw = encode(good[kind][1])
        made += [
            vector(f"{kind}, {name}", "entry-malformed", "", kind=kind, body=body)
            for name, body in other_spellings(raw)
        ]
    return made


def erasing() -> list[Vector]:
    """As in the list `space`; `erasing` is a log of its own, those with `head`. Clear bodies are always there."""
    story = programme()
    world, commons, lead = story.world, story.world.log("commons"), story.world.lead
    second, day = story.phones["second lead"], story.world.day
    sealed = [world.write(one, commons, text) for one, text in ((lead, b"first"), (second, b"second"), (lead, b"new"))]
    first = Erase(day, (sealed[0].leaf,))
    steps: list[tuple[str, str, Entry]] = [("sealed", "", one) for one in sealed]

    def land(name: str, entry: Entry, comment: str = "") -> Entry:
        steps.append((name, comment, world.land(entry)))
        return entry

    erased = land("erase", world.erasing(lead, commons, first), "behind what it repacked")
    land("withdraw", world.erasing(second, commons, Withdraw(day + 13, erased.leaf)), "by another, on the last day")
    land("erase again", world.erasing(second, commons, first), "what was withdrawn may be named again")
    code = story.passes["lead's code"]
    at_once = land(
        "erase co-signed", world.erasing(lead, commons, Erase(day, ordered(sealed[:2])), code), "due at once"
    )
    vectors = [
        told(world, f"{position}: {name}", entry, comment, position)
        for position, (name, comment, entry) in enumerate(steps, 1)
    ]
    return [*vectors, *refused(story, erased, at_once)]


def ordered(entries: list[Entry]) -> tuple[bytes, ...]:
    return tuple(sorted(entry.leaf for entry in entries))


def told(world: World, name: str, entry: Entry, comment: str, position: int) -> Vector:
    head = world.space(entry.header.log).heads[position]
    made = judged(world, name, "ok", entry, comment, after=position - 1, body=True)
    return {**made, "leaf": entry.leaf.hex(), "head": head.hex()}


def refused(story: Programme, withdrawn: Entry, at_once: Entry) -> Iterator[Vector]:
    """What a log with these entries has no room for, judged as history."""
    world, commons, lead = story.world, story.world.log("commons"), story.world.lead
    entries, heads, day = world.space(commons).entries, world.space(commons).heads, world.day
    again = entries[5]
    standing = again.leaf
    lead_code, other_code = story.passes["lead's code"], story.passes["member's code"]
    good = Erase(day, (entries[1].leaf,))
    cases: list[tuple[str, str, str, Entry]] = [
        ("erase of no entry", "leaf-unknown", "", world.erasing(lead, commons, Erase(day, (ZERO,)))),
        (
            "one leaf of two is unknown", "leaf-unknown", "",
            world.erasing(lead, commons, Erase(day, tuple(sorted((entries[0].leaf, ZERO))))),
        ),
        ("erase of an erase", "leaf-unknown", "", world.erasing(lead, commons, Erase(day, (standing,)))),
        (
            "erase of what its author had not seen", "leaf-unknown", "`seen` is the head below it",
            world.erasing(
                story.phones["second lead"], commons, Erase(day, (at_once.leaf,)),
                seen=replace(world.space(commons).chain.cursor, position=6, head=heads[6]),
            ),
        ),
        (
            "erase of an entry of another space", "leaf-unknown", "",
            world.erasing(lead, commons, Erase(day, (world.write(lead, world.log("leads")).leaf,))),
        ),
        (
            "withdraw of a sealed entry", "leaf-unknown", "",
            world.erasing(lead, commons, Withdraw(day, entries[0].leaf)),
        ),
        ("withdraw twice", "leaf-unknown", "", world.erasing(lead, commons, Withdraw(day, withdrawn.leaf))),
        (
            "withdraw of what a code wanted", "leaf-unknown", "",
            world.erasing(lead, commons, Withdraw(day, at_once.leaf)),
        ),
        ("withdraw on the due day", "leaf-unknown", "", world.erasing(lead, commons, Withdraw(day + 14, standing))),
        ("withdraw of a leaf that is none", "leaf-unknown", "", world.erasing(lead, commons, Withdraw(day, ZERO))),
        ("erase with an epoch", "entry-malformed", "", world.erasing(lead, commons, good, epoch=1)),
        ("by a member", "not-authorised", "", world.erasing(story.phones["member"], commons, good)),
        (
            "consent of another account", "cosignature-invalid", "",
            world.erasing(lead, commons, good, other_code),
        ),
        (
            "consent to another erasure", "cosignature-invalid", "",
            recosigned(world, world.erasing(lead, commons, Erase(day, (entries[2].leaf,)), lead_code), good),
        ),
        (
            "consent at another state", "cosignature-invalid", "the code signed at an older head",
            moved(world, world.erasing(lead, commons, good, lead_code)),
        ),
        (
            "consent of a code that the author had not seen", "cosignature-invalid", "",
            world.erasing(lead, commons, good, lead_code, roster=world.states[1].chain.cursor),
        ),
    ]  # fmt: skip
    for name, expect, comment, entry in cases:
        after = len(entries)
        yield judged(world, name, expect, entry, comment, after=after, new=False, body=True, log=commons)
    clear = world.erasing(lead, commons, good)
    yield judged(world, "without its body", "body-mismatch", clear, after=len(entries), new=False)


def resigned(world: World, entry: Entry, body: bytes, **changed: Any) -> Entry:
    return Entry.sign(replace(entry.header, body_hash=body_hash(body), **changed), body, world.lead.signing)


def recosigned(world: World, entry: Entry, other: Erase) -> Entry:
    """The co-signature of `entry` under another body."""
    values: Any = decode(entry.check_body())
    return resigned(world, entry, encode([other.day, list(other.leaves), values[2]]))


def moved(world: World, entry: Entry) -> Entry:
    space = world.space(entry.header.log)
    older = replace(space.chain.cursor, position=space.chain.position - 1, head=space.heads[-2])
    return resigned(world, entry, entry.check_body(), seen=older)


LISTS: Lists = {"erasing-bodies": bodies, "erasing": erasing}
