"""Vectors of void entries, in logs of the programme of the list `roster`."""

from dataclasses import replace

from sync.log import Entry
from sync.void import Mark, void_positions
from tests.support.actors import World
from tests.support.people import Phone
from tests.support.programme import Space
from tests.vectors.programme import Programme, programme
from tests.vectors.vector import Lists, Vector, vector


def void() -> list[Vector]:
    """`roster`: how many entries of the list `roster` are known; `entries`: headers and signatures of the whole log.

    `void`: positions whose content is ignored; `expect` is `void` if there is any.
    """
    story = programme()
    member, thief, third = (story.phones[name] for name in ("member", "thief", "third lead"))
    personal, leads = story.world.log("personal", member), story.world.log("leads")
    end = len(story.steps)
    at = story.position
    return [
        told(story, "nobody has left", at("revoke") - 1, personal, story.written[personal].entries[:5]),
        told(
            story,
            "a lost phone",
            at("revoke"),
            personal,
            story.written[personal].entries[:5],
            "the first entry is named, the second was seen by another phone, the third by nobody",
        ),
        told(
            story,
            "back-dated",
            at("revoke"),
            personal,
            forged(story, story.phones["lost"], personal, 5, at("revoke") - 1),
            "taken by a server under the roster before the revocation",
        ),
        told(
            story,
            "seen after the revocation",
            at("revoke"),
            personal,
            forged(story, member, personal, 5, at("revoke")),
            "a witness that knew of the revocation saves nothing",
        ),
        told(
            story,
            "a thief revokes",
            at("revoke by a thief"),
            personal,
            story.written[personal].entries[:7],
            "the owner's entry was seen by nobody",
        ),
        told(
            story,
            "the code takes it back",
            at("revoke co-signed"),
            personal,
            story.written[personal].entries,
            "the owner's entry stands again, the thief's last one does not",
        ),
        told(
            story,
            "the code cuts below a witness",
            at("revoke co-signed"),
            personal,
            forged(story, story.phones["linked"], personal, 8, at("revoke by a thief") - 1),
            "the thief's last entry was seen",
        ),
        told(story, "a lead stays", at("remove") - 1, leads, story.written[leads].entries),
        told(story, "a removed lead", at("remove"), leads, story.written[leads].entries, "the first entry is named"),
        told(
            story,
            "a removed lead, seen",
            end,
            leads,
            forged(story, story.phones["second lead"], leads, 2, at("remove") - 1),
            "another lead had seen both entries",
        ),
        told(
            story,
            "a removed lead, seen too late",
            end,
            leads,
            forged(story, story.phones["second lead"], leads, 2, at("remove")),
            "and knew of the removal",
        ),
        told(
            story,
            "back-dated by a thief",
            end,
            personal,
            forged(story, thief, personal, 8, at("revoke co-signed") - 1),
        ),
        told(story, "back-dated by a removed lead", end, leads, forged(story, third, leads, 2, at("remove") - 1)),
        told(
            story,
            "a removed lead's own records",
            end,
            story.world.log("personal", third),
            forged(story, third, story.world.log("personal", third), 0, at("remove") - 1),
            "a removal says nothing about the personal space",
        ),
    ]


def forged(story: Programme, phone: Phone, log: bytes, after: int, roster: int) -> list[Entry]:
    """The log up to `after`, and one more entry that has seen all of it and this roster."""
    entries = story.written[log].entries[:after] if log in story.written else []
    world = replace(story.world, spaces={})
    space = world.space(log)
    for entry in entries:
        extend(space, entry)
    extend(space, world.sealing(phone, log, roster=world.states[roster].chain.cursor))
    return space.entries


def extend(space: Space, entry: Entry) -> None:
    space.chain = space.chain.extend(entry)
    space.heads.append(space.chain.head)
    space.entries.append(entry)


def told(story: Programme, name: str, roster: int, log: bytes, entries: list[Entry], comment: str = "") -> Vector:
    world: World = story.at(roster)
    marks = [Mark.of(position, entry) for position, entry in enumerate(entries, 1)]
    found = sorted(void_positions(world.state, log, marks))
    return vector(
        name,
        "void" if found else "ok",
        comment,
        programme=world.programme,
        roster=roster,
        log=log,
        entries=[{"header": entry.raw_header, "signature": entry.signature} for entry in entries],
        void=found,
    )


LISTS: Lists = {"void": void}
