"""Reports of statistics: keys, receipts and openings of the server's choice, for phones that report."""

import orjson

from adversary.answers import refusal
from adversary.attacks.requests import MALFORMED
from adversary.calls import ACCEPTED, KEYS, REPORTS, Call, Headers
from adversary.counting import (
    ALL,
    BEFORE,
    CROWD,
    JUDAS_BEFORE,
    PAIR,
    REPORTED,
    TRIO,
    aggregated,
    closed,
    opening_of,
    outcome,
    period_of,
    puppet,
    report,
    task_id,
)
from adversary.honest import Honest
from adversary.scene import Scene
from adversary.stranger import Stranger
from adversary.tricks import Wanted, answering, at, from_, losing, pretending, refusing, saying, sending
from adversary.verdict import AT_ONCE, LIMIT, MONTH, PREVENTED, Outcome, Table
from crypto.public.base64url import b64
from device.phone import Phone
from sync.report import Report, Submission, receipt

TABLE = Table("reports of statistics", counted=True)
attack = TABLE.attack
PROBLEM: Headers = ((b"content-type", b"application/problem+json"),)


def bringing(scene: Scene, name: str) -> Wanted:
    """A phone sends a report."""
    device = scene.devices[name]
    return lambda call: (call.method, call.path, call.principal) == ("POST", REPORTS, device)


def sent(scene: Scene, name: str) -> list[Call]:
    """Reports that a phone sent, whatever became of them."""
    return [call for call, _ in scene.host.calls if bringing(scene, name)(call)]


def receipt_of(scene: Scene, name: str, opening: bytes) -> str:
    """Of the report to an opening that a phone sent; raises StopIteration."""
    reports = (Report.decode(Submission.decode(call.body).report) for call in sent(scene, name))
    return b64(next(receipt(opening, scene.account(name), one.nonce) for one in reports if one.opening == opening))


def held(scene: Scene, opening: bytes, server: Honest | None = None) -> int:
    """How many reports the honest server holds."""
    return (server or scene.honest).mailbox.progress(opening).reports


# Keys.


@attack(AT_ONCE)
async def exchange_an_offers_key(scene: Scene) -> Outcome:
    """Asked for the HPKE keys of the offers, the server answers one of its own: all shares would be sealed to it."""
    ghost = Stranger()
    exchange = answering(at(KEYS), lambda _, answer: answer.update(keys=[b64(ghost.hpke.public)] * len(answer["keys"])))
    scene.turn(exchange)
    await scene.sync("ada")
    return Outcome("the phone reports nothing", harm=bool(sent(scene, "ada")))


@attack(PREVENTED)
async def exchange_the_aggregators_keys(scene: Scene) -> Outcome:
    """Asked for the keys of both offers of a table, the server answers each in the place of the other."""
    scene.turn(answering(at(KEYS), lambda _, answer: answer["keys"].reverse()))
    await scene.sync("ada")
    scene.truce()
    await report(scene, "lead", "bo")
    await aggregated(scene, puppet(scene, "judas"))
    progress = scene.honest.mailbox.progress(opening_of(scene, TRIO))
    told = f"keys are known by their hashes: {progress.accepted} of {progress.reports} reports verify"
    return Outcome(told, harm=progress.accepted != ALL)


@attack(AT_ONCE)
async def withhold_an_offers_key(scene: Scene) -> Outcome:
    """The server says that it lost the keys of the offers."""
    scene.turn(answering(at(KEYS), lambda _, answer: answer.update(keys=[])))
    await scene.sync("ada")
    return Outcome("the phone reports nothing", harm=bool(sent(scene, "ada")))


# Receipts.


@attack(MONTH)
async def drop_a_report(scene: Scene) -> Outcome:
    """A report is answered as taken, and dropped; the period is closed without it, and nobody is told."""
    scene.turn(pretending(bringing(scene, "ada"), {"account": b64(scene.account("ada"))}))
    await scene.sync("ada")
    scene.turn()
    accepted = await without_ada(scene)
    return Outcome(f"the list that the lead signed has {accepted} receipts, and none of hers")


async def without_ada(scene: Scene) -> int:
    """Ada's report was dropped: the lead closes the table without it."""
    scene.demand(sent(scene, "ada"), "Ada sent no report")
    await report(scene, "lead", "bo")
    accepted = await closed(scene)
    scene.demand(accepted == ALL - 1, f"{accepted} reports were added up, and {ALL - 1} were to be")
    return accepted


@attack(AT_ONCE)
async def answer_a_receipt_for_a_report_that_was_dropped(scene: Scene) -> Outcome:
    """A report is dropped, and put into the list of those that were added up, so that nobody counts it again."""
    scene.turn(pretending(bringing(scene, "ada"), {"account": b64(scene.account("ada"))}))
    await scene.sync("ada")
    await without_ada(scene)
    mine = receipt_of(scene, "ada", opening_of(scene, PAIR))
    scene.said.clear()
    scene.turn(answering(at(ACCEPTED), lambda _, answer: answer.update(receipts=sorted([*answer["receipts"], mine]))))
    await scene.sync("ada")
    became = await outcome(scene, "ada", PAIR)
    return Outcome(f"the list has another hash than the lead signed: the report is {became}", harm=became == "counted")


