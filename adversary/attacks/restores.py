"""Servers put back from a backup, and what a server could make of the healing: lies, refusals, taking twice."""

from adversary.accomplice import hostile_lead, truly_signed
from adversary.answers import Json
from adversary.attacks.coming import wraps_to
from adversary.attacks.keys import opened_by
from adversary.calls import KEYS, MISSING, SYNC
from adversary.honest import Honest
from adversary.scene import Scene
from adversary.stranger import Stranger
from adversary.tricks import answering, at, every, from_, pushing, refusing, sending, telling
from adversary.verdict import AT_ONCE, LIMIT, PREVENTED, Outcome, Table
from crypto.public.base64url import b64
from device.phone import Phone
from sync.statements import Restored

TABLE = Table("restores")
attack = TABLE.attack
A_WEEK = 8
"""Days after which phones look for what the server lacks."""


@attack(AT_ONCE)
async def restore_without_a_word(scene: Scene) -> Outcome:
    """The server goes back to a backup and says nothing; the first phone that it meets had seen all it lost."""
    await scene.start("ada", "second")
    await scene.synced("ada", "second")
    backup = scene.fork("backup")
    await scene.log("ada")
    await scene.synced("ada", "second", "ada")
    lost = scene.honest.entries(scene.personal("ada"))
    scene.turn()
    scene.put_back(backup)
    await scene.log("ada")
    await scene.sync("ada", "second")
    given = [one.leaf for one in scene.honest.entries(scene.personal("ada"))][: len(lost)]
    return Outcome("the phone gives the same entries back", harm=given != [one.leaf for one in lost])


@attack(AT_ONCE)
async def restore_and_write_on(scene: Scene) -> Outcome:
    """The same, but a phone writes on that had not seen all the server lost; later a lead declares the restore."""
    await scene.start("lead", "ada", "second")
    await scene.synced("ada", "second")
    backup = scene.fork("backup")
    await scene.log("ada")
    await scene.synced("ada", "second")
    scene.turn()
    scene.put_back(backup)
    await scene.log("ada")
    await scene.sync("ada", "second")
    scene.truce()
    await scene.must("lead", "restored")
    return Outcome("the server does not know a cursor that it signed", harm=len(await scene.records("ada")) < 3)


@attack(AT_ONCE, lasting=True)
async def explain_a_fork_by_a_forged_restored(scene: Scene) -> Outcome:
    """Two phones are shown two histories, then both one of them, with a restore declared in a lead's name."""
    await scene.start("ada", "second")
    await scene.synced("ada", "second")
    other = scene.fork("other")
    scene.turn(sending(other, from_(scene.devices["second"])))
    theirs = await scene.log("ada")
    await scene.log("second")
    await scene.sync("ada", "second")
    scene.said.clear()
    lead, story = scene.devices["lead"], scene.story(scene.programme)
    entry = Stranger().state(story, Restored(scene.host.day), lead, scene.roster.chain.author(lead))
    scene.turn(telling(scene.honest, [story.but([*story.entries, entry])], {scene.devices["second"]}))
    await scene.log("second")
    for _ in range(2):
        await scene.sync("second")
    went_over = await scene.shows("second", theirs) or not await scene.unsent("second")
    return Outcome("the statement is not signed by the lead's phone", harm=went_over)


@attack(AT_ONCE)
async def take_an_offer_and_lose_it_again(scene: Scene) -> Outcome:
    """The server goes back to a backup, takes back what it lost, and goes back to the same backup again."""
    await scene.start("ada", "second")
    await scene.synced("ada", "second")
    backup = scene.fork("backup")
    again = backup.copy(scene.folder / "again", scene.host.clock)
    await scene.log("ada")
    await scene.synced("ada", "second", "ada")
    lost = scene.honest.entries(scene.personal("ada"))
    scene.turn()
    for server in (backup, again):
        scene.put_back(server)
        await scene.sync("ada")
    given = [one.leaf for one in scene.honest.entries(scene.personal("ada"))][: len(lost)]
    return Outcome("the phone gives the same entries back twice", harm=given != [one.leaf for one in lost])


@attack(AT_ONCE)
async def claim_to_be_restored_for_ever(scene: Scene) -> Outcome:
    """Every answer says that the server is being restored, and nothing new is taken."""
    await scene.synced("ada")
    id_ = await scene.log("ada")
    healing = answering(at(SYNC), lambda _, answer: answer.update(healing=True))
    scene.turn(healing, refusing(pushing, "healing"))
    await scene.sync("ada")
    kept = await scene.unsent("ada") == 1 and await scene.shows("ada", id_)
    return Outcome("the entry stays in the outbox until a lead says that the restore is over", harm=not kept)


