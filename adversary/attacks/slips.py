"""Slips: what the leads are told of numbers that did not work, by a server that may write such slips itself."""

import os

import orjson

from adversary.answers import Json
from adversary.calls import KEYS, SLIPS
from adversary.scene import Scene
from adversary.tricks import answering, at, fetching, saying
from adversary.verdict import LIMIT, PREVENTED, Outcome, Table
from crypto.public.base64url import b64, unb64
from crypto.secret.slip import SLIP_SIZE, Slip, seal_slip

TABLE = Table("slips")
attack = TABLE.attack
MANY = 4096
"""As many slips as one answer may hold."""
LETTER, CODE = "I know it was you, Lea", "i_know_it_was_you"
FAR = "9999-12-31"


@attack(LIMIT)
async def keep_a_slip_back(scene: Scene) -> Outcome:
    """Ada notes that a number did not work, and the lead is given no slips."""
    await fails(scene)
    scene.turn(answering(fetching(SLIPS), lambda _, answer: answer.update(slips=[])))
    return Outcome("nothing counts the slips, or the server could count what was told", harm=not await told(scene))


@attack(PREVENTED)
async def make_up_what_was_told(scene: Scene) -> Outcome:
    """The server, which has the leads' public key, seals slips of its own, for entries that it can only guess."""
    made = [sealed(scene, Slip(os.urandom(16), os.urandom(16), "no_answer")) for _ in range(8)]
    scene.turn(answering(fetching(SLIPS), lambda _, answer: answer["slips"].extend(made)))
    return Outcome("no entry of the directory has the id that it names", harm=bool(await told(scene)))


@attack(PREVENTED)
async def write_letters_to_the_leads(scene: Scene) -> Outcome:
    """Bo, who knows the directory, and the server write to the leads what they like, on a slip."""
    entry = await listed(scene)
    letters = [Slip(b"\1" * 16, entry, CODE, LETTER, FAR), Slip(b"\2" * 16, entry, CODE, "", FAR)]
    made = [sealed(scene, letter) for letter in letters]
    scene.turn(answering(fetching(SLIPS), lambda _, answer: answer["slips"].extend(made)))
    shown = orjson.dumps(await told(scene)).decode()
    return Outcome("a note says what codes and the directory's own numbers say", harm=LETTER in shown or CODE in shown)


@attack(PREVENTED)
async def tell_a_slip_again(scene: Scene) -> Outcome:
    """One slip is given several times in an answer, and again on later days."""
    await fails(scene)
    kept: list[str] = []

    def again(_: Json, answer: Json) -> None:
        kept.extend(answer["slips"])
        answer["slips"] = kept * 3

    scene.turn(answering(fetching(SLIPS), again))
    await told(scene)
    shown = await told(scene)
    return Outcome("a note has the slip's own id", harm=len(shown) != 1)


@attack(PREVENTED)
async def fill_slips_with_garbage(scene: Scene) -> Outcome:
    """The lead is given as many slips as an answer holds, none of which any key opens."""
    garbage = [b64(os.urandom(SLIP_SIZE)) for _ in range(MANY)]
    scene.turn(answering(fetching(SLIPS), lambda _, answer: answer.update(slips=garbage)))
    return await lead_goes_on(scene, "what does not open says nothing")


@attack(PREVENTED)
async def answer_nonsense_for_slips(scene: Scene) -> Outcome:
    """The lead asks for slips, and what comes is of no shape at all."""
    scene.turn(saying(fetching(SLIPS), b'{"slips": [null, 1, "AAAA", {}]}'))
    return await lead_goes_on(scene, "slips hold up no sync")


@attack(PREVENTED)
async def keep_the_leads_inbox_back(scene: Scene) -> Outcome:
    """After a new key of the leads' space nobody is given its public half, so that no slip can be sealed."""
    await scene.must("lead", "rotate", space="leads")
    scene.turn(answering(at(KEYS), lambda _, answer: answer.update(keys=[])))
    await scene.log("ada")
    await scene.sync("ada", "ada")
    return Outcome("a flush goes without its slip, whether it has one or not", harm=bool(await scene.unsent("ada")))


async def listed(scene: Scene) -> bytes:
    """The id of the entry that all phones have."""
    return unb64(next(iter(await scene.records("bo", "resource"))))


async def fails(scene: Scene) -> None:
    """A number of that entry does not work for Ada, and her phone has synced since."""
    await scene.must("ada", "failed", resource=b64(await listed(scene)), failure="no_answer", number="+1 555 0100")
    await scene.synced("ada")


async def told(scene: Scene) -> list[Json]:
    """What the lead was told, two days later: for a single day a phone believes its own clock. It hears of the day in
    one sync, and asks in the next.
    """
    scene.go_on(2)
    await scene.sync("lead", "lead")
    shown: list[Json] = (await scene.must("lead", "told"))["told"]
    return shown


async def lead_goes_on(scene: Scene, evidence: str) -> Outcome:
    await scene.log("lead")
    shown = await told(scene)
    return Outcome(evidence, harm=bool(shown) or bool(await scene.unsent("lead")))


def sealed(scene: Scene, slip: Slip) -> str:
    roster = scene.roster
    inbox = scene.honest.hpke_key(roster.spaces[roster.space_log("leads")].current.inbox_hash)
    return b64(seal_slip(inbox, scene.programme, slip))
