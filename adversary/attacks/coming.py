"""Joining, linking and recovering: what somebody is shown who knows nothing yet but a secret."""

from adversary.accomplice import accomplice
from adversary.calls import NAMES, WRAPS
from adversary.honest import Honest
from adversary.scene import Scene, join
from adversary.story import Story
from adversary.stranger import Stranger
from adversary.tricks import answering, at, every, fabricating, not_from, sending, telling
from adversary.verdict import AT_ONCE, LIMIT, MONTH, Outcome, Table
from crypto.public.base64url import b64
from crypto.secret.code import from_paper
from crypto.secret.epoch import seal_name
from crypto.secret.invite import InviteKeys
from sync.log import Entry

TABLE = Table("coming in")
attack = TABLE.attack
LATE = 20


def wraps_to(scene: Scene, reader: bytes) -> int:
    """How many keys clients wrapped to a reader."""
    return sum(wrap["reader"] == b64(reader) for request in scene.pushed() for wrap in request.get("wraps", ()))


def with_ghost(scene: Scene, ghost: Stranger, role: str, invite: bytes, account: bytes) -> Story:
    """The true roster, and behind it a device that nobody enrolled."""
    story = scene.story(scene.programme)
    return story.but([*story.entries, ghost.join(story, scene.host.day, role, invite, account)])


def open_invite(scene: Scene, role: str, account: bytes = b"") -> bytes:
    """The newest open invite of a role; the server knows its id, and not its secret."""
    found = scene.roster.open_invites(role, account=account)
    return max(found, key=lambda id_: found[id_].position)


async def haunted(scene: Scene, name: str, ghost: Stranger, verb: str, /, **arguments: str) -> Outcome:
    """Somebody comes in while a ghost stands in the roster; then again, when it is true."""
    await scene.ask(name, verb, **arguments)
    scene.truce()
    await scene.must(name, verb, **arguments)
    wraps = wraps_to(scene, ghost.id)
    return Outcome(f"{wraps or 'no'} keys were wrapped to the ghost", harm=wraps > 0)


@attack(AT_ONCE)
async def ghost_device_at_join(scene: Scene) -> Outcome:
    """While somebody joins, the roster has one more phone of a member, enrolled by nobody."""
    ticket = (await scene.must("lead", "invite", role="member"))["ticket"]
    ghost, account = Stranger(), scene.account("ada")
    invite = open_invite(scene, "recovery", account)
    scene.turn(telling(scene.honest, [with_ghost(scene, ghost, "recovery", invite, account)]))
    return await haunted(scene, "cy", ghost, "join", ticket=ticket, name="Cy")


@attack(AT_ONCE)
async def ghost_device_at_link(scene: Scene) -> Outcome:
    """While a phone is linked, another one has come in by the same ticket, without its secret."""
    ticket = (await scene.must("ada", "link"))["ticket"]
    ghost, account = Stranger(), scene.account("ada")
    invite = open_invite(scene, "link", account)
    scene.turn(telling(scene.honest, [with_ghost(scene, ghost, "link", invite, account)]))
    return await haunted(scene, "third", ghost, "join", ticket=ticket)


@attack(AT_ONCE)
async def ghost_device_at_recovery(scene: Scene) -> Outcome:
    """While an account is recovered from paper, the roster has a phone that came in by the same code, without it."""
    ghost, account = Stranger(), scene.account("ada")
    invite = open_invite(scene, "recovery", account)
    scene.turn(telling(scene.honest, [with_ghost(scene, ghost, "recovery", invite, account)]))
    return await haunted(scene, "third", ghost, "recover", address=scene.host.address, code=scene.codes["ada"])


@attack(AT_ONCE)
async def fabricate_a_programme_at_recovery(scene: Scene) -> Outcome:
    """Whoever recovers is shown a programme that the server made up."""
    return await fabricated(scene, with_invite=False)


