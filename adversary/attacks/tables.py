"""Tables of statistics: statements that no lead may make, made-up members, and members who send what they like."""

import os
from collections.abc import Sequence
from dataclasses import replace

from adversary.accomplice import accomplice, truly_signed
from adversary.attacks.reports import held
from adversary.attacks.restores import removed
from adversary.counting import (
    ALL,
    OVER,
    PAIR,
    REPORTED,
    TRIO,
    closed,
    opening_of,
    outcome,
    period_of,
    puppet,
    report,
    task_id,
)
from adversary.poison import bring, made, send
from adversary.scene import Scene
from adversary.stranger import Stranger
from adversary.tricks import telling
from adversary.verdict import AT_ONCE, LIMIT, PREVENTED, Outcome, Table
from crypto.public.base64url import b64, unb64
from device.phone import Phone
from schemas.tables.sources import axes_of
from schemas.task import Axis
from sync.report import Submission, accepted_hash
from sync.statement import Statement
from sync.statistics import ClosePeriod, Open, Task
from sync.tables import OPENED_AGAIN_AFTER

TABLE = Table("tables of statistics", counted=True)
attack = TABLE.attack


async def stated(scene: Scene, phone: Phone, evidence: str, *statements: Statement) -> Outcome:
    """Each of these stands in the roster in turn, truly signed, though no honest server would take it.

    Harm: Ada's phone is told one and says nothing, or cannot go on once they are gone.
    """
    await scene.synced("ada")
    await scene.log("ada")
    silent, story = 0, scene.story(scene.programme)
    for statement in statements:
        entry = truly_signed(scene, phone, statement)
        scene.turn(telling(scene.honest, [story.but([*story.entries, entry])], {scene.devices["ada"]}))
        said = await scene.ask("ada", "sync")
        silent += not said.words
    scene.truce()
    await scene.ask("ada", "sync")
    kinds = f"{evidence}: {len(statements)} kinds, each told" if len(statements) > 1 else evidence
    return Outcome(kinds, harm=silent > 0 or await scene.unsent("ada") > 0)


@attack(AT_ONCE)
async def define_a_table_below_the_floors(scene: Scene) -> Outcome:
    """A lead in league with the server states a table of two people, of little noise, of too many cells, or unbound."""
    codes = axes_of(PAIR.source)
    fine = tuple(Axis(name, tuple(sorted(codes[name]))) for name in ("reason_primary", "role_group"))
    tables = replace(PAIR, k=2), replace(PAIR, epsilon=400), replace(PAIR, axes=fine), replace(PAIR, bound=61)
    judas = puppet(scene, "judas")
    return await stated(scene, judas, "a floor of the protocol", *(Task(scene.host.day, one) for one in tables))


@attack(AT_ONCE)
async def open_beyond_the_budget(scene: Scene) -> Outcome:
    """Leads have opened all tables that a month may have; one in league with the server opens another one."""
    judas = puppet(scene, "judas")
    month = period_of(scene) + 1
    await judas.sync()
    tasks = [await judas.statistics.define(replace(PAIR, bound=bound)) for bound in (10, 11, 12, 13)]
    for task in tasks[:3]:
        await judas.statistics.open(task, month)
    offer = await judas.statistics.offer(tasks[3], month)
    more = Open(scene.host.day, tasks[3], month, (offer,), os.urandom(32))
    return await stated(scene, judas, "the ledger of the budget is the roster itself", more)


@attack(AT_ONCE)
async def open_a_counted_period_again(scene: Scene) -> Outcome:
    """A lead in league with the server opens a period once more that is closed."""
    await report(scene, "ada", "lead", "bo")
    await closed(scene)
    judas, month, task = puppet(scene, "judas"), period_of(scene), task_id(scene, PAIR)
    await judas.sync()
    offer = await judas.statistics.offer(task, month + 1)
    again = Open(scene.host.day, task, month, (offer,), os.urandom(32))
    return await stated(scene, judas, "a period is never opened after it was closed", again)


