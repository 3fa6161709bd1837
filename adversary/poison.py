"""Reports that no honest phone makes, by Eve, a member: from her own phone's keys."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from adversary.counting import opening_of
from adversary.scene import Scene
from crypto.public.encoding import encode
from crypto.secret.hpke import seal
from device.phone import Phone
from device.transport import ServerProblem
from schemas.task import Task
from stats.instance import instance_of
from sync.report import NONCE, Report, Submission, measurement_context, share_hash

LARGE = 40
"""More than the bound, put where the encoding has a bit."""


@dataclass(frozen=True)
class Made:
    """A report before its signature, and its shares."""

    report: Report
    leader: bytes
    sealed: tuple[bytes, ...]

    def with_leader(self, share: bytes) -> "Made":
        return replace(self, leader=share, report=replace(self.report, leader=share_hash(share)))

    def with_sealed(self, *shares: bytes) -> "Made":
        return replace(self, sealed=shares, report=replace(self.report, helpers=tuple(map(share_hash, shares))))

    def saying(self, **fields: Any) -> "Made":
        return replace(self, report=replace(self.report, **fields))


async def made(scene: Scene, phone: Phone, task: Task, *, beyond: bool = False, proven_for: Task | None = None) -> Made:
    """A report of three contacts in one cell; `beyond` the bound, one that a changed program makes; `proven_for`: its
    proof is for this table.
    """
    engine = phone.engine
    await engine.settle()
    roster, opening = engine.roster, opening_of(scene, task)
    instance: Any = instance_of(task)
    hashes = [roster.offers[one].hpke_hash for one in roster.openings[opening].offers]
    publics = await engine.publics(hashes)
    context = measurement_context(scene.programme, opening_of(scene, proven_for or task))
    nonce = engine.randomness(NONCE)
    encoded = [*instance.circuit.encode([0] * (task.cells - 1) + [task.bound])]
    encoded[0] += LARGE if beyond else 0
    sharded = instance.shard_encoded(context, encoded, nonce, engine.randomness(instance.randomness_size))
    leader, *others = sharded.input_shares
    sealed = tuple(
        seal(
            publics[hash_],
            "report-share",
            encode([scene.programme, opening, engine.identity.account, nonce, number]),
            share,
        )
        for number, (hash_, share) in enumerate(zip(hashes, others, strict=True), 1)
    )
    device, cursor, helpers = engine.identity.device, roster.chain.cursor, tuple(map(share_hash, sealed))
    return Made(
        Report(opening, device, cursor, nonce, sharded.public_share, share_hash(leader), helpers), leader, sealed
    )


async def send(scene: Scene, phone: Phone, one: Made, programme: bytes = b"") -> str:
    """Sign a report and send it; the name of the problem that the server answers, "" if it is taken.

    `programme`: the one for which it is signed.
    """
    signature = one.report.sign(programme or scene.programme, phone.engine.identity.signing)
    return await bring(scene, phone, Submission(one.report.encode(), signature, one.leader, one.sealed))


async def bring(scene: Scene, phone: Phone, what: Submission) -> str:
    """The same for a report as it is."""
    scene.host.deeds += 1
    try:
        await phone.engine.session.call(partial(phone.engine.transport.send_report, what))
    except ServerProblem as problem:
        return problem.name
    return ""