@attack(AT_ONCE)
async def fabricate_a_programme_around_the_code(scene: Scene) -> Outcome:
    """The same, and the statement that made the code is copied into it from the true programme."""
    return await fabricated(scene, with_invite=True)


async def fabricated(scene: Scene, *, with_invite: bool) -> Outcome:
    forger, code = Stranger(), InviteKeys.from_secret(from_paper(scene.codes["ada"])).id
    story = forger.found(scene.host.day, scene.host.address, scene.honest.key.public)
    if with_invite:
        story = story.but([*story.entries, statement_of(scene, code)])
    scene.turn(fabricating(scene.honest.key, [story], {code}, scene.host.day))
    address = scene.host.address
    said = await scene.ask("third", "recover", address=address, code=scene.codes["ada"])
    scene.truce()
    await scene.must("third", "recover", address=address, code=scene.codes["ada"])
    return Outcome("only the code could have counter-signed the statement that made it, there", harm=not said.error)


def statement_of(scene: Scene, invite: bytes) -> Entry:
    """The statement that made an invite."""
    return scene.honest.entries(scene.programme)[scene.roster.invites[invite].position - 1]


@attack(AT_ONCE)
async def stale_roster_at_recovery(scene: Scene) -> Outcome:
    """Whoever recovers is shown the roster from before the code was made."""
    code = InviteKeys.from_secret(from_paper(scene.codes["ada"])).id
    story = scene.story(scene.programme)
    scene.turn(telling(scene.honest, [story.but(story.entries[: scene.roster.invites[code].position - 1])], {code}))
    said = await scene.ask("third", "recover", address=scene.host.address, code=scene.codes["ada"])
    scene.truce()
    await scene.must("third", "recover", address=scene.host.address, code=scene.codes["ada"])
    return Outcome("the roster shown lacks the statement that made the code", harm=not said.error)


@attack(AT_ONCE)
async def withhold_the_key_from_the_paper(scene: Scene) -> Outcome:
    """After a declared restore the server claims to have lost the key that a code opens, until that code is closed."""
    code = InviteKeys.from_secret(from_paper(scene.codes["ada"])).id
    await scene.start("lead", "ada", "second")
    await scene.log("ada")
    await scene.synced("ada", "second")
    await scene.must("lead", "restored")
    scene.turn(answering(at(WRAPS, {code}), lambda _, answer: answer.update(wraps=[])))
    await scene.ask("third", "recover", address=scene.host.address, code=scene.codes["ada"])
    printed = (await scene.must("third", "code"))["code"]
    await scene.must("third", "confirm", code=printed)
    # The member key went with that key: the code takes the phone that made both off, to be linked again (page 7).
    scene.left.append("ada")
    scene.truce()
    await scene.sync("second", "third")
    fewer = len((await scene.must("third", "records", type="contact"))["records"])
    return Outcome(f"what another phone of hers reads, it said again: {fewer} records are back", harm=not fewer)


@attack(MONTH, lasting=True)
async def old_history_at_recovery(scene: Scene) -> Outcome:
    """Whoever recovers is served from a copy made after the code and before a revocation and the last entries."""
    await scene.start("ada", "second")
    await scene.synced("second", "ada")
    old = scene.fork("old")
    await scene.must("ada", "revoke", device=b64(scene.devices["second"]), code=scene.codes["ada"])
    scene.left.append("second")
    await scene.log("ada")
    await scene.synced("ada")
    scene.turn(sending(old, not_from(*scene.devices.values())))
    await scene.ask("third", "recover", address=scene.host.address, code=scene.codes["ada"])
    await scene.sync("third")
    phones = {one["id"] for one in (await scene.must("third", "devices"))["devices"]}
    return Outcome("on the copy the others fall silent", harm=b64(scene.devices["second"]) in phones)


