"""Bodies erased that should stay, and kept that should go: by the server, and by a thief with a phone or a code."""

from adversary.accomplice import accomplice
from adversary.attacks.coming import LATE
from adversary.scene import Scene
from adversary.story import without_body
from adversary.tricks import telling
from adversary.verdict import AT_ONCE, LIMIT, PREVENTED, Outcome, Table
from crypto.public.base64url import b64
from crypto.secret.code import from_paper
from crypto.secret.invite import InviteKeys
from device.phone import Phone
from device.repacking import decide, sign, standing_bodies
from sync.device.cleaning import Plan

TABLE = Table("erasing")
attack = TABLE.attack


async def further_phone(scene: Scene) -> Phone:
    """One more phone of Ada's account, in the kit's hands, which has seen all; two records were logged before."""
    await scene.start("ada", "second")
    for _ in range(2):
        await scene.log("ada")
        await scene.synced("ada")
    phone = await accomplice(scene, str((await scene.must("ada", "link"))["ticket"]))
    await phone.sync()
    return phone


async def erase_everything(phone: Phone, code: InviteKeys | None = None) -> None:
    """Name all that stands in the personal space, and write nothing of it again."""
    engine = phone.engine
    log = engine.writer.personal
    leaves = sorted(body.leaf for body in standing_bodies(engine, log, ()))
    sign(engine, log, Plan([], tuple(leaves)), code)
    await engine.sync(flush=False)


def gone(scene: Scene) -> int:
    """How many bodies of Ada's space the honest server does not hold."""
    return sum(one.body is None for one in scene.honest.entries(scene.personal("ada")))


async def shown_to_a_new_phone(scene: Scene) -> bool:
    """Whether a phone that is linked now shows all that was logged."""
    await scene.must("third", "join", ticket=(await scene.must("ada", "link"))["ticket"])
    await scene.synced("third")
    shown = await scene.records("third")
    return all(shown.get(one.id) == one.fields for one in scene.logged if one.owner == "ada")


@attack(AT_ONCE)
async def erase_before_its_day(scene: Scene) -> Outcome:
    """A phone repacks, and the server leaves the old bodies out at once instead of two weeks later."""
    phone = await further_phone(scene)
    log = scene.personal("ada")
    plan = decide(phone.engine, log, at_once=True)
    if plan is None:
        raise LookupError("there is something to repack")
    sign(phone.engine, log, plan)
    await phone.engine.sync(flush=False)
    story = scene.story(log)
    early = [without_body(one) if one.leaf in plan.leaves else one for one in story.entries]
    scene.turn(telling(scene.honest, [story.but(early)], {scene.devices["second"]}))
    await scene.sync("second")
    return Outcome("the erasure names its day, and the answer the server's")


@attack(PREVENTED)
async def erase_everything_with_a_stolen_phone(scene: Scene) -> Outcome:
    """A thief with an unlocked phone has all of an account's entries erased, and writes nothing of them again."""
    await erase_everything(await further_phone(scene))
    scene.turn()
    await scene.sync("ada", "second")
    scene.host.days = LATE
    scene.honest.erase_due()
    erased = gone(scene)
    whole = erased > 0 and await shown_to_a_new_phone(scene)
    return Outcome(f"{erased} bodies were erased, and another phone had written them again", harm=not whole)


@attack(PREVENTED)
async def erase_everything_and_be_revoked(scene: Scene) -> Outcome:
    """The same, and within two weeks the owner takes the stolen phone off the account."""
    phone = await further_phone(scene)
    await erase_everything(phone)
    scene.turn()
    await scene.sync("ada")
    await scene.must("ada", "revoke", device=b64(phone.engine.identity.device), code=scene.codes["ada"])
    await scene.sync("ada", "second")
    scene.host.days = LATE
    scene.honest.erase_due()
    return Outcome("the revocation withdraws the erasure", harm=gone(scene) > 0)


@attack(PREVENTED)
async def erase_everything_with_a_stolen_code(scene: Scene) -> Outcome:
    """A thief with an unlocked phone and the code on paper has all entries of an account erased at once."""
    phone = await further_phone(scene)
    await scene.synced("second")
    await erase_everything(phone, InviteKeys.from_secret(from_paper(scene.codes["ada"])))
    scene.turn()
    scene.honest.erase_due()
    erased = gone(scene)
    await scene.sync("ada", "second")
    whole = erased > 0 and await shown_to_a_new_phone(scene)
    return Outcome(f"{erased} bodies were erased, and a phone that held them wrote them again", harm=not whole)


@attack(LIMIT)
async def keep_what_was_erased(scene: Scene) -> Outcome:
    """The server keeps a copy of the bodies that were to be erased: ciphertext, under keys that phones still have."""
    phone = await further_phone(scene)
    copy = scene.fork("copy")
    await phone.erase_now(scene.codes["ada"])
    scene.turn()
    scene.honest.erase_due()
    kept = sum(one.body is not None for one in copy.entries(scene.personal("ada")))
    await scene.sync("ada", "second")
    return Outcome(f"nothing on the wire tells: the copy has {kept} bodies", harm=gone(scene) > 0)