@attack(PREVENTED)
async def open_a_period_twice_to_subtract(scene: Scene) -> Outcome:
    """The server's clock goes back, and a lead opens a period anew of which all reports are there: a second table."""
    await report(scene, "ada", "lead", "bo")
    first, judas = opening_of(scene, PAIR), puppet(scene, "judas")
    task, month = task_id(scene, PAIR), period_of(scene)
    scene.turn()
    scene.host.deeds += 1
    scene.host.days -= REPORTED - OPENED_AGAIN_AFTER
    await judas.sync()
    await judas.statistics.open(task, month)
    scene.host.days += REPORTED - OPENED_AGAIN_AFTER
    await scene.synced("lead", "ada")
    said = await scene.ask("lead", "aggregate", opening=b64(first))
    anew = await outcome(scene, "ada", PAIR)
    scene.demand(anew == "taken", f"Ada's report to the second opening is {anew}")
    return Outcome("the first opening has ended: nobody adds up its reports", harm=not said.error)


@attack(AT_ONCE)
async def hold_two_shares_of_three(scene: Scene) -> Outcome:
    """A lead opens a table of three shares with two offers of leads, so that leads and the server read all reports."""
    judas, month, task = puppet(scene, "judas"), period_of(scene) + 1, task_id(scene, TRIO)
    await scene.synced("lead")
    await judas.sync()
    first = await judas.statistics.offer(task, month)
    second = (await scene.must("lead", "offer", task=b64(task), period=month))["offer"]
    both = Open(scene.host.day, task, month, (first, unb64(second)), os.urandom(32))
    return await stated(scene, judas, "the second offer has to be by no lead", both)


@attack(AT_ONCE)
async def close_too_early(scene: Scene) -> Outcome:
    """A lead in league with the server closes a period while reports are still taken, with those that are there."""
    opening = opening_of(scene, PAIR)
    early = ClosePeriod(scene.host.day, opening, accepted_hash(opening, [os.urandom(32)]))
    return await stated(scene, puppet(scene, "judas"), "reports are taken until 21 days after the period", early)


@attack(AT_ONCE)
async def close_by_a_lead_who_was_removed(scene: Scene) -> Outcome:
    """Behind the removal of a lead the roster gets a closing that the lead's phone signed, with a list of its own."""
    judas, opening = puppet(scene, "judas"), opening_of(scene, PAIR)
    await report(scene, "ada", "lead", "bo")
    scene.go_on(OVER - REPORTED)
    await judas.sync()
    await scene.synced("lead")
    await removed(scene, judas)
    late = ClosePeriod(scene.host.day, opening, accepted_hash(opening, [os.urandom(32)]))
    return await stated(scene, judas, "the phone was none of a lead any more where it signed", late)


@attack(AT_ONCE)
async def forge_an_opening(scene: Scene) -> Outcome:
    """The roster gets an opening in a lead's name, with an offer that a lead did make."""
    judas, month, task = puppet(scene, "judas"), period_of(scene) + 1, task_id(scene, PAIR)
    await judas.sync()
    offer = await judas.statistics.offer(task, month)
    await scene.synced("ada")
    await scene.log("ada")
    lead, story = scene.devices["lead"], scene.story(scene.programme)
    forged = Open(scene.host.day, task, month, (offer,), os.urandom(32))
    entry = Stranger().state(story, forged, lead, scene.roster.chain.author(lead))
    scene.turn(telling(scene.honest, [story.but([*story.entries, entry])], {scene.devices["ada"]}))
    await scene.sync("ada")
    scene.truce()
    await scene.ask("ada", "sync")
    return Outcome("the statement is not signed by the lead's phone", harm=await scene.unsent("ada") > 0)


