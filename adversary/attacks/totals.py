"""Totals of statistics: what a server tells the devices that add reports up."""

from collections.abc import Callable

from adversary.answers import Json
from adversary.calls import DECISIONS, RELEASE, REPORTS, VERIFIERS, VERIFY_KEY, Trick
from adversary.counting import ALL, OVER, PAIR, REPORTED, TRIO, closed, opening_of, puppet, report
from adversary.poison import made, send
from adversary.scene import Scene
from adversary.tricks import answering, asking, at, fetching
from adversary.verdict import AT_ONCE, LIMIT, Outcome, Table
from crypto.public.base64url import b64, unb64
from crypto.public.encoding import encode
from crypto.secret.hpke import seal
from stats.instance import instance_of
from stats.prio3.share import Share
from sync.report import released_message

TABLE = Table("totals of statistics", counted=True)
attack = TABLE.attack
Change = Callable[[Json], object]


async def lied(scene: Scene, path: str, *changes: Change, verb: str = "aggregate", evidence: str = "") -> Outcome:
    """The lead's phone gets each of these answers once, and has to tell of each. Harm: it does not, or is led astray.

    It is, if it cannot go on and add up all reports once the answers are true.
    """
    opening, silent = b64(opening_of(scene, PAIR)), 0
    for change in changes:
        scene.turn(false(scene, path, change))
        before = scene.host.deeds
        said = await scene.ask("lead", verb, opening=opening)
        scene.demand(scene.host.deeds > before, "the lead's phone did not ask")
        silent += not said.error or not said.words
    scene.truce()
    after = await scene.must("lead", verb, opening=opening)
    whole = after["reports"] == ALL and after.get("rejected", 0) == 0
    kinds = f"{len(changes)} kinds of them, each told" if len(changes) > 1 else ""
    return Outcome(evidence or kinds, harm=silent > 0 or not whole)


def false(scene: Scene, path: str, change: Change) -> Trick:
    """The lead's phone gets these answers changed."""

    def lie(_: Json, answer: Json) -> None:
        change(answer)

    return answering(fetching(path, {scene.devices["lead"]}), lie)


# Reports.


@attack(AT_ONCE)
async def make_reports_up(scene: Scene) -> Outcome:
    """Reports come twice, in another's name, with another's signature, or with another's share."""

    def swap(*names: str) -> Change:
        def change(answer: Json) -> None:
            one, other, *_ = answer["reports"]
            one.update({name: other[name] for name in names})

        return change

    await report(scene, "ada", "lead", "bo")
    return await lied(
        scene, REPORTS, lambda answer: answer["reports"].append(answer["reports"][-1]), swap("signature"),
        swap("report", "signature", "sealed_share"), swap("sealed_share"),
    )  # fmt: skip


@attack(AT_ONCE)
async def replay_reports_of_another_table(scene: Scene) -> Outcome:
    """Asked for the reports to one table, the server gives those that the same phones made for another one."""
    await report(scene, "ada", "lead", "bo")
    rows = scene.honest.mailbox.reports(opening_of(scene, TRIO), 1, bytes(16), 100)
    names = ("account", "report", "signature", "sealed_share")
    others = [dict(zip(names, map(b64, row), strict=True)) for row in rows]
    told = "each report names its opening, and is signed"
    return await lied(scene, REPORTS, lambda answer: answer.update(reports=others), evidence=told)


@attack(AT_ONCE)
async def show_too_few_reports(scene: Scene) -> Outcome:
    """The lead is shown seven reports of nine, so that the total is of fewer than it must be."""
    await report(scene, "ada", "lead", "bo")
    few = answering(
        fetching(REPORTS, {scene.devices["lead"]}), lambda _, answer: answer.update(reports=answer["reports"][:7])
    )
    scene.turn(few)
    return await not_closed(scene, "nothing is closed below k")


async def not_closed(scene: Scene, evidence: str) -> Outcome:
    """Under this, the lead tries to close. Harm: the period is closed."""
    opening = opening_of(scene, PAIR)
    await scene.must("lead", "aggregate", opening=b64(opening))
    scene.go_on(OVER - REPORTED)
    await scene.synced("lead")
    said = await scene.ask("lead", "close", opening=b64(opening))
    done = scene.roster.openings[opening].closed is not None
    return Outcome(evidence, harm=done or said.error == "")


