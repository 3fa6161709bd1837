"""Keys exchanged, withheld and held too long; phones and people that left and act as if they had not."""

import os

from adversary.accomplice import accomplice
from adversary.attacks.coming import open_invite, with_ghost, wraps_to
from adversary.calls import KEYS, WRAPS, Call, Json
from adversary.scene import Scene
from adversary.stranger import Stranger
from adversary.tricks import answering, at, from_, pushing, refusing, sending, telling
from adversary.verdict import AT_ONCE, PREVENTED, Outcome, Table
from crypto.errors import OpenFailed
from crypto.public.base64url import b64, unb64
from crypto.public.encoding import encode
from device import outbox
from sync.log import Header

TABLE = Table("keys and departures")
attack = TABLE.attack


def opened_by(scene: Scene, stranger: Stranger) -> int:
    """How many of the wraps that clients pushed the stranger's key opens, whoever they are for."""
    count = 0
    for request in scene.pushed():
        for one in request.get("wraps", ()):
            place = encode([scene.programme, unb64(one["log"]), one["epoch"], unb64(one["reader"])])
            try:
                stranger.hpke.open("wrap", place, unb64(one["wrap"]))
                count += 1
            except OpenFailed:
                continue
    return count


@attack(AT_ONCE)
async def exchange_a_device_key(scene: Scene) -> Outcome:
    """Asked for the HPKE keys of a space's readers, the server answers keys of its own."""
    stranger = Stranger()
    await scene.synced("ada")
    scene.turn(
        answering(at(KEYS), lambda _, answer: answer.update(keys=[b64(stranger.hpke.public)] * len(answer["keys"])))
    )
    await scene.ask("ada", "rotate", space="personal")
    stolen = opened_by(scene, stranger)
    scene.truce()
    await scene.must("ada", "rotate", space="personal")
    return Outcome(f"{stolen or 'no'} wraps open with the server's key", harm=stolen > 0)


@attack(AT_ONCE)
async def ghost_device_in_a_rotation(scene: Scene) -> Outcome:
    """Before a phone rotates its key, the roster grows a phone of its owner that nobody enrolled."""
    ghost, account = Stranger(), scene.account("ada")
    await scene.synced("ada")
    invite = open_invite(scene, "recovery", account)
    scene.turn(telling(scene.honest, [with_ghost(scene, ghost, "recovery", invite, account)]))
    await scene.ask("ada", "rotate", space="personal")
    wraps = wraps_to(scene, ghost.id)
    scene.truce()
    await scene.must("ada", "rotate", space="personal")
    return Outcome(f"{wraps or 'no'} keys were wrapped to the ghost", harm=wraps > 0)


async def rotated_behind(scene: Scene, wraps: list[Json] | None) -> Outcome:
    """Ada's first phone rotates; her second one is given these wraps. Harm: it goes on under the old key."""
    await scene.start("ada", "second")
    await scene.synced("second")
    scene.turn(answering(at(WRAPS, {scene.devices["second"]}), lambda _, answer: tampered(answer, wraps)))
    await scene.must("ada", "rotate", space="personal")
    await scene.log("ada")
    await scene.synced("ada")
    space = scene.roster.spaces[scene.personal("ada")]
    await scene.log("second")
    await scene.sync("second")
    await scene.sync("second")
    old = [
        header
        for header in pushed_headers(scene, scene.devices["second"])
        if header.log == scene.personal("ada") and header.roster.position >= space.current.since
        and header.epoch < space.epoch
    ]  # fmt: skip
    unsent = await scene.unsent("second")
    return Outcome(f"nothing was sealed under the old key; {unsent} record waits for the new one", harm=bool(old))


def tampered(answer: Json, wraps: list[Json] | None) -> None:
    if wraps is None:
        for one in answer["wraps"]:
            one["wrap"] = b64(os.urandom(1168))
    else:
        answer["wraps"] = wraps


def pushed_headers(scene: Scene, device: bytes) -> list[Header]:
    """Headers of everything that a device tried to push."""
    raw = [
        unb64(entry["header"])
        for request in scene.pushed()
        for log in request["logs"]
        for entry in log.get("entries", ())
    ]
    return [header for header in map(Header.decode, raw) if header.device == device]


