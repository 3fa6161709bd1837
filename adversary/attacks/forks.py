"""Two histories, each whole by itself: shown to two phones, to two accounts, or to one phone in two of its logs."""

from adversary.attacks.history import told_otherwise
from adversary.forking import forwarding, splitting
from adversary.honest import Honest
from adversary.scene import HOUSE, Scene
from adversary.tricks import from_, sending, telling
from adversary.verdict import AT_ONCE, LIMIT, MONTH, Outcome, Table
from crypto.public.base64url import b64
from sync.witness import witness_log

TABLE = Table("forks")
attack = TABLE.attack
A_WEEK = 7
TWO_PERIODS = 91
"""Days, in weeks. Of 90, in the first 45 the others have to be shown what one of the two phones witnessed, lest its
account be silent; what they witness after that does not fit to what the other phone is shown, to which they fall silent
in 45 more.
"""


@attack(MONTH)
async def withhold_the_newest_of_the_commons(scene: Scene) -> Outcome:
    """A phone that only reads the shared space is not shown its newest entries, nor that they are there."""
    await scene.start("lead", "ada")
    await scene.synced("lead", "ada")
    story = scene.story(scene.roster.space_log("commons"))
    id_ = await scene.log("lead", "resource")
    await scene.synced("lead")
    scene.turn(telling(scene.honest, [story], {scene.devices["ada"]}, frozen=True))
    await scene.sync("ada")
    shown = await scene.shows("ada", id_, "resource")
    return Outcome("witnesses of others name a later state of the log", harm=not shown)


@attack(MONTH, declared=True)
async def fork_two_phones(scene: Scene) -> Outcome:
    """Two phones of one account are shown two histories, for ever."""
    copy = await parted(scene)
    scene.turn(sending(copy, from_(scene.devices["second"])))
    return await written_apart(scene, "behind the other history nobody else states a witness")


@attack(MONTH, declared=True)
async def fork_a_personal_space(scene: Scene) -> Outcome:
    """Two phones of one account are shown two histories of its space, and everything else truly: roster, witnesses."""
    copy = await parted(scene)
    scene.turn(splitting(scene, copy, {scene.personal("ada")}, scene.devices["second"]))
    return await written_apart(scene, "a witness of the account states what the other phone has not seen")


@attack(LIMIT, declared=True)
async def fork_a_personal_space_and_hide_its_witnesses(scene: Scene) -> Outcome:
    """The same, and what each phone witnesses is kept from the other one; what the others witness is carried across."""
    copy = await parted(scene)
    forked = {scene.personal("ada"), witness_log(scene.roster)}
    scene.turn(splitting(scene, copy, forked, scene.devices["second"]))
    await written_apart(scene, "")
    begun = scene.host.days
    while not scene.told and scene.host.days < begun + TWO_PERIODS:
        scene.host.days += A_WEEK
        await scene.sync(*HOUSE)
    when = f"within {TWO_PERIODS} days" if scene.told else f"in {TWO_PERIODS} days nobody"
    return Outcome(f"{when} one of the two sees the others fall silent", harm=not scene.told)


@attack(MONTH, declared=True)
async def fork_two_phones_and_pass_the_witnesses_on(scene: Scene) -> Outcome:
    """Two phones are shown two histories of all logs, and the witnesses of both sides, so that nobody is silent."""
    copy = await parted(scene)
    witnesses = witness_log(scene.roster)
    scene.turn(
        forwarding(scene, copy, witnesses), sending(copy, from_(scene.devices["second"])),
    )  # fmt: skip
    return await written_apart(scene, "a witness of the account states what the other phone has not seen")


async def parted(scene: Scene) -> Honest:
    """A copy of the server, of which the phones have all seen the same so far."""
    await scene.start("ada", "second")
    await scene.synced("ada", "second", "ada")
    return scene.fork("other")


async def written_apart(scene: Scene, evidence: str) -> Outcome:
    """Both phones write, and neither sees it of the other."""
    one, two = await scene.log("ada"), await scene.log("second")
    for _ in range(2):
        await scene.sync("ada", "second")
    apart = not await scene.shows("second", one) and not await scene.shows("ada", two)
    scene.demand(apart, "the two phones were shown the same")
    return Outcome(evidence, harm=apart)


@attack(MONTH, lasting=True)
async def fork_two_accounts(scene: Scene) -> Outcome:
    """A lead removes somebody, and the other members are served from a copy of the server that does not know it."""
    await scene.start("lead", "ada")
    await scene.synced("lead", "ada")
    copy = scene.fork("copy")
    scene.turn(sending(copy, from_(scene.devices["ada"], scene.devices["second"], scene.devices["bo"])))
    await scene.must("lead", "remove", account=b64(scene.account("bo")))
    await scene.log("ada")
    await scene.sync("lead", "ada", "bo")
    return Outcome("behind the other history the others fall silent", harm=True)


@attack(AT_ONCE, declared=True)
async def fork_two_phones_and_join_them(scene: Scene) -> Outcome:
    """Two phones of one account are shown two histories; later both are shown one of them."""
    await scene.start("ada", "second")
    await scene.synced("ada", "second")
    other = scene.fork("other")
    scene.turn(sending(other, from_(scene.devices["second"])))
    await scene.log("ada")
    await scene.log("second")
    await scene.sync("ada", "second")
    scene.said.clear()
    scene.turn()
    await scene.sync("second")
    return Outcome("the server does not know a cursor that it signed", harm=await scene.unsent("second") > 0)


@attack(AT_ONCE)
async def fork_roster_and_space(scene: Scene) -> Outcome:
    """A phone is shown its space as it is, and the roster as it was before the entries there were written."""
    await scene.start("ada", "second")
    await scene.synced("second")
    old = scene.story(scene.programme)
    await scene.must("ada", "rotate", space="personal")
    await scene.log("ada")
    await scene.synced("ada")
    return await told_otherwise(scene, old, frozen=True)
