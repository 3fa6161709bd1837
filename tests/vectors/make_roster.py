"""Vectors of `apply`: a whole honest roster, and what is refused at some point of it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.reference.shown import in_hex, roster_state
from sync.log import ZERO, Cursor, Entry
from sync.statement import Cosignature, Statement
from sync.statements import (
    Announce,
    CloseInvite,
    DeviceKeys,
    Policy,
    Restored,
    SetPolicy,
    SetRules,
    SetServer,
    decode_statement,
)
from tests.support.actors import World
from tests.support.people import Pass, Phone, new_person, new_phone
from tests.vectors.programme import Programme, entry_vector, programme
from tests.vectors.vector import Lists, Vector

NEUTRAL = (1).to_bytes(32, "little")
FAR = 2**53 - 1


def roster() -> list[Vector]:
    """`after`: how many of the accepted entries stand before the one that is judged; `state`: what it leaves."""
    story = programme()
    vectors = []
    for position, ((name, comment), entry) in enumerate(zip(story.steps, story.world.entries, strict=True), 1):
        fields = {"programme": story.world.programme, "after": position - 1}
        after = story.world.states[position]
        vector = entry_vector(name, "ok", comment, entry, **fields)
        vectors.append(vector | in_hex({"leaf": entry.leaf, "head": after.chain.head, "state": told(after, entry)}))
    refusals = (founding, inviting, joining, governing, revoking, removing, moving, signing)
    return [*vectors, *(one for section in refusals for one in section(story))]


told = roster_state


def refused(name: str, expect: str, world: World, entry: Entry, comment: str = "") -> Vector:
    fields = {"programme": world.programme, "after": world.state.chain.position}
    return entry_vector(name, expect, comment, entry, **fields)


def founding(story: Programme) -> Iterator[Vector]:
    empty, first = story.at(0), decode_statement("found", story.world.entries[0].check_body())
    lead = story.world.lead

    def with_header(name: str, expect: str, **different: Any) -> Vector:
        return refused(f"found: {name}", expect, empty, empty.draft(lead, first, **different))

    yield with_header("sequence 2", "entry-malformed", sequence=2)
    yield with_header("epoch 1", "entry-malformed", epoch=1)
    yield with_header("prev", "prev-mismatch", prev=lead.id)
    yield with_header("head of zeros", "witness-unknown", seen=Cursor(0, ZERO), roster=Cursor(0, ZERO))
    yield with_header("another device", "entry-malformed", device=ZERO)
    changed: Any = replace(first, day=first.day + 1)
    yield refused(
        "found: another programme",
        "entry-malformed",
        empty,
        empty.draft(lead, changed),
        "the programme is the hash of the body",
    )
    yield refused("found: again", "not-authorised", story.world, story.world.draft(lead, first), "only at position 1")
    yield refused("announce before found", "not-authorised", empty, empty.draft(lead, Announce(empty.day, 1)))


def inviting(story: Programme) -> Iterator[Vector]:
    world, lead, member = story.world, story.world.lead, story.phones["member"]
    founded = story.after("found")

    def invite(
        name: str, expect: str, role: str, author: Phone = lead, at: World = world, comment: str = "", **different: Any
    ) -> Vector:
        made = at.new_pass(role, author)
        return refused(f"invite: {name}", expect, at, at.draft(author, at.inviting(made, **different)), comment)

    yield invite("no second key", "second-key-needed", "member", at=founded, comment="one lead with one phone, no code")
    yield invite("a member invites", "not-authorised", "member", member)
    yield invite("a member invites a lead", "not-authorised", "lead", member)
    yield invite("a link for another account", "not-authorised", "link", account=member.account)
    yield invite("a code for another account", "not-authorised", "recovery", account=member.account)
    yield invite("a member invite with an account", "entry-malformed", "member", account=lead.account)
    for uses in (0, 101):
        yield invite(f"{uses} uses", "limit-reached", "member", uses=uses)
    yield invite("lead with two uses", "limit-reached", "lead", uses=2)
    yield invite("link with two uses", "limit-reached", "link", uses=2)
    yield invite("code with a use", "entry-malformed", "recovery", uses=1)
    yield invite("code with a last day", "entry-malformed", "recovery", last_day=world.day)
    yield invite("15 days", "limit-reached", "member", last_day=world.day + 15)
    yield invite("ends before it begins", "limit-reached", "member", last_day=world.day - 1)
    yield invite("link of two days", "limit-reached", "link", last_day=world.day + 2)
    yield invite("another server key", "counter-signature-invalid", "member", server_key=lead.signing.public)
    yield invite("counter-signed by its author", "counter-signature-invalid", "member", signer=lead.signing)
    earlier = story.after("join member").state.chain.cursor
    yield invite("counter-signed for another state", "counter-signature-invalid", "member", seen=earlier)
    yield invite("key of small order", "key-refused", "member", signing_key=NEUTRAL)
    used = story.passes["member"]
    yield refused("invite: key used before", "exists", world, world.draft(lead, world.inviting(used)))
    for changed in ({"role": "lead"}, {"uses": 2}, {"last_day": world.day}):
        statement = replace(world.inviting(world.new_pass("member", lead)), **changed)
        name = f"invite: {next(iter(changed))} changed after the counter-signature"
        yield refused(name, "counter-signature-invalid", world, world.draft(lead, statement))


def joining(story: Programme) -> Iterator[Vector]:
    world = story.after("invite member")
    used, lead = story.passes["member"], story.world.lead

    def join(
        name: str,
        expect: str,
        by: Pass = used,
        at: World = world,
        comment: str = "",
        header: Any = None,
        **different: Any,
    ) -> Vector:
        phone = at.newcomer(by)
        entry = at.draft(phone, at.joining(phone, by, **different), **(header or {}))
        return refused(f"join: {name}", expect, at, entry, comment)

    unknown = world.new_pass("member", lead)
    yield join("invite never made", "invite-not-open", unknown)
    yield join("spent", "invite-not-open", story.passes["lead"], story.world)
    yield join("closed", "invite-not-open", story.passes["closed"], story.world)
    yield join("past its last day", "invite-not-open", day=world.day + 15)
    yield join("another role", "invite-not-open", role="lead")
    yield join("without the secret", "signature-invalid", signer=lead.signing)
    yield join("consent to another state", "signature-invalid", seen=story.after("found").state.chain.cursor)
    yield join("number 2", "entry-malformed", header={"sequence": 2})
    yield join("prev", "prev-mismatch", header={"prev": lead.id})
    yield join("another device in the header", "entry-malformed", header={"device": ZERO})
    yield join("account of zeros", "entry-malformed", account=bytes(16))
    yield join("account taken", "exists", account=lead.account)
    yield join("no member key", "entry-malformed", member_key_hash=b"")
    yield join("no commitment", "entry-malformed", commitment=b"")
    yield join("member key taken", "exists", member_key_hash=lead.person.member.hash)
    link = story.passes["open link"]
    yield join("link to another account", "not-authorised", link, story.world, account=story.phones["member"].account)
    yield join("link with a member key", "entry-malformed", link, story.world, member_key_hash=bytes(32))
    yield join("link with a commitment", "entry-malformed", link, story.world, commitment=bytes(32))
    phone = replace(world.newcomer(used), signing=used.keys.signing)
    taken = world.draft(phone, world.joining(phone, used))
    yield refused("join: the invite's own key", "exists", world, taken)
    early = story.after("invite recovery").state.chain.cursor
    phone = world.newcomer(used)
    unseen = world.draft(phone, world.joining(phone, used, seen=early), seen=early)
    yield refused("join: seen before the invite", "witness-unknown", world, unseen)
    cosigned = world.cosigned(world.joining(phone, used), story.passes["lead's code"])
    yield refused("join: co-signed", "cosignature-invalid", world, world.draft(phone, cosigned))
    keys = DeviceKeys(NEUTRAL, phone.hpke.hash)
    weak = world.draft(phone, world.joining(phone, used, device=keys))
    yield refused("join: device id of another key", "entry-malformed", world, weak)


def governing(story: Programme) -> Iterator[Vector]:
    world, lead, member = story.world, story.world.lead, story.phones["member"]
    own, theirs = story.passes["lead's code"], story.passes["new code"]

    def say(name: str, expect: str, statement: Statement, author: Phone = lead, comment: str = "") -> Vector:
        return refused(name, expect, world, world.draft(author, statement), comment)

    commons, leads, personal = (world.rotating(lead, name) for name in ("commons", "leads", "personal"))
    yield say("rotate: the epoch there is", "epoch-stale", replace(commons, epoch=2))
    yield say("rotate: an epoch left out", "epoch-stale", replace(commons, epoch=4))
    yield say("rotate: epoch 0", "epoch-stale", replace(commons, epoch=0))
    yield say("rotate: commons by a member", "not-authorised", commons, member)
    yield say("rotate: leads by a member", "not-authorised", leads, member)
    yield say("rotate: another's personal", "not-authorised", personal, member)
    yield say("rotate: commons of an account", "entry-malformed", replace(commons, account=lead.account))
    yield say("rotate: leads without an inbox", "entry-malformed", replace(leads, inbox_hash=b""))
    yield say("rotate: commons with an inbox", "entry-malformed", replace(commons, inbox_hash=bytes(32)))
    yield say("policy: by a member", "not-authorised", SetPolicy(world.day, Policy()), member)
    for bad in (Policy(0), Policy(2), Policy(1, 89), Policy(1, 3_651), Policy(1, 90, 89), Policy(1, 90, 3_651)):
        yield say(f"policy: {bad.as_array()}", "policy-floor", SetPolicy(world.day, bad))
    yield say("close: unknown", "invite-not-open", CloseInvite(world.day, ZERO))
    yield say("close: spent", "invite-not-open", CloseInvite(world.day, story.passes["lead"].id))
    yield say("close: closed", "invite-not-open", CloseInvite(world.day, story.passes["closed"].id))
    yield say("close: another's code", "invite-not-open", CloseInvite(world.day, theirs.id))
    yield say("close: another's link", "invite-not-open", CloseInvite(world.day, story.passes["open link"].id), member)
    inviting = story.after("invite member")
    joined = story.after("join member")
    by_member = joined.draft(member, CloseInvite(joined.day, story.passes["member"].id))
    yield refused("close: an invite by a member", "not-authorised", joined, by_member)
    younger = inviting.new_pass("recovery", lead)
    yield say(
        "close: co-signed by nobody", "cosignature-invalid", inviting.cosigned(CloseInvite(world.day, own.id), younger)
    )
    yield say("co-signed by another's code", "cosignature-invalid", world.cosigned(Announce(world.day, 1), theirs))
    yield say(
        "co-signed by a link", "cosignature-invalid", world.cosigned(Announce(world.day, 1), story.passes["open link"])
    )
    closed = story.passes["member's code"]
    yield say(
        "co-signed by a closed code", "cosignature-invalid", world.cosigned(Announce(world.day, 1), closed), member
    )
    stale = world.cosigned(Announce(world.day, 1), own, seen=world.states[-2].chain.cursor)
    yield say("co-signed for another state", "cosignature-invalid", stale)
    yield say(
        "co-signed before a change",
        "cosignature-invalid",
        replace(world.cosigned(Announce(world.day, 1), own), rules=2),
    )
    zeros: Any = replace(Announce(world.day, 1), cosignature=Cosignature(own.id, bytes(64)))
    yield say("co-signed with zeros", "cosignature-invalid", zeros)


def revoking(story: Programme) -> Iterator[Vector]:
    world, phones = story.before("revoke"), story.phones
    member, lost, ghost = phones["member"], phones["lost"], phones["ghost"]
    told: Any = decode_statement("revoke", story.world.entries[story.position("revoke") - 1].check_body())
    seen = world.state.chain.cursor

    def say(name: str, expect: str, author: Phone = member, comment: str = "", **different: Any) -> Vector:
        entry = world.draft(author, replace(told, **different))
        return refused(f"revoke: {name}", expect, world, entry, comment)

    personal, commons = world.log("personal", member), world.log("commons")
    yield say("by another account", "not-authorised", world.lead)
    yield say("by itself", "not-authorised", lost)
    yield say("by a phone that it enrolled after `since`", "not-authorised", ghost)
    yield say("of another account's device", "not-authorised", device=world.lead.id)
    yield say("of no device", "not-authorised", device=ZERO)
    yield say("since the future", "entry-malformed", since=world.state.chain.position + 1)
    yield say("the epoch there is", "epoch-stale", epoch=told.epoch - 1)
    yield say("an epoch left out", "epoch-stale", epoch=told.epoch + 1)
    yield say("member key taken", "exists", member_key_hash=member.person.member.hash)
    yield say("last of a device that stays", "entry-malformed", last=((member.id, personal, ZERO),))
    yield say("last in another's log", "entry-malformed", last=((lost.id, world.log("personal", world.lead), ZERO),))
    yield say("last in commons of a member", "entry-malformed", last=((lost.id, commons, ZERO),))
    yield say("last in the roster", "entry-malformed", last=((lost.id, world.programme, ZERO),))
    zeros = Cosignature(story.passes["new code"].id, bytes(64))
    yield say("co-signed with zeros", "cosignature-invalid", cosignature=zeros)
    foreign = world.draft(member, world.cosigned(told, story.passes["lead's code"]))
    yield refused("revoke: co-signed by another's code", "cosignature-invalid", world, foreign)
    late = story.after("revoke")
    stale = late.draft(member, told, seen=seen)
    yield refused("revoke: late", "seen-stale", late, stale)
    again = late.draft(member, late.revoking(member, lost))
    yield refused("revoke: a device that has left", "not-authorised", late, again)
    yield refused("revoke: by a device that has left", "device-not-active", late, late.draft(lost, told))
    for name in ("lost", "ghost"):
        entry = late.draft(phones[name], Announce(late.day, 1))
        yield refused(f"announce: by the {name} phone", "device-not-active", late, entry)
    robbed, thief = story.before("revoke co-signed"), phones["thief"]
    told = decode_statement("revoke", story.world.entries[story.position("revoke co-signed") - 1].check_body())
    for name, code, since in (
        ("a younger code", "thief's code", robbed.state.chain.position),
        ("a code of the revoked", "thief's code", told.since),
    ):
        statement = robbed.cosigned(replace(told, since=since), story.passes[code])
        entry = robbed.draft(phones["recovered"], statement)
        comment = "only the oldest open code co-signs"
        yield refused(f"revoke: co-signed by {name}", "cosignature-invalid", robbed, entry, comment)
    alone = robbed.revoking(phones["recovered"], phones["linked"])
    entry = robbed.draft(phones["recovered"], alone)
    yield refused("revoke: again what a thief revoked", "not-authorised", robbed, entry)
    spoken = story.after("revoke co-signed")
    entry = spoken.draft(thief, Announce(spoken.day, 1))
    yield refused("announce: by the thief", "device-not-active", spoken, entry)
    used = story.passes["thief's code"]
    phone = spoken.newcomer(used)
    entry = spoken.draft(phone, spoken.joining(phone, used))
    yield refused("join: by the thief's code", "invite-not-open", spoken, entry)


def removing(story: Programme) -> Iterator[Vector]:
    world, phones = story.before("remove"), story.phones
    third, member, founded = phones["third lead"], phones["member"], story.after("found")
    told: Any = decode_statement("remove", story.world.entries[story.position("remove") - 1].check_body())

    def say(name: str, expect: str, author: Phone = world.lead, comment: str = "", **different: Any) -> Vector:
        entry = world.draft(author, replace(told, **different))
        return refused(f"remove: {name}", expect, world, entry, comment)

    leads, personal = world.log("leads"), world.log("personal", third)
    yield say("by a member", "not-authorised", member)
    yield say("of nobody", "not-authorised", account=bytes(16))
    yield say("last in the personal space", "entry-malformed", last=((third.id, personal, ZERO),))
    yield say("last of another lead", "entry-malformed", last=((world.lead.id, leads, ZERO),))
    yield say("last in the roster", "entry-malformed", last=((third.id, world.programme, ZERO),))
    of_member = ((member.id, world.log("commons"), ZERO),)
    yield say("last of a member", "entry-malformed", account=member.account, last=of_member)
    comment = "an account with an open code needs its oldest"
    yield say("by oneself alone", "cosignature-invalid", member, comment, account=member.account, last=())
    last_lead = founded.draft(founded.lead, founded.removing(founded.lead.account))
    yield refused("remove: the last lead", "not-authorised", founded, last_lead)
    late = story.after("remove")
    yield refused("remove: again", "not-authorised", late, late.draft(late.lead, replace(told, last=())))
    yield refused("announce: by a removed lead", "device-not-active", late, late.draft(third, Announce(late.day, 1)))
    stale = late.draft(late.lead, told, seen=world.state.chain.cursor)
    yield refused("remove: late", "seen-stale", late, stale)
    joined = story.after("remove by oneself")
    used = story.passes["open link"]
    phone = joined.newcomer(used)
    entry = joined.draft(phone, joined.joining(phone, used, account=phones["leaver"].account))
    yield refused("join: a link to an account that left", "not-authorised", joined, entry)


def moving(story: Programme) -> Iterator[Vector]:
    """Rules, server, restored."""
    world, member = story.world, story.phones["member"]
    early = story.before("rules")
    early = replace(early, states=early.states[:-1], entries=early.entries[:-1])
    yield refused("rules: not announced by all", "not-authorised", early, early.draft(member, SetRules(early.day, 2)))
    for version in (1, 2, 3):
        entry = world.draft(world.lead, SetRules(world.day, version))
        yield refused(f"rules: {version} after 2", "not-authorised", world, entry)
    key, address = world.server.public, "https://moved.example"
    for name, expect, author, statement in (
        ("by a member", "not-authorised", member, SetServer(world.day, key, address)),
        ("key of small order", "key-refused", world.lead, SetServer(world.day, NEUTRAL, address)),
        ("key of a device", "exists", world.lead, SetServer(world.day, member.signing.public, address)),
        ("no scheme", "entry-malformed", world.lead, SetServer(world.day, key, "moved.example")),
        ("a path", "entry-malformed", world.lead, SetServer(world.day, key, "https://moved.example/here")),
    ):
        yield refused(f"server: {name}", expect, world, world.draft(author, statement))
    yield refused("restored: by a member", "not-authorised", world, world.draft(member, Restored(world.day)))
    late = world.draft(world.lead, Restored(world.day), seen=world.states[-2].chain.cursor)
    yield refused("restored: late", "seen-stale", world, late)


def signing(story: Programme) -> Iterator[Vector]:
    """What is refused of any statement."""
    world, lead, member = story.world, story.world.lead, story.phones["member"]
    honest = Announce(world.day, 1)

    def say(name: str, expect: str, comment: str = "", seen: Cursor | None = None, **different: Any) -> Vector:
        return refused(name, expect, world, world.draft(lead, honest, seen=seen, **different), comment)

    yield say("another suite", "suite-unknown", suite=2)
    yield say("another log", "entry-malformed", log=ZERO)
    yield say("another kind", "entry-malformed", kind="policy")
    yield say("no kind", "entry-malformed", kind="sealed")
    yield say("epoch 1", "entry-malformed", epoch=1)
    yield say("another body", "body-mismatch", body_hash=ZERO)
    yield say("roster is not seen", "entry-malformed", roster=world.states[-2].chain.cursor)
    yield say("number used", "sequence-used", sequence=1)
    yield say("prev of zeros", "prev-mismatch", prev=ZERO)
    yield say("seen too far", "witness-unknown", seen=Cursor(FAR, ZERO))
    yield say("seen on another chain", "witness-unknown", seen=Cursor(world.state.chain.position, ZERO))
    yield say("seen less than before", "witness-unknown", seen=world.states[1].chain.cursor)
    stranger = new_phone(world.randomness, new_person(world.randomness))
    yield refused("a stranger", "device-not-active", world, world.draft(stranger, honest))
    recovered = story.phones["recovered"]
    before = world.states[world.state.devices[recovered.id].enrolled - 1].chain.cursor
    fresh = story.after("join recovery")
    unborn = fresh.draft(recovered, honest, seen=before)
    yield refused("seen before its enrolment", "witness-unknown", fresh, unborn)
    older = world.states[-2].chain.cursor
    for statement in (SetPolicy(world.day, Policy()), CloseInvite(world.day, story.passes["open link"].id)):
        late = world.draft(lead, statement, seen=older)
        yield refused(f"strict and late: {statement.kind}", "seen-stale", world, late)
    entry = world.draft(lead, honest)
    yield refused("no body", "body-mismatch", world, replace(entry, body=None))
    yield refused(
        "signed by another", "signature-invalid", world, Entry.sign(entry.header, honest.encode(), member.signing)
    )
    for name, signature in (("zeros", bytes(64)), ("one bit", entry.signature[:-1] + bytes([entry.signature[-1] ^ 1]))):
        yield refused(f"signature: {name}", "signature-invalid", world, replace(entry, signature=signature))
    again = story.world.entries[-1]
    yield refused("the last statement again", "sequence-used", world, again)


LISTS: Lists = {"roster": roster}
