"""Closings of periods by a lead in league with the server: Judas, whose phone holds the first of three shares."""

from collections.abc import Sequence

from adversary.answers import Json
from adversary.attacks.reports import receipt_of
from adversary.calls import ACCEPTED, REPORTS, SHARES
from adversary.counting import (
    OVER,
    REPORTED,
    TRIO,
    aggregated,
    copy_of,
    opening_of,
    outcome,
    period_of,
    puppet,
    report,
    task_id,
)
from adversary.scene import Scene
from adversary.tricks import answering, at, fetching, pretending
from adversary.verdict import AT_ONCE, LIMIT, Outcome, Table
from crypto.public.base64url import b64, unb64
from device.outbox import Rows
from device.phone import Phone
from device.statistics.opening import second_offers
from sync.report import accepted_hash, receipt
from sync.statistics import ClosePeriod

TABLE = Table("closings of statistics", counted=True)
attack = TABLE.attack


async def close_with(judas: Phone, opening: bytes, receipts: Sequence[bytes]) -> None:
    """He closes the period with this list, whatever was accepted."""

    async def decide(_: object) -> tuple[ClosePeriod, Rows]:
        return ClosePeriod(judas.engine.writer.day(), opening, accepted_hash(opening, receipts)), Rows()

    await judas.sync()
    await judas.engine.publish(decide)


async def second_sum(scene: Scene, evidence: str) -> Outcome:
    """Bo is to add up what was closed. Harm: his phone sends a sum."""
    scene.host.deeds += 1
    scene.turn()
    await scene.sync("bo")
    await scene.ask("bo", "serve")
    return Outcome(evidence, harm=any(call.path == SHARES for call, _ in scene.host.calls))


@attack(AT_ONCE, lasting=True)
async def leave_a_report_out_of_a_closing(scene: Scene) -> Outcome:
    """A lead closes a table of three shares without a report that all aggregators accepted, to subtract it."""
    judas, opening = puppet(scene, "judas"), opening_of(scene, TRIO)
    await report(scene, "ada", "lead", "bo")
    await aggregated(scene, judas)
    scene.go_on(OVER - REPORTED)
    mine, known = receipt_of(scene, "ada", opening), scene.honest.mailbox.receipts(opening)
    await close_with(judas, opening, [one for one in known if b64(one) != mine])
    return await second_sum(scene, "the second aggregator accepted another list, and sends no sum")


@attack(AT_ONCE, lasting=True)
async def add_an_account_to_a_closing(scene: Scene) -> Outcome:
    """A lead closes a table of three shares with a receipt more than there are reports."""
    judas, opening = puppet(scene, "judas"), opening_of(scene, TRIO)
    await report(scene, "ada", "lead", "bo")
    await aggregated(scene, judas)
    scene.go_on(OVER - REPORTED)
    made_up = receipt(opening, b"\xff" * 16, bytes(16))
    await close_with(judas, opening, [*scene.honest.mailbox.receipts(opening), made_up])
    return await second_sum(scene, "the second aggregator accepted another list, and sends no sum")


@attack(AT_ONCE, lasting=True)
async def add_up_one_report_alone(scene: Scene) -> Outcome:
    """Server and lead show the second aggregator one report, close with it, and lack nothing but the sum of one."""
    judas, opening, victim = puppet(scene, "judas"), opening_of(scene, TRIO), scene.account("ada")
    await report(scene, "ada", "lead", "bo")

    def only(_: Json, answer: Json) -> None:
        answer["reports"] = [one for one in answer["reports"] if one["account"] == b64(victim)]

    scene.turn(answering(fetching(REPORTS, {scene.devices["bo"]}), only))
    await scene.must("bo", "serve")
    await judas.sync()
    await judas.statistics.aggregate(opening)
    scene.go_on(OVER - REPORTED)
    await close_with(judas, opening, [unb64(receipt_of(scene, "ada", opening))])
    return await second_sum(scene, "the second aggregator sends no sum of fewer than k reports")


@attack(LIMIT, lasting=True)
async def put_the_roster_back_before_a_closing(scene: Scene) -> Outcome:
    """Server and lead close a period without a report, whose contacts then wait, go back, and close with it."""
    judas, opening = puppet(scene, "judas"), opening_of(scene, TRIO)
    await report(scene, "ada", "lead", "bo")
    await aggregated(scene, judas)
    task, month = task_id(scene, TRIO), period_of(scene)
    second = second_offers(judas.engine.roster, task, month + 1)[0]
    after = await judas.statistics.open(task, month + 1, second)
    await scene.synced("ada", "bo")
    await judas.close()
    copy_of(scene, "judas", "judas-later")
    before = scene.fork("before")
    scene.go_on(OVER - REPORTED)
    judas, mine = puppet(scene, "judas"), receipt_of(scene, "ada", opening)
    others = [one for one in scene.honest.mailbox.receipts(opening) if b64(one) != mine]
    await close_with(judas, opening, others)
    # Of this closing the second aggregator is told nothing.
    scene.turn(pretending(at(ACCEPTED, {scene.devices["ada"]}), {"receipts": list(map(b64, others))}))
    await scene.sync("ada")
    became = await outcome(scene, "ada", TRIO)
    scene.demand(became == "left_out", f"Ada was told that her report is {became}")
    scene.turn()
    scene.put_back(before)
    judas = puppet(scene, "judas-later")
    await judas.sync()
    accepted = await judas.statistics.close(opening)
    await scene.sync("bo")
    await scene.must("bo", "serve")
    await judas.statistics.release(opening)
    await judas.restored()
    await scene.sync("ada", "ada")
    due = {one["opening"]: one["counts"] for one in (await scene.must("ada", "reports"))["due"]}
    told = f"the report was {became}, is one of {accepted} in the table, and counts {due.get(b64(after))} next time"
    return Outcome(told, harm=due.get(b64(after), 0) > 0)
