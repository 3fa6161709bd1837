"""What stands in a log: left out, taken back, moved about, told to each phone differently."""

from dataclasses import replace

from adversary.answers import Json, part
from adversary.calls import SYNC
from adversary.scene import Scene
from adversary.story import Story, without_body
from adversary.tricks import (
    answering,
    asking,
    at,
    losing,
    pushing,
    replaying,
    signing,
    swallowing,
    telling,
)
from adversary.verdict import AT_ONCE, PREVENTED, Outcome, Table
from crypto.public.base64url import b64

TABLE = Table("history")
attack = TABLE.attack


async def three_more(scene: Scene) -> Story:
    """Three flushes by Ada's first phone, which her second one has not pulled yet; her space with them."""
    await scene.start("ada", "second")
    await scene.synced("second")
    for _ in range(3):
        await scene.log("ada")
        await scene.synced("ada")
    return scene.story(scene.personal("ada"))


async def told_otherwise(scene: Scene, story: Story, *, frozen: bool = False) -> Outcome:
    """Ada's second phone is told this story of her space. Harm: it shows what it was told."""
    before = len(await scene.records("second"))
    scene.turn(telling(scene.honest, [story], {scene.devices["second"]}, frozen=frozen))
    await scene.sync("second")
    believed = len(await scene.records("second")) - before
    return Outcome(f"of the history told the phone believed {believed or 'no'} entries", harm=believed > 0)


@attack(AT_ONCE)
async def omit_the_tail(scene: Scene) -> Outcome:
    """A phone that writes is not shown the newest entries of another one; what it writes itself is put behind them."""
    story = await three_more(scene)
    id_ = await scene.log("second")
    scene.turn(telling(scene.honest, [story.but(story.entries[:-3])], {scene.devices["second"]}, frozen=True))
    await scene.sync("second")
    return Outcome("its own entry stands above those withheld", harm=not await scene.shows("second", id_))


@attack(AT_ONCE)
async def omit_the_middle(scene: Scene) -> Outcome:
    """One entry of the three that are new is left out, and the heads are made to fit."""
    story = await three_more(scene)
    return await told_otherwise(scene, story.but([*story.entries[:-2], story.entries[-1]]))


@attack(AT_ONCE)
async def omit_what_another_phone_wrote(scene: Scene) -> Outcome:
    """The entries of one phone are left out of what another phone of the account is shown, all of them."""
    await three_more(scene)
    await scene.synced("second")
    await scene.log("second")
    await scene.synced("second", "ada")
    await scene.log("ada")
    await scene.synced("ada")
    story = scene.story(scene.personal("ada"))
    shown = [one for one in story.entries if one.header.device != scene.devices["second"]]
    ticket = (await scene.must("ada", "link"))["ticket"]
    scene.turn(telling(scene.honest, [story.but(shown)]))
    await scene.ask("third", "join", ticket=ticket)
    return Outcome("each entry names the head that its author had seen")


@attack(AT_ONCE)
async def roll_back(scene: Scene) -> Outcome:
    """A phone is shown its own space as it was, without entries that it had verified."""
    story = await three_more(scene)
    await scene.synced("second")
    scene.turn(telling(scene.honest, [story.but(story.entries[:-2])], {scene.devices["second"]}, frozen=True))
    await scene.sync("second")
    return Outcome(
        "the signed head is below the cursor that the answer quotes", harm=len(await scene.records("second")) < 4
    )


@attack(AT_ONCE)
async def replay_an_answer(scene: Scene) -> Outcome:
    """The answer to an earlier request is given again to a later one."""
    await scene.start("ada", "second")
    await scene.synced("ada")
    scene.turn(replaying(at(SYNC, {scene.devices["second"]})))
    await scene.ask("second", "sync")
    scene.said.clear()
    await scene.log("ada")
    await scene.synced("ada")
    await scene.sync("second")
    return Outcome("the signature is over another challenge")


@attack(AT_ONCE)
async def reorder(scene: Scene) -> Outcome:
    """Two new entries change places."""
    story = await three_more(scene)
    *rest, one, two, three = story.entries
    return await told_otherwise(scene, story.but([*rest, two, one, three]))


@attack(AT_ONCE)
async def tell_an_entry_twice(scene: Scene) -> Outcome:
    """The newest entry is shown again at the next position, as if it had been written twice."""
    story = await three_more(scene)
    await scene.synced("second")
    return await told_otherwise(scene, story.but([*story.entries, story.entries[-1]]))


@attack(AT_ONCE)
async def exchange_bodies(scene: Scene) -> Outcome:
    """Two entries keep their headers and signatures and get each other's bodies."""
    story = await three_more(scene)
    *rest, one, two = story.entries
    swapped = [replace(one, body=two.body), replace(two, body=one.body)]
    return await told_otherwise(scene, story.but([*rest, *swapped]))


@attack(AT_ONCE)
async def move_an_entry_to_another_space(scene: Scene) -> Outcome:
    """An entry of the shared space is shown at the end of a personal one."""
    story = await three_more(scene)
    stranger = scene.honest.entries(scene.roster.space_log("commons"))[-1]
    return await told_otherwise(scene, story.but([*story.entries, stranger]))