@attack(LIMIT)
async def make_members_up(scene: Scene) -> Outcome:
    """A lead lets in an account of its own and opens a table: whose reports it knows, it takes off the total."""
    await accomplice(scene, str((await scene.must("lead", "invite", role="member"))["ticket"]), "Nobody")
    await scene.must("lead", "open", task=b64(task_id(scene, PAIR)), period=period_of(scene) + 1)
    await scene.sync("ada")
    opening = b64(opening_of(scene, PAIR, 1))
    due = next(one for one in (await scene.must("ada", "reports"))["due"] if one["opening"] == opening)
    return Outcome(f"the card says: {due['people']}", harm=True)


# Members.


async def ends_well(scene: Scene, answers: Sequence[str], evidence: str, most: int = 0) -> Outcome:
    """All others report, and the lead closes. Harm: more of hers were taken than `most`, or one of them is added up."""
    await report(scene, "ada", "lead", "bo")
    stored = held(scene, opening_of(scene, PAIR)) - ALL
    accepted = await closed(scene)
    problems = ", ".join(dict.fromkeys(filter(None, answers)))
    told = f"{evidence}{': ' if evidence and problems else ''}{problems}; {accepted} others are added up"
    return Outcome(told, harm=accepted != ALL or stored > most or answers.count("") > most)


@attack(PREVENTED)
async def send_a_malformed_report(scene: Scene) -> Outcome:
    """A member sends what is no report: no encoding, shares too short, too many, or not those that were signed."""
    eve = puppet(scene, "eve")
    one = await made(scene, eve, PAIR)
    signature = one.report.sign(scene.programme, eve.engine.identity.signing)
    raw = one.report.encode()
    answers = [
        await bring(scene, eve, Submission(os.urandom(200), signature, one.leader, one.sealed)),
        await bring(scene, eve, Submission(raw, signature, one.leader + bytes(16), one.sealed)),
        await bring(scene, eve, Submission(raw, signature, one.leader, (*one.sealed, *one.sealed))),
        await bring(scene, eve, Submission(raw, bytes(64), one.leader, one.sealed)),
        await send(scene, eve, one.with_leader(one.leader[:-16])),
        await send(scene, eve, one.with_leader(b"\xff" * len(one.leader))),
        await send(scene, eve, one.saying(public_share=b"")),
    ]
    return await ends_well(scene, answers, "")


@attack(PREVENTED)
async def report_beyond_the_bound(scene: Scene) -> Outcome:
    """A member's changed program reports more contacts than the table admits from one account."""
    eve = puppet(scene, "eve")
    answer = await send(scene, eve, await made(scene, eve, PAIR, beyond=True))
    return await ends_well(scene, [answer], "the proof does not verify", most=1)


@attack(PREVENTED)
async def report_garbage(scene: Scene) -> Outcome:
    """A member sends shares that fit their hashes and signature, and nothing else."""
    eve = puppet(scene, "eve")
    one = await made(scene, eve, PAIR)
    garbage = bytes([one.leader[0] ^ 1]) + one.leader[1:]
    return await ends_well(scene, [await send(scene, eve, one.with_leader(garbage))], "it is rejected", most=1)


@attack(PREVENTED)
async def report_twice(scene: Scene) -> Outcome:
    """A member sends two reports for one period, and the second one again in the name of another account."""
    hal = puppet(scene, "hal")
    one = await made(scene, hal, PAIR)
    eve = puppet(scene, "eve")
    await eve.engine.settle()
    answers = [await send(scene, hal, one), await send(scene, eve, one)]
    return await ends_well(scene, answers, "")


@attack(PREVENTED)
async def report_for_something_else(scene: Scene) -> Outcome:
    """A member sends a report that was signed for another programme, and one whose proof was made for another table."""
    eve = puppet(scene, "eve")
    answers = [
        await send(scene, eve, await made(scene, eve, PAIR), programme=os.urandom(32)),
        await send(scene, eve, await made(scene, eve, PAIR, proven_for=TRIO)),
    ]
    return await ends_well(scene, answers, "the other one does not verify", most=1)
