"""Vectors of sealed entries in the spaces of the programme of the list `roster`."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.reference.shown import in_hex
from crypto.public.ids import body_hash
from sync.log import ZERO, Cursor, Entry
from tests.support.actors import World
from tests.support.people import Phone, new_person, new_phone
from tests.vectors.programme import Programme, entry_vector, programme
from tests.vectors.vector import Lists, Vector


def told() -> Programme:
    """The programme after its last statement, with two entries in commons."""
    story = programme()
    for name, text in (("lead", b"first"), ("second lead", b"second")):
        story.world.write(story.phones[name], story.world.log("commons"), text)
    return story


def space() -> list[Vector]:
    """`roster`: how many entries of the list `roster` are known; `after`: how many entries of the log stand before.

    `new`: judged as a server judges a push; otherwise as a device judges history. Where a body does not matter it is
    absent. Those with `head` are the log itself.
    """
    story = told()
    world, commons = story.world, story.world.log("commons")
    vectors = []
    for position, entry in enumerate(world.space(commons).entries, 1):
        opened = {"epoch_key": world.epoch_keys[commons][-1], "plaintext": [b"first", b"second"][position - 1]}
        chained = {"leaf": entry.leaf, "head": world.space(commons).heads[position], **opened}
        vectors.append(
            judged(world, f"commons {position}", "ok", entry, after=position - 1, body=True) | in_hex(chained)
        )
    return [*vectors, *(one for cases in (history, places, pushes) for one in cases(story))]


def judged(
    world: World,
    name: str,
    expect: str,
    entry: Entry,
    comment: str = "",
    *,
    after: int = 2,
    new: bool = True,
    body: bool = False,
    log: bytes = b"",
) -> Vector:
    fields = {
        "programme": world.programme,
        "roster": world.state.chain.position,
        "log": log or entry.header.log,
        "after": after,
        "new": new,
    }
    return entry_vector(name, expect, comment, entry if body else replace(entry, body=None), **fields)


def history(story: Programme) -> Iterator[Vector]:
    """What a device accepts of the past, and what it does not."""
    world = story.world
    commons, lead, second = world.log("commons"), world.lead, story.phones["second lead"]
    since = world.state.spaces[commons].current.since
    before, at = (world.states[position].chain.cursor for position in (since - 1, since))
    cases: list[tuple[str, str, str, dict[str, Any]]] = [
        ("erased body", "ok", "", {}),
        (
            "old epoch in its time",
            "ok",
            "the roster named is the one before the rotation",
            {"epoch": 1, "roster": before},
        ),
        (
            "old epoch after its time",
            "epoch-stale",
            "the roster named is that of the rotation",
            {"epoch": 1, "roster": at},
        ),
        ("old epoch much later", "epoch-stale", "", {"epoch": 1}),
        ("epoch of the future", "epoch-stale", "", {"epoch": 3}),
        ("another suite", "suite-unknown", "", {"suite": 2}),
        ("statement in a space", "entry-malformed", "", {"kind": "announce"}),
        ("number used", "sequence-used", "", {"sequence": 1}),
        ("prev of zeros", "prev-mismatch", "", {"prev": ZERO}),
        ("prev of the other author", "prev-mismatch", "", {"prev": world.space(commons).entries[1].leaf}),
        ("seen too far", "witness-unknown", "", {"seen": Cursor(3, world.space(commons).heads[2])}),
        ("seen on another chain", "witness-unknown", "", {"seen": Cursor(2, world.space(commons).heads[1])}),
        ("seen a state of the roster", "witness-unknown", "", {"seen": world.states[2].chain.cursor}),
        ("roster too far", "witness-unknown", "", {"roster": Cursor(999, ZERO)}),
        ("roster on another chain", "witness-unknown", "", {"roster": Cursor(5, ZERO)}),
        ("roster before found", "witness-unknown", "", {"roster": world.states[0].chain.cursor}),
    ]
    for name, expect, comment, different in cases:
        yield judged(world, name, expect, world.sealing(lead, commons, **different), comment, new=False, log=commons)
    enrolled = world.state.devices[second.id].enrolled
    for position, expect in ((enrolled - 1, "witness-unknown"), (enrolled, "epoch-stale")):
        entry = world.sealing(second, commons, epoch=2 if expect == "witness-unknown" else 9)
        witness = world.states[position].chain.cursor
        entry = Entry.sign(replace(entry.header, roster=witness), entry.check_body(), second.signing)
        comment = "its enrolment is the first that it may name"
        yield judged(world, f"roster at {position - enrolled:+} of its enrolment", expect, entry, comment, new=False)


def places(story: Programme) -> Iterator[Vector]:
    """Who writes where."""
    world = story.world
    people: dict[str, Phone] = story.phones | {"stranger": new_phone(world.randomness, new_person(world.randomness))}
    for author, owner, name, expect in (
        ("lead", "lead", "leads", "ok"),
        ("lead", "lead", "personal", "ok"),
        ("lead", "member", "personal", "not-authorised"),
        ("second lead", "lead", "personal", "not-authorised"),
        ("member", "lead", "commons", "not-authorised"),
        ("member", "lead", "leads", "not-authorised"),
        ("member", "lead", "personal", "not-authorised"),
        ("linked", "member", "personal", "ok"),
        ("recovered", "member", "personal", "ok"),
        ("lost", "member", "personal", "device-not-active"),
        ("thief", "member", "personal", "device-not-active"),
        ("third lead", "lead", "leads", "device-not-active"),
        ("leaver", "leaver", "personal", "device-not-active"),
        ("stranger", "lead", "commons", "device-not-active"),
        ("stranger", "member", "personal", "device-not-active"),
    ):
        log = world.log(name, people[owner])
        whose = f" of {owner}" if name == "personal" else ""
        after = world.space(log).chain.position
        yield judged(
            world, f"{author} in {name}{whose}", expect, world.sealing(people[author], log), after=after, new=False
        )
    commons, leads = world.log("commons"), world.log("leads")
    entry = world.sealing(world.lead, commons)
    yield judged(world, "entry of another space", "entry-malformed", entry, after=0, new=False, log=leads)
    yield judged(
        world,
        "signed by another",
        "signature-invalid",
        Entry.sign(entry.header, b"", people["member"].signing),
        new=False,
    )
    yield judged(world, "signature of zeros", "signature-invalid", replace(entry, signature=bytes(64)), new=False)


def pushes(story: Programme) -> Iterator[Vector]:
    """What a server refuses beyond that."""
    world, lead = story.world, story.world.lead
    commons = world.log("commons")
    entry = world.sealing(lead, commons, b"third")
    yield judged(world, "a push", "ok", entry, body=True)
    yield judged(world, "a push without its body", "body-mismatch", entry)
    other = replace(entry, body=world.sealing(lead, commons).check_body())
    yield judged(world, "a push with another body", "body-mismatch", other, body=True)
    before = world.states[world.state.spaces[commons].current.since - 1].chain.cursor
    late = world.sealing(lead, commons, epoch=1, roster=before)
    yield judged(
        world, "a push under an old key", "epoch-stale", late, "sealed before the rotation was seen", body=True
    )
    for size in (0, 4_095, 4_097):
        odd = bytes(size)
        sized = Entry.sign(replace(entry.header, body_hash=body_hash(odd)), odd, lead.signing)
        yield judged(world, f"a body of {size} bytes", "body-mismatch", sized, "no rung", body=True)


LISTS: Lists = {"space": space}
