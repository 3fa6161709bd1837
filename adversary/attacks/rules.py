"""Statements and answers that nobody with the right key signed; algorithms and rules made weaker; days made up."""

from dataclasses import replace

from adversary.accomplice import hostile_lead, truly_signed
from adversary.answers import Json, sign
from adversary.calls import SYNC
from adversary.scene import Scene
from adversary.story import Story
from adversary.stranger import Stranger
from adversary.tricks import answering, at, signing, telling
from adversary.verdict import AT_ONCE, LIMIT, Outcome, Table
from crypto.public.base64url import b64
from sync.log import Entry
from sync.statement import Statement
from sync.statements import Policy, Remove, Restored, SetPolicy, SetRules, SetServer

TABLE = Table("statements and answers")
attack = TABLE.attack
WRONG = 40


async def forged(scene: Scene, statement: Statement, evidence: str) -> Outcome:
    """A statement in the lead's name, signed by a stranger, stands behind the true roster. Harm: the phone is changed.

    It is, if it cannot go on as before once the statement is gone.
    """
    await scene.synced("ada")
    lead, story = scene.devices["lead"], scene.story(scene.programme)
    entry = Stranger().state(story, statement, lead, scene.roster.chain.author(lead))
    return await shown_behind(scene, story, entry, evidence)


@attack(AT_ONCE)
async def downgrade_the_suite_by_policy(scene: Scene) -> Outcome:
    """The roster gets a policy with a lower minimum suite, in a lead's name."""
    return await forged(scene, SetPolicy(scene.host.day, Policy(0)), "the statement is not signed by the lead's phone")


async def conspired(scene: Scene, statement: Statement, evidence: str) -> Outcome:
    """A statement that no honest server would take stands in the roster, truly signed. Harm: the phone is changed."""
    lead = await hostile_lead(scene)
    story, entry = scene.story(scene.programme), truly_signed(scene, lead, statement)
    return await shown_behind(scene, story, entry, evidence)


async def shown_behind(scene: Scene, story: Story, entry: Entry, evidence: str) -> Outcome:
    await scene.log("ada")
    scene.turn(telling(scene.honest, [story.but([*story.entries, entry])], {scene.devices["ada"]}))
    await scene.sync("ada")
    scene.truce()
    await scene.ask("ada", "sync")
    return Outcome(evidence, harm=await scene.unsent("ada") > 0)


@attack(AT_ONCE)
async def downgrade_the_suite_with_a_lead(scene: Scene) -> Outcome:
    """The same, truly signed by a lead in league with the server."""
    return await conspired(scene, SetPolicy(scene.host.day, Policy(0)), "no lead may set a suite that does not exist")


@attack(AT_ONCE)
async def downgrade_the_retention_with_a_lead(scene: Scene) -> Outcome:
    """A lead in league with the server states that contacts are kept for a day, so that all phones delete theirs."""
    short = SetPolicy(scene.host.day, Policy(1, 1, 1))
    return await conspired(scene, short, "the policy is below its floors, which no lead may go below")


@attack(AT_ONCE)
async def downgrade_the_rules_with_a_lead(scene: Scene) -> Outcome:
    """A lead in league with the server states rules of a version that is not higher than the one in force."""
    return await conspired(scene, SetRules(scene.host.day, 1), "rules only rise")


@attack(AT_ONCE)
async def raise_the_rules_with_a_lead(scene: Scene) -> Outcome:
    """A lead in league with the server states rules that no phone has announced, so that all phones fall silent."""
    return await conspired(scene, SetRules(scene.host.day, 2), "not all phones have announced these rules")


@attack(AT_ONCE)
async def downgrade_the_suite_of_an_entry(scene: Scene) -> Outcome:
    """An entry is shown with a lower suite in its header."""
    await scene.start("ada", "second")
    await scene.synced("second")
    await scene.log("ada")
    await scene.synced("ada")
    story = scene.story(scene.personal("ada"))
    *rest, last = story.entries
    lower = Entry(replace(last.header, suite=0).encode(), last.signature, last.body)
    scene.turn(telling(scene.honest, [story.but([*rest, lower])], {scene.devices["second"]}))
    before = len(await scene.records("second"))
    await scene.sync("second")
    return Outcome("the suite is part of what the phone had signed", harm=len(await scene.records("second")) != before)


