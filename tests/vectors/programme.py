"""The honest programme whose entries the vectors of roster and spaces show, and from which others are forged."""

from dataclasses import dataclass, field, replace
from typing import Any

from crypto.public.signing import SigningKey
from sync.log import Entry
from sync.statements import Announce, Policy
from tests.support.actors import World
from tests.support.people import Pass, Phone
from tests.support.programme import Space
from tests.vectors.seeded import seeded
from tests.vectors.vector import Vector, vector


@dataclass
class Programme:
    """`steps[n]`: (name, comment) of the roster entry at position n + 1; `written`: spaces written on the way; `names`:
    ids by what the story calls them."""

    world: World
    phones: dict[str, Phone] = field(default_factory=dict)
    passes: dict[str, Pass] = field(default_factory=dict)
    steps: list[tuple[str, str]] = field(default_factory=list)
    written: dict[bytes, Space] = field(default_factory=dict)
    names: dict[str, bytes] = field(default_factory=dict)

    def tell(self, name: str, comment: str = "") -> None:
        """Name the entry just landed."""
        self.steps.append((name, comment))
        if len(self.steps) != len(self.world.entries):
            raise ValueError(f"{name} is not one entry")

    def at(self, position: int) -> World:
        """The world as it was after so many statements."""
        return replace(self.world, states=self.world.states[: position + 1], entries=self.world.entries[:position])

    def after(self, name: str) -> World:
        """The world as it was after the statement of this name."""
        return self.at(self.position(name))

    def before(self, name: str) -> World:
        return self.at(self.position(name) - 1)

    def position(self, name: str) -> int:
        return [step for step, _ in self.steps].index(name) + 1


def programme() -> Programme:
    """Every kind of statement, in every role, told in order; the same bytes each time."""
    world = World.found(seeded("programme"))
    story = Programme(world)
    lead = story.phones["lead"] = world.lead
    story.tell("found")
    code = story.passes["lead's code"] = world.invite("recovery")
    story.tell("invite recovery", "a lead's code, without which no member is invited")
    invite = story.passes["member"] = world.invite("member", uses=2)
    story.tell("invite member", "two uses")
    member = story.phones["member"] = world.join(invite)
    story.tell("join member")
    story.passes["lead"] = world.invite("lead")
    story.tell("invite lead")
    second = story.phones["second lead"] = world.join(story.passes["lead"])
    story.tell("join lead")
    story.passes["link"] = world.invite("link", member)
    story.tell("invite link")
    story.phones["linked"] = world.join(story.passes["link"])
    story.tell("join link")
    before = world.states[-3].chain.cursor
    world.push(world.draft(second, Announce(world.day, 1), seen=before))
    story.tell("announce floating", "`seen` lies two statements back")
    paper = story.passes["member's code"] = world.invite("recovery", member)
    story.tell("invite recovery of a member")
    recovered = story.phones["recovered"] = world.join(paper)
    story.tell("join recovery")
    fresh = story.passes["new code"] = world.invite("recovery", recovered, code=paper)
    story.tell("invite recovery co-signed", "the old code signs for the new one")
    world.rotate(recovered, "personal")
    story.tell("rotate personal")
    world.close(recovered, paper, code=paper)
    story.tell("close_invite co-signed", "closes at once")
    world.close(recovered, fresh)
    story.tell("close_invite by a device alone", "closes in 30 days, and is open until then")
    world.day += 1
    world.rotate(lead, "commons")
    story.tell("rotate commons", "a day later")
    world.rotate(second, "leads")
    story.tell("rotate leads")
    world.policy(lead, Policy(1, 90, 3_650))
    story.tell("policy", "both bounds")
    story.passes["open link"] = world.invite("link", lead)
    story.tell("invite link of the lead", "stays open")
    story.passes["closed"] = world.invite("lead", second)
    story.tell("invite lead again")
    world.close(lead, story.passes["closed"])
    story.tell("close_invite of a lead's invite")
    world.announce(member, 2)
    story.tell("announce", "rules of the future")
    leaving(story)
    moving(story)
    if not world.state.invites[code.id].is_open(world.state.time):
        raise ValueError("the lead's code stays open")
    return story


def leaving(story: Programme) -> None:
    """A lost phone, a thief with a phone, a lead and a member who go; with what they wrote."""
    world, phones = story.world, story.phones
    member, linked, recovered, lead = (phones[name] for name in ("member", "linked", "recovered", "lead"))
    personal, leads = world.log("personal", member), world.log("leads")

    def link(author: Phone, name: str) -> Phone:
        used = world.invite("link", author)
        story.tell(f"invite link for the {name} phone")
        phones[name] = world.join(used)
        story.tell(f"join of the {name} phone")
        return phones[name]

    lost = link(member, "lost")
    since = world.state.chain.position
    first = [world.write(phone, personal) for phone in (member, lost, lost, member, lost)][1]
    link(lost, "ghost")
    world.revoke(member, lost, since=since, last=((lost.id, personal, first.leaf),))
    story.tell("revoke", "takes along the phone that the lost one linked after `since`")
    thief = link(member, "thief")
    since = world.state.chain.position
    kept = world.write(thief, personal)
    world.write(linked, personal)
    story.passes["thief's code"] = world.invite("recovery", thief)
    story.tell("invite recovery by a thief")
    world.revoke(thief, linked, last=())
    story.tell("revoke by a thief", "of a phone of the owner; nothing of it is to stand")
    world.write(thief, personal)
    last = ((thief.id, personal, kept.leaf),)
    world.revoke(recovered, thief, since=since, last=last, code=story.passes["new code"])
    story.tell("revoke co-signed", "cancels what the thief revoked, and closes its code at once")
    used = world.invite("lead")
    story.tell("invite a third lead")
    third = phones["third lead"] = world.join(used)
    story.tell("join of a third lead")
    kept = world.write(third, leads)
    world.write(third, leads)
    world.remove(lead, third, last=((third.id, leads, kept.leaf),))
    story.tell("remove", "of a lead; the last entry is not to stand")
    phones["leaver"] = world.join(story.passes["member"])
    story.tell("join of a member who leaves", "the second use of the invite")
    world.remove(phones["leaver"], phones["leaver"])
    story.tell("remove by oneself", "an account without a code")
    story.written, world.spaces = world.spaces, {}


def moving(story: Programme) -> None:
    """A restored server, another server, other rules."""
    world = story.world
    world.restored(story.phones["second lead"])
    story.tell("restored")
    world.move(world.lead, SigningKey.generate(world.randomness), "https://moved.example:8443", one=True)
    story.tell("server", "another key and another address, of the leads' own organisation")
    for name in ("lead", "second lead", "linked", "recovered"):
        world.announce(story.phones[name], 2)
        story.tell(f"announce: {name}")
    world.raise_rules(story.phones["member"], 2)
    story.tell("rules", "all active devices have announced them")


def entry_vector(name: str, expect: str, comment: str, entry: Entry, **fields: Any) -> Vector:
    """A vector that is an entry; `fields` stand before it."""
    return vector(name, expect, comment, **fields, header=entry.raw_header, signature=entry.signature, body=entry.body)