@attack(AT_ONCE)
async def leave_a_report_out_of_the_list(scene: Scene) -> Outcome:
    """A report is added up, and its receipt left out of the list, so that its contacts are in the next table, too."""
    await report(scene, "ada", "lead", "bo")
    mine = receipt_of(scene, "ada", opening_of(scene, PAIR))
    await closed(scene)
    scene.turn(
        answering(at(ACCEPTED), lambda _, answer: answer.update(receipts=[x for x in answer["receipts"] if x != mine]))
    )
    await scene.sync("ada")
    became = await outcome(scene, "ada", PAIR)
    return Outcome(f"the list has another hash than the lead signed: the report is {became}", harm=became == "left_out")


@attack(LIMIT)
async def withhold_the_list(scene: Scene) -> Outcome:
    """A report is dropped, and the list of those that were added up is never shown."""
    scene.turn(pretending(bringing(scene, "ada"), {"account": b64(scene.account("ada"))}))
    await scene.sync("ada")
    await without_ada(scene)
    scene.turn(refusing(at(ACCEPTED), "opening-void"))
    await scene.sync("ada")
    return Outcome(f"the report is {await outcome(scene, 'ada', PAIR)}: what it counts is not counted again", harm=True)


@attack(AT_ONCE)
async def deny_a_report(scene: Scene) -> Outcome:
    """A report is kept and refused as too late, so that the next table has its contacts as well."""
    await scene.synced("lead")
    await scene.must("lead", "open", task=b64(task_id(scene, PAIR)), period=period_of(scene) + 1)
    opening, after = (opening_of(scene, PAIR, later) for later in (0, 1))
    status, problem = refusal("report-late")
    before = held(scene, opening)
    scene.turn(saying(bringing(scene, "ada"), orjson.dumps(problem), status, PROBLEM))
    await scene.sync("ada")
    scene.demand(held(scene, opening) == before + 1, "the server kept no report")
    due = {one["opening"]: one["counts"] for one in (await scene.must("ada", "reports"))["due"]}
    told = f"it counts as reported: the next table would have {due[b64(after)]} of its contacts"
    return Outcome(told, harm=due[b64(after)] > 0)


@attack(PREVENTED)
async def lose_the_answer_to_a_report(scene: Scene) -> Outcome:
    """A report is stored and the answer lost, again and again; later the phone sends it again."""
    scene.turn(losing(bringing(scene, "ada")))
    await scene.sync("ada")
    scene.turn()
    await scene.sync("ada")
    opening = opening_of(scene, PAIR)
    once = held(scene, opening) == len(CROWD) and len({call.body for call in sent(scene, "ada")}) == 2
    became = await outcome(scene, "ada", PAIR)
    return Outcome(f"the same bytes each time, stored once: {became}", harm=not once or became != "taken")


@attack(AT_ONCE)
async def answer_nonsense_for_a_list(scene: Scene) -> Outcome:
    """Asked for the list of reports that were added up, the server answers what no Hallway server does."""
    await report(scene, "ada", "lead", "bo")
    await closed(scene)
    silent = 0
    for content in MALFORMED:
        await scene.log("ada")
        scene.turn(saying(at(ACCEPTED), content))
        said = await scene.ask("ada", "sync")
        silent += not said.words or said.error != ""
    became, kinds = await outcome(scene, "ada", PAIR), f"{len(MALFORMED)} kinds of them, each told"
    return Outcome(f"{kinds}; statistics wait, and nothing else", harm=silent > 0 or became != "taken")


# Openings.


@attack(MONTH, lasting=True)
async def open_a_table_for_one_phone_alone(scene: Scene) -> Outcome:
    """A lead in league with the server opens a table on a copy of it; one phone is shown that, all others are not."""
    judas = puppet(scene, "judas")
    await scene.synced("ada", "second")
    copy = scene.fork("copy")
    scene.turn(sending(copy, from_(scene.devices["ada"], judas.engine.identity.device)))
    await judas.sync()
    opening = await judas.statistics.open(task_id(scene, PAIR), period_of(scene) + 1)
    await scene.sync("ada")
    due = [one["opening"] for one in (await scene.must("ada", "reports"))["due"]]
    scene.demand(b64(opening) in due, "Ada was not shown the opening")
    scene.crowd = [puppet(scene, name).sync for name in CROWD if name != "judas"]
    return Outcome("behind the other history nobody else states a witness")


@attack(AT_ONCE, lasting=True)
async def open_a_counted_period_again_after_a_restore(scene: Scene) -> Outcome:
    """Server and lead go back to before an opening, open the same period anew and declare a restore: a second draw."""
    await report(scene, "ada")
    period = period_of(scene)
    before = Honest(scene.folder / BEFORE, scene.host.address, scene.host.clock)
    scene.turn()
    scene.put_back(before)
    judas = puppet(scene, JUDAS_BEFORE)
    opening = await opened_anew(scene, judas, period)
    for _ in range(2):
        await scene.sync("ada")
    due = [one["opening"] for one in (await scene.must("ada", "reports"))["due"]]
    scene.demand(b64(opening) in due, "Ada was not shown the new opening")
    return Outcome("the account's own list says what it has reported", harm=held(scene, opening) > 0)


async def opened_anew(scene: Scene, judas: Phone, period: int) -> bytes:
    """On the last day of the period by the server's clock, which then goes on."""
    scene.host.days -= REPORTED
    await judas.sync()
    opening = await judas.statistics.open(task_id(scene, PAIR), period)
    await judas.restored()
    scene.host.days += REPORTED
    return opening