@attack(AT_ONCE)
async def replay_an_invite(scene: Scene) -> Outcome:
    """A ticket that was good for one lets a second person in, on a copy of the server; then all see it."""
    ticket = (await scene.must("lead", "invite", role="member"))["ticket"]
    copy = scene.fork("copy")
    await scene.must("cy", "join", ticket=ticket, name="Cy")
    await scene.synced("lead")
    return await slipped_in(scene, copy, ticket)


@attack(AT_ONCE)
async def late_join_with_an_expired_invite(scene: Scene) -> Outcome:
    """A ticket is used after its last day, on a copy of the server whose clock was set back; then all see it."""
    ticket = (await scene.must("lead", "invite", role="member"))["ticket"]
    copy = scene.fork("copy", days=-LATE)
    scene.host.days = LATE
    # Something that is stated moves the time of the roster on.
    await scene.must("lead", "invite", role="member")
    return await slipped_in(scene, copy, ticket)


@attack(LIMIT)
async def late_join_while_nothing_was_stated(scene: Scene) -> Outcome:
    """The same, in a programme in which nothing was stated meanwhile, so that the time of its roster stood still."""
    ticket = (await scene.must("lead", "invite", role="member"))["ticket"]
    copy = scene.fork("copy", days=-LATE)
    scene.host.days = LATE
    joined = await joined_there(scene, copy, ticket)
    scene.slip_in(joined)
    before = len((await scene.must("lead", "members"))["members"])
    scene.turn()
    await scene.sync("lead")
    after = len((await scene.must("lead", "members"))["members"])
    return Outcome("the statement and the roster that it stands in are signed", harm=after > before)


async def slipped_in(scene: Scene, copy: Honest, ticket: str) -> Outcome:
    """A stranger joins on the copy with a ticket; the lead is shown it behind the true roster. Harm: it is believed."""
    joined = await joined_there(scene, copy, ticket)
    story = scene.story(scene.programme)
    scene.turn(telling(scene.honest, [story.but([*story.entries, joined])], {scene.devices["lead"]}))
    before = len((await scene.must("lead", "members"))["members"])
    await scene.sync("lead")
    after = len((await scene.must("lead", "members"))["members"])
    return Outcome("the statement and the roster that it stands in are signed", harm=after > before)


async def joined_there(scene: Scene, copy: Honest, ticket: str) -> Entry:
    """The `join` of a stranger who came in on the copy with this ticket."""
    scene.turn(sending(copy, every))
    await accomplice(scene, ticket, "Mallory")
    scene.truce()
    return next(one for one in reversed(copy.entries(scene.programme)) if one.header.kind == "join")


@attack(AT_ONCE)
async def withhold_the_key_at_join(scene: Scene) -> Outcome:
    """Whoever joins gets no wrap of the shared key."""
    ticket = (await scene.must("lead", "invite", role="member"))["ticket"]
    scene.turn(answering(at(WRAPS), lambda _, answer: answer.update(wraps=[])))
    said = await scene.ask("cy", "join", ticket=ticket, name="Cy")
    scene.truce()
    await scene.must("cy", "join", ticket=ticket, name="Cy")
    return Outcome("nothing was signed before the key was there", harm=not said.error)


@attack(AT_ONCE)
async def forge_a_display_name(scene: Scene) -> Outcome:
    """The sealed display name of somebody who joins is replaced by one of the server's choice."""
    await scene.start("lead", "cy")
    await join(scene, "cy")
    account = scene.account("cy")
    roster = scene.roster
    inbox = scene.honest.hpke_key(roster.spaces[roster.space_log("leads")].current.inbox_hash)
    sealed = b64(seal_name(inbox, scene.programme, account, "Mallory", Stranger().signing))
    forged = answering(at(NAMES), lambda _, answer: answer.update(names=[{"account": b64(account), "sealed": sealed}]))
    scene.turn(forged)
    await scene.sync("lead")
    names = [one["name"] for one in (await scene.must("lead", "members"))["members"]]
    return Outcome(
        "anybody can seal to the leads' inbox, and only the phone that joined can sign", harm="Mallory" in names
    )