@attack(AT_ONCE)
async def leave_a_body_out(scene: Scene) -> Outcome:
    """A body is answered as erased, and nothing has erased it."""
    story = await three_more(scene)
    *rest, one, two = story.entries
    scene.turn(telling(scene.honest, [story.but([*rest, without_body(one), two])], {scene.devices["second"]}))
    await scene.sync("second")
    shown = len(await scene.records("second"))
    return Outcome("no erasure in the space names the entry", harm=shown != 3)


@attack(AT_ONCE)
async def claim_an_entry_to_be_own(scene: Scene) -> Outcome:
    """An entry of another phone is named by a number only, as if the asking phone had written it."""
    await three_more(scene)

    def claim(_: Json, answer: Json) -> None:
        for one in part(answer, scene.personal("ada"))["entries"]:
            position = one["position"]
            one.clear()
            one.update(position=position, sequence=90 + position)

    to = {scene.devices["second"]}
    scene.turn(signing(scene.programme, scene.honest.key), answering(at(SYNC, to), claim))
    before = len(await scene.records("second"))
    await scene.sync("second")
    return Outcome("the phone never signed these numbers", harm=len(await scene.records("second")) != before)


@attack(AT_ONCE)
async def sign_a_head_without_its_entries(scene: Scene) -> Outcome:
    """The signed head is the newest one, and the entries that lead to it do not come."""
    await scene.start("lead", "ada")
    await scene.synced("ada")
    await scene.log("lead", "resource")
    await scene.synced("lead")
    commons = scene.roster.space_log("commons")
    scene.turn(
        signing(scene.programme, scene.honest.key),
        answering(at(SYNC), lambda _, answer: part(answer, commons).update(entries=[])),
    )
    await scene.sync("ada")
    return Outcome("the signature promises entries that do not come")


@attack(AT_ONCE)
async def promise_more_for_ever(scene: Scene) -> Outcome:
    """Every answer says that there is more, and brings nothing."""
    await three_more(scene)

    def promise(_: Json, answer: Json) -> None:
        part(answer, scene.personal("ada")).update(entries=[], more=True)

    to = {scene.devices["second"]}
    scene.turn(signing(scene.programme, scene.honest.key), answering(at(SYNC, to), promise))
    before = len(scene.host.calls)
    await scene.sync("second")
    return Outcome("the phone asked less than 50 times", harm=len(scene.host.calls) - before > 50)


@attack(PREVENTED)
async def cut_pages_everywhere(scene: Scene) -> Outcome:
    """Answers come one entry a page, in all logs, with cursors between all entries."""
    await three_more(scene)
    await scene.log("lead", "resource")
    await scene.synced("lead")
    scene.turn(asking(at(SYNC), lambda asked: asked.update(budget=4096)))
    await scene.sync("second")
    scene.demand(pages_of(scene, "second", scene.personal("ada")) > 1, "the entries came in one page")
    shown = len(await scene.records("second")), len(await scene.records("second", "resource"))
    return Outcome("all entries arrived, each once", harm=shown != (4, 2))


def pages_of(scene: Scene, name: str, log: bytes) -> int:
    """How many answers a phone has got since the server turned evil that were not the last about a log."""
    since = scene.host.calls[scene.turned or 0 :]
    answers = [reply.json for call, reply in since if call.path == SYNC and call.principal == scene.devices[name]]
    return sum(one["more"] for answer in answers for one in answer["logs"] if one["log"] == b64(log))


@attack(PREVENTED)
async def lose_acknowledgements(scene: Scene) -> Outcome:
    """What a phone pushes is stored, and the answer never arrives; later the phone pushes again."""
    await scene.start("ada", "second")
    await scene.synced("ada")
    id_ = await scene.log("ada")
    scene.turn(losing(pushing, times=4))
    for _ in range(3):
        await scene.ask("ada", "sync")
    await scene.synced("second")
    pushed = [
        one
        for call, _ in scene.host.calls
        if pushing(call)
        for log in call.json["logs"]
        for one in log.get("entries", ())
    ]
    held = len(await scene.records("second"))
    once = held == 2 and await scene.shows("second", id_)
    scene.demand(len(pushed) > 1, "nothing was pushed again")
    return Outcome(f"pushed {len(pushed)} times, and stored once", harm=not once)


@attack(PREVENTED)
async def lose_requests(scene: Scene) -> Outcome:
    """Connections break before the server has read what a phone pushes, again and again."""
    await scene.synced("ada")
    id_ = await scene.log("ada")
    scene.turn(swallowing(pushing))
    for _ in range(2):
        await scene.ask("ada", "sync")
    kept = await scene.shows("ada", id_) and await scene.unsent("ada")
    return Outcome("the pushed entry stays in the outbox", harm=not kept)


@attack(AT_ONCE)
async def forget_what_was_just_accepted(scene: Scene) -> Outcome:
    """A push is acknowledged, and the signed head is the one from before it."""
    await scene.start("ada", "second")
    await scene.synced("ada")
    story = scene.story(scene.personal("ada"))
    id_ = await scene.log("ada")
    scene.turn(telling(scene.honest, [story], {scene.devices["ada"]}, frozen=True))
    await scene.sync("ada")
    return Outcome(
        "the pushed entry stays in the outbox", harm=not await scene.unsent("ada") and not await scene.shows("ada", id_)
    )