@attack(AT_ONCE)
async def stale_wrap(scene: Scene) -> Outcome:
    """After a rotation a phone is given the wrap of the key from before it."""
    return await rotated_behind(scene, scene.honest.wraps(scene.devices["second"]))


@attack(AT_ONCE)
async def garbage_wrap(scene: Scene) -> Outcome:
    """After a rotation a phone is given random bytes in the place of the new key."""
    return await rotated_behind(scene, None)


@attack(AT_ONCE)
async def refuse_to_rotate(scene: Scene) -> Outcome:
    """A lead removes somebody, and the server refuses the new key that is to shut them out."""
    await scene.start("lead", "ada")
    await scene.synced("lead")
    bo = b64(scene.account("bo"))
    scene.turn(refusing(lambda call: "rotate" in kinds(call), "limit-reached", log=scene.programme))
    await scene.must("lead", "remove", account=bo)
    scene.left.append("bo")
    await scene.sync("lead")
    await scene.log("lead", "resource")
    await scene.sync("lead", "ada")
    epoch = scene.roster.spaces[scene.roster.space_log("commons")].epoch
    return Outcome(f"epoch {epoch} of the shared key stays; each phone can see from the roster that it is due")


def kinds(call: Call) -> set[str]:
    """Kinds of the entries that a call pushes."""
    if not pushing(call):
        return set()
    return {Header.decode(unb64(entry["header"])).kind for log in call.json["logs"] for entry in log.get("entries", ())}


@attack(PREVENTED, lasting=True)
async def revoked_phone_goes_on_writing(scene: Scene) -> Outcome:
    """A revoked phone writes on upon an old copy of the server; its entry is put behind the true ones."""
    await scene.start("ada", "second")
    await scene.synced("second", "ada")
    copy = scene.fork("copy")
    await scene.must("ada", "revoke", device=b64(scene.devices["second"]))
    await scene.synced("ada")
    scene.turn(sending(copy, from_(scene.devices["second"])))
    stolen = str((await scene.must("second", "log", type="contact", fields=dict(scene.logged[0].fields)))["id"])
    await scene.synced("second")
    log = scene.personal("ada")
    newest = [one for one in copy.entries(log) if one.header.device == scene.devices["second"]][-1]
    scene.slip_in(newest)
    await scene.log("ada")
    await scene.sync("ada")
    return Outcome(
        "the entry is void: the revocation names the last one that stands", harm=await scene.shows("ada", stolen)
    )


@attack(PREVENTED)
async def absurd_stamp(scene: Scene) -> Outcome:
    """A hacked phone of the same account edits a record with a stamp that no later edit could ever exceed."""
    await scene.start("ada", "second")
    id_ = await scene.log("ada")
    await scene.synced("ada", "second")
    hacked = await accomplice(scene, str((await scene.must("ada", "link"))["ticket"]))
    scene.turn()
    with hacked.vault.write() as connection:
        outbox.advance_stamp(connection, scene.personal("ada"), 2**52)
    hacked.records.edit(unb64(id_), {"disposition": "warm_handoff"})
    await hacked.sync()
    await scene.sync("second", "ada")
    await scene.edit("ada", id_, disposition="referral_accepted")
    await scene.sync("ada", "second")
    shown = (await scene.records("second"))[id_]["disposition"]
    return Outcome("the entry is set aside, and later edits count", harm=shown != "referral_accepted")


@attack(AT_ONCE)
async def claim_a_ghosts_entry(scene: Scene) -> Outcome:
    """An entry that a stranger signed is put into a personal space, in the name of one of its phones."""
    await scene.start("ada", "second")
    await scene.synced("ada")
    stranger, story = Stranger(), scene.story(scene.personal("ada"))
    last = story.entries[-1]
    forged = stranger.mimic(last, story.end)
    scene.turn(telling(scene.honest, [story.but([*story.entries, forged])], {scene.devices["second"]}))
    before = len(await scene.records("second"))
    await scene.sync("second")
    return Outcome("the signature is not that of the phone", harm=len(await scene.records("second")) != before)
