"""Vectors of `apply`: a whole honest roster, and what is refused at some point of it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sync.log import ZERO, Cursor, Entry
from sync.readers import keys_called_for, wraps_called_for
from sync.state import RosterState
from sync.statements import (
    Announce,
    CloseInvite,
    Cosignature,
    DeviceKeys,
    Policy,
    SetPolicy,
    Statement,
    decode_statement,
)
from tests.support.actors import Pass, Phone, World, new_person, new_phone
from tests.vectors.programme import Programme, entry_vector, programme
from tests.vectors.vector import Lists, Vector, in_hex

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
    refusals = (founding, inviting, joining, governing, signing)
    return [*vectors, *(one for section in refusals for one in section(story))]


def told(state: RosterState, entry: Entry) -> dict[str, Any]:
    """What can be compared without knowing this implementation's values; rows: what must travel with the entry."""
    open_now = [id_ for id_, invite in state.invites.items() if invite.is_open(state.time)]
    return {
        "time": state.time,
        "policy": state.policy.as_array(),
        "accounts": {id_: account.role for id_, account in sorted(state.accounts.items())},
        "devices": {id_: device.account for id_, device in sorted(state.devices.items())},
        "open_invites": sorted(open_now),
        "epochs": {log: space.epoch for log, space in sorted(state.spaces.items())},
        "wraps": [list(wrap) for wrap in sorted(wraps_called_for(state, [entry]))],
        "keys": sorted(keys_called_for([entry])),
    }


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
    yield say("reserved kind", "statement-unsupported", kind="revoke")
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
