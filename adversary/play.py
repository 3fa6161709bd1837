"""Plays one attack from its honest beginning to its honest end, and counts what is left."""

from collections.abc import Sequence
from pathlib import Path

from adversary.client import ClientGone
from adversary.host import Host
from adversary.proof import proven
from adversary.scene import HOUSE, OWNERS, House, Logged, Scene, SceneBroken, enter
from adversary.verdict import MONTH, UNNOTICED, Attack, Outcome, Row, judge

A_MONTH = 46
STEP = 7


async def play(host: Host, command: Sequence[str], house: House, attack: Attack, folder: Path) -> Row:
    """An attack that was not carried out, or whose client ended over it, is one that went unnoticed."""
    scene = enter(host, command, house, folder)
    try:
        outcome = await attack.act(scene)
        check_unbroken(host)
        scene.check_carried_out()
        told = tuple(scene.told)
        later = attack.promise == MONTH and not told and await told_within_a_month(scene)
        verdict = judge(attack.promise, harm=outcome.harm, told=bool(told), told_later=later)
        words = tuple(scene.told)
        evidence = "; ".join([outcome.evidence, *await proven(scene)])
        lost, trouble = await ending(scene, attack)
        check_unbroken(host)
        reason = why(attack, verdict, outcome)
        return Row(attack, verdict, words, evidence, len(scene.logged), lost, tuple(trouble), reason)
    except (SceneBroken, ClientGone) as broken:
        return Row(attack, UNNOTICED, tuple(scene.told), "", len(scene.logged), 0, (str(broken),))
    finally:
        await scene.close()


def check_unbroken(host: Host) -> None:
    if host.broken:
        raise SceneBroken(f"what the client sent made the kit fail: {host.broken}")


def why(attack: Attack, verdict: str, outcome: Outcome) -> str:
    """Why an attack counts as unnoticed."""
    if verdict != UNNOTICED:
        return ""
    done = outcome.harm and attack.promise != MONTH
    what = "the server got what it was after" if done else "nobody was told anything"
    return f"promised is: {attack.promise}; {what}"


async def honest_month(host: Host, command: Sequence[str], house: House, folder: Path) -> None:
    """What is noticed within a month must be the server's doing, not that of the days: an honest one goes by first.

    Raises SceneBroken if somebody complains in it, or does not get what was logged; ClientGone.
    """
    scene = enter(host, command, house, folder)
    try:
        await scene.log("ada")
        await scene.log("lead", "resource")
        scene.under_attack = True
        if await told_within_a_month(scene):
            raise SceneBroken(f"it complains of an honest server within a month: {scene.told}")
        if accused := await proven(scene):
            raise SceneBroken(f"what it keeps as evidence accuses an honest server: {accused}")
        lost, trouble = await ending(scene, Attack("honest-month", "", MONTH, lasting=False, act=nothing))
        if lost or trouble:
            raise SceneBroken(f"an honest month ends badly: {lost} records lost; {'; '.join(trouble)}")
    finally:
        await scene.close()


async def nothing(_: Scene) -> Outcome:
    """Nothing is done."""
    return Outcome("")


async def told_within_a_month(scene: Scene) -> bool:
    """The server goes on as it does, and everybody syncs once a week: silence is then the server's doing."""
    phones = [name for name in dict.fromkeys((*HOUSE, *scene.clients)) if name not in scene.left]
    begun = scene.host.days
    for day in (*range(STEP, A_MONTH, STEP), A_MONTH):
        scene.host.days = begun + day
        for one in scene.crowd:
            await one()
        await scene.sync(*phones)
        if scene.told:
            return True
    return False


async def ending(scene: Scene, attack: Attack) -> tuple[int, list[str]]:
    """The server turns honest. How many acknowledged records no phone of their owner shows; and what does not heal.

    Where the deed is not `lasting`, each record comes to all phones of its owner, and nobody complains any more.
    """
    scene.truce()
    phones = [name for name in dict.fromkeys((*HOUSE, *scene.clients)) if name in OWNERS]
    if attack.declared:
        # The lead's phone has to know the alarm before its owner can end it.
        await scene.ask("lead", "sync")
        await scene.must("lead", "restored")
    for _ in range(3 if attack.declared else 2):
        for name in phones:
            await scene.ask(name, "sync")
    arrived = [name for name in phones if name in HOUSE or not (await scene.ask(name, "unsent")).error]
    shown = {name: {kind: await scene.records(name, kind) for kind in ("contact", "resource")} for name in arrived}
    lost = sum(not any(holds(shown[name], one) for name in of(one.owner, arrived)) for one in scene.logged)
    if attack.lasting:
        return lost, []
    trouble = []
    # Whoever was removed is told so, rightly, and gets nothing any more.
    for name in (name for name in arrived if name not in scene.left):
        said = await scene.ask(name, "sync")
        status = await scene.ask(name, "status")
        trouble += [f"{name} still says: {word}" for word in (*said.words, *status.words)]
        if unsent := await scene.unsent(name):
            trouble.append(f"{name} still has {unsent} unsent records")
        missing = sum(not holds(shown[name], one) for one in scene.logged if one.owner == OWNERS[name])
        if missing:
            trouble.append(f"{missing} records did not come to {name}")
    return lost, trouble


def of(owner: str, phones: Sequence[str]) -> list[str]:
    return [name for name in phones if OWNERS[name] == owner]


def holds(shown: dict[str, dict[str, dict[str, object]]], one: Logged) -> bool:
    return shown[one.type].get(one.id) == one.fields