@attack(AT_ONCE)
async def repeat_a_restored(scene: Scene) -> Outcome:
    """A lead once declared that a restore was over, and the server shows this statement again, later."""
    await scene.start("lead", "ada")
    await scene.must("lead", "restored")
    await scene.must("lead", "invite", role="member")
    await scene.synced("ada")
    story = scene.story(scene.programme)
    old = next(one for one in reversed(story.entries) if one.header.kind == Restored.kind)
    scene.turn(telling(scene.honest, [story.but([*story.entries, old])], {scene.devices["ada"]}))
    await scene.log("ada")
    await scene.sync("ada")
    scene.truce()
    await scene.ask("ada", "sync")
    return Outcome("the number of the statement was used", harm=await scene.unsent("ada") > 0)


# `restored`, truly signed by a lead's phone that a thief has, whose owner was removed. It is the same whether the thief
# signed before or after the removal: where it can stand is decided by the head that it names.


async def removed(scene: Scene, phone: Phone) -> None:
    account = phone.engine.identity.account
    await scene.must("lead", "remove", account=b64(account))
    scene.demand(account not in scene.roster.accounts, "the lead was not removed")


async def declared_there(scene: Scene, phone: Phone, copy: Honest) -> None:
    """On the copy, which does not know that the lead was removed, the stolen phone declares a restore."""
    scene.turn(sending(copy, every))
    await phone.restored()
    scene.truce()


@attack(AT_ONCE)
async def restored_by_a_removed_lead(scene: Scene) -> Outcome:
    """Behind the removal of a lead the roster gets a `restored` that the lead's stolen phone signed."""
    phone = await hostile_lead(scene)
    await removed(scene, phone)
    await scene.synced("ada")
    story, entry = scene.story(scene.programme), truly_signed(scene, phone, Restored(scene.host.day))
    await scene.log("ada")
    scene.turn(telling(scene.honest, [story.but([*story.entries, entry])], {scene.devices["ada"]}))
    await scene.sync("ada")
    scene.truce()
    await scene.ask("ada", "sync")
    return Outcome("the phone was none of a lead any more where it signed", harm=await scene.unsent("ada") > 0)


@attack(AT_ONCE)
async def restored_by_a_removed_lead_on_an_old_copy(scene: Scene) -> Outcome:
    """The server goes back to before the removal of a lead, whose stolen phone declares a restore there."""
    phone = await hostile_lead(scene)
    copy = scene.fork("copy")
    await removed(scene, phone)
    await scene.synced("ada")
    await declared_there(scene, phone, copy)
    await scene.log("ada")
    scene.turn(sending(copy, from_(scene.devices["ada"])))
    for _ in range(2):
        await scene.sync("ada")
    went_over = not await scene.unsent("ada")
    return Outcome("whoever knows of the removal does not believe it: the alarm stays", harm=went_over)


@attack(LIMIT, declared=True)
async def restored_by_a_lead_whose_removal_is_hidden(scene: Scene) -> Outcome:
    """The same, shown to somebody who was not shown the removal: it excuses a fork of the personal space."""
    phone = await hostile_lead(scene)
    copy = scene.fork("copy")
    await removed(scene, phone)
    mine = await scene.log("ada")
    # Ada has seen on the copy what it then takes back: a second copy goes on in another way.
    other = copy.copy(scene.folder / "other", scene.host.clock)
    scene.forks.append(other)
    scene.turn(sending(copy, from_(scene.devices["ada"])))
    await scene.synced("ada")
    await scene.log("second")
    scene.turn(sending(other, from_(scene.devices["second"])))
    await scene.synced("second")
    await declared_there(scene, phone, other)
    scene.turn(sending(other, from_(scene.devices["ada"], scene.devices["second"])))
    for _ in range(2):
        await scene.sync("ada", "second")
    kept = await scene.shows("second", mine)
    return Outcome(f"the phone went over, and {'said its entry again' if kept else 'kept its entry'}", harm=True)


@attack(PREVENTED)
async def lie_about_what_is_missing(scene: Scene) -> Outcome:
    """The server says that it lost the wraps of all phones and of one that nobody enrolled, and answers other keys."""
    await scene.start("lead", "ada")
    await scene.synced("lead", "ada")
    ghost = Stranger()
    logs = [scene.personal("ada"), scene.roster.space_log("commons"), scene.roster.space_log("leads")]
    readers = [ghost.id, *scene.devices.values()]
    wraps = [{"log": b64(log), "reader": b64(reader)} for log in logs for reader in readers]

    def lie(_: Json, answer: Json) -> None:
        answer.update(keys=[*answer["keys"], b64(ghost.hpke.hash)], wraps=wraps)

    def exchange(_: Json, answer: Json) -> None:
        answer.update(keys=[b64(ghost.hpke.public)] * len(answer["keys"]))

    scene.turn(answering(at(MISSING), lie), answering(at(KEYS), exchange))
    scene.host.days = A_WEEK
    await scene.sync("lead", "ada")
    given = sum(wraps_to(scene, reader) for reader in scene.devices.values())
    got = wraps_to(scene, ghost.id) + opened_by(scene, ghost)
    return Outcome(f"{given} keys were wrapped to phones of the roster, {got or 'none'} to the ghost", harm=got > 0)