@attack(AT_ONCE)
async def raise_the_rules(scene: Scene) -> Outcome:
    """The roster gets rules that no program knows yet, in a lead's name, so that all phones fall silent."""
    return await forged(scene, SetRules(scene.host.day, 2), "the statement is not signed by the lead's phone")


@attack(AT_ONCE)
async def forge_a_restored(scene: Scene) -> Outcome:
    """The server declares in a lead's name that it was restored."""
    return await forged(scene, Restored(scene.host.day), "the statement is not signed by the lead's phone")


@attack(AT_ONCE)
async def forge_a_new_server_key(scene: Scene) -> Outcome:
    """The roster names another server key and address, in a lead's name."""
    moved = SetServer(scene.host.day, Stranger().signing.public, "https://elsewhere.example")
    return await forged(scene, moved, "the statement is not signed by the lead's phone")


@attack(AT_ONCE)
async def forge_a_removal(scene: Scene) -> Outcome:
    """The roster removes a member, in a lead's name."""
    removal = Remove(scene.host.day, scene.account("ada"), ())
    return await forged(scene, removal, "the statement is not signed by the lead's phone")


@attack(AT_ONCE)
async def invent_a_kind_of_statement(scene: Scene) -> Outcome:
    """The roster gets a statement of a kind that there is not, in a lead's name."""
    await scene.synced("ada")
    lead, story = scene.devices["lead"], scene.story(scene.programme)
    stranger, known = Stranger(), Restored(scene.host.day)
    entry = stranger.state(story, known, lead, scene.roster.chain.author(lead))
    renamed = Entry.sign(replace(entry.header, kind="vote"), entry.check_body(), stranger.signing)
    return await shown_behind(scene, story, renamed, "no rules know such a statement")


@attack(AT_ONCE)
async def sign_with_another_key(scene: Scene) -> Outcome:
    """Answers are signed with another key than the roster names."""
    await scene.start("ada", "second")
    await scene.log("second")
    await scene.synced("second")
    before = len(await scene.records("ada"))
    scene.turn(signing(scene.programme, Stranger().signing))
    await scene.sync("ada")
    return Outcome("the signature is not the server's", harm=len(await scene.records("ada")) != before)


@attack(AT_ONCE)
async def sign_for_another_challenge(scene: Scene) -> Outcome:
    """Answers are right, and signed over a challenge that the phone did not send."""
    await scene.log("ada")

    def other(asked: Json, answer: Json) -> None:
        sign(scene.honest.key, scene.programme, asked | {"challenge": b64(bytes(32))}, answer)

    scene.turn(answering(at(SYNC), other))
    id_ = scene.logged[-1].id
    await scene.sync("ada")
    kept = await scene.unsent("ada") == 1 and await scene.shows("ada", id_)
    return Outcome("the signature does not answer this request", harm=not kept)


@attack(AT_ONCE)
async def answer_about_other_logs(scene: Scene) -> Outcome:
    """The answer leaves out one of the logs that were asked for."""
    await scene.synced("ada")
    left_out = answering(at(SYNC), lambda _, answer: answer["logs"].pop())
    scene.turn(signing(scene.programme, scene.honest.key), left_out)
    await scene.sync("ada")
    return Outcome("the answer is signed, and does not fit the request")


@attack(LIMIT, lasting=True)
async def run_the_days_ahead(scene: Scene) -> Outcome:
    """The server's day runs ahead, and with it the time of the roster: a code that had 30 days left closes at once."""
    first = scene.codes["ada"]
    code = str((await scene.must("ada", "code"))["code"])
    await scene.must("ada", "confirm", code=code)
    scene.turn()
    scene.host.days = WRONG
    await scene.ask("ada", "sync")
    await scene.ask("ada", "link")
    said = await scene.ask("third", "recover", address=scene.host.address, code=first)
    scene.said.pop()
    return Outcome("each statement carries its day, and each signed answer the server's", harm=bool(said.error))