@attack(AT_ONCE)
async def change_verifier_shares(scene: Scene) -> Outcome:
    """The lead's verifier shares of three reports are changed on their way, so that these are rejected."""

    def change(asked: Json) -> None:
        for one in asked["verifiers"][:3]:
            share = bytearray(unb64(one["share"]))
            share[0] ^= 1
            one["share"] = b64(bytes(share))

    await report(scene, "ada", "lead", "bo")
    scene.turn(asking(at(VERIFIERS, {scene.devices["lead"]}), change))
    return await not_closed(scene, "more are rejected than a release may leave out; nothing is closed")


# Decisions.


@attack(AT_ONCE)
async def decide_falsely(scene: Scene) -> Outcome:
    """The server decides on a report twice, accepts one that it did not show, and takes a decision back."""

    def back(answer: Json) -> None:
        answer["decisions"][0]["accepted"] = False

    unseen = {"account": b64(b"\xff" * 16), "accepted": True, "message": ""}
    await report(scene, "ada", "lead", "bo")
    scene.said.clear()
    await scene.must("lead", "aggregate", opening=b64(opening_of(scene, PAIR)))
    return await lied(
        scene, DECISIONS, lambda answer: answer["decisions"].append(answer["decisions"][-1]),
        lambda answer: answer["decisions"].append(unseen), back,
    )  # fmt: skip


@attack(AT_ONCE)
async def accept_a_poisoned_report(scene: Scene) -> Outcome:
    """A member sends what nobody can open, and the server says that it accepted it."""
    await report(scene, "ada", "lead", "bo")
    eve = puppet(scene, "eve")
    one = await made(scene, eve, PAIR)
    refused = await send(scene, eve, one.with_sealed(bytes(len(one.sealed[0]))))
    scene.demand(not refused, f"the poisoned report was refused: {refused}")
    opening = b64(opening_of(scene, PAIR))

    def accept(_: Json, answer: Json) -> None:
        for one in answer["decisions"]:
            one.update(accepted=True)

    scene.turn(answering(at(DECISIONS, {scene.devices["lead"]}), accept))
    await scene.ask("lead", "aggregate", opening=opening)
    scene.truce()
    after = await scene.must("lead", "aggregate", opening=opening)
    told = f"{after['accepted']} of {after['reports']} reports are added up"
    return Outcome(told, harm=after["accepted"] != ALL)


@attack(AT_ONCE)
async def answer_another_verify_key(scene: Scene) -> Outcome:
    """The second aggregator is given another verify key, with which false reports could be proven true."""
    opening, roster = opening_of(scene, TRIO), scene.roster
    public = scene.honest.hpke_key(roster.offers[roster.openings[opening].offers[1]].hpke_hash)
    other = b64(seal(public, "second-key", encode([scene.programme, opening]), bytes(32)))
    await scene.synced("bo")
    scene.turn(answering(fetching(VERIFY_KEY), lambda _, answer: answer.update(sealed=other)))
    await scene.ask("bo", "serve")
    proven = any(call.path == VERIFIERS for call, _ in scene.host.calls)
    return Outcome("the opening is committed to its key: nothing is verified with another", harm=proven)


# Releases.


@attack(AT_ONCE)
async def change_a_release(scene: Scene) -> Outcome:
    """The server's sum is changed on its way, or said to be of other numbers of reports than were closed and shown."""

    def more(answer: Json) -> None:
        answer["accepted"] += 1

    def fewer(answer: Json) -> None:
        answer["reports"] -= 1

    def many(answer: Json) -> None:
        answer["reports"] += 50

    await report(scene, "ada", "lead", "bo")
    await closed(scene)
    return await lied(scene, RELEASE, plus_one, more, fewer, many, verb="release")


def plus_one(answer: Json) -> bytes:
    """One more in the first cell of the server's sum."""
    share = instance_of(PAIR).decode_share(unb64(answer["share"]))
    changed = Share(share.field, [share.elements[0] + 1, *share.elements[1:]]).encode()
    answer["share"] = b64(changed)
    return changed


@attack(LIMIT)
async def add_something_to_the_sum(scene: Scene) -> Outcome:
    """The server adds one to a cell of its sum, and signs that; as well it could leave its noise out."""
    await report(scene, "ada", "lead", "bo")
    await closed(scene)
    opening = opening_of(scene, PAIR)
    closing = scene.roster.openings[opening].closed or b""

    def change(_: Json, answer: Json) -> None:
        signed = released_message(scene.programme, closing, plus_one(answer))
        answer["signature"] = b64(scene.honest.key.sign("release", signed))

    scene.turn(answering(fetching(RELEASE), change))
    said = await scene.ask("lead", "release", opening=b64(opening))
    return Outcome("the table is false by one, and nobody can tell", harm=not said.error)
