"""Work (reports): what statistics cost a phone that reports, and the lead's phone that verifies its share of them."""

import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.prio3 import MULTIPLICATIONS, measured
from bench.result import Result, median
from bench.run import Run
from bench.statistics import KEY, OPENING, PROGRAMME, REPORTS, TASK
from crypto.public.encoding import encode
from crypto.public.hashing import H
from crypto.public.signing import SigningKey, verify
from crypto.secret.hpke import HpkeKey, seal
from crypto.secret.local import new_passcode_words
from device.vault import Vault
from stats.instance import instance_of
from stats.prio3.field import FIELD128
from stats.prio3.share import VerifyState
from store.mailbox.verdict import Waiting, verdict
from sync.log import Cursor
from sync.report import NONCE, Report, Submission, measurement_context, share_hash

PHONE, LEAD = 6.67, 133.4
"""Reports a second, whatever the machine: one in 150 ms; 2,000 in 15 s."""
MOST_BYTES = 40_000

INSTANCE, CONTEXT = instance_of(TASK), measurement_context(PROGRAMME, OPENING)


@dataclass(frozen=True)
class Sent:
    """What an account's phone sends; `signer`: the public key of its signature."""

    account: bytes
    request: Submission
    signer: bytes


def made(account: bytes, key: SigningKey, aggregators: Sequence[bytes]) -> Submission:
    """A report of 60 contacts, as a phone makes it: shared out, sealed to the aggregators' keys, signed."""
    instance = instance_of(replace(TASK, shares=1 + len(aggregators)))
    measurement = [1] * TASK.bound + [0] * (TASK.cells - TASK.bound)
    nonce = os.urandom(NONCE)
    random = os.urandom(instance.randomness_size)
    sharded = instance.shard(CONTEXT, measurement, nonce, random)  # type: ignore[arg-type]
    leader, *others = sharded.input_shares
    sealed = [
        seal(public, "report-share", encode([PROGRAMME, OPENING, account, nonce, number]), share)
        for number, (public, share) in enumerate(zip(aggregators, others, strict=True), 1)
    ]
    hashes = share_hash(leader), tuple(map(share_hash, sealed))
    report = Report(OPENING, bytes(32), Cursor(1, bytes(32)), nonce, sharded.public_share, *hashes)
    return Submission(report.encode(), report.sign(PROGRAMME, key), leader, tuple(sealed))


async def reports(run: Run) -> AsyncIterator[Result]:
    """Of 256 cells with two aggregators. Without requests; the lead's phone also writes each report into its vault."""
    lead = HpkeKey.generate(os.urandom)
    sent, seconds = list[Sent](), list[float]()
    account, key, body = b"", SigningKey.generate(os.urandom), b""
    for _ in range(run.size(REPORTS, 40)):
        account, key = os.urandom(16), SigningKey.generate(os.urandom)
        begun = time.perf_counter()
        request = made(account, key, [lead.public])
        body = request.encode()
        seconds.append(time.perf_counter() - begun)
        sent.append(Sent(account, request, key.public))
    _, baseline = measured(lambda: None, 10)
    against = f"{MULTIPLICATIONS:,} multiplications in {FIELD128.name}"
    three = len(made(account, key, [lead.public, HpkeKey.generate(os.urandom).public]).encode())
    if max(len(body), three) > MOST_BYTES:
        raise AssertionError(f"a report has {len(body)} bytes, {three} with three shares")
    yield Result(
        "reports", f"a phone makes a report of {TASK.cells} cells", 1 / median(seconds), "reports/s",
        against, 1 / baseline, PHONE, absolute=True,
        more={"ms": median(seconds) * 1000, "bytes": len(body), "bytes_with_3_shares": three},
    )  # fmt: skip
    with run.folder() as folder:
        taken = aggregating(sent, lead, Path(folder))
    yield Result(
        "reports", f"the lead's phone verifies and adds up {len(sent):,} reports of {TASK.cells} cells",
        len(sent) / taken, "reports/s", against, 1 / baseline, LEAD, absolute=True, more={"seconds": taken},
    )  # fmt: skip


def aggregating(sent: list[Sent], lead: HpkeKey, folder: Path) -> float:
    """Seconds of the lead's phone, from reports to its sum; the server's verdicts are made between, and not counted."""
    with Vault.create(folder / "vault", folder / "keystore", new_passcode_words(os.urandom), os.urandom) as vault:
        begun = time.perf_counter()
        for one in sent:
            verified(vault, one, lead)
        first = time.perf_counter() - begun
        connection = vault.read()
        rows = connection.execute("SELECT account, verifier FROM verified").fetchall()
        verifiers = {bytes(account): bytes(verifier) for account, verifier in rows}
        messages = {one.account: decided(one, verifiers[one.account]) for one in sent}
        begun = time.perf_counter()
        for account, message in messages.items():
            row = connection.execute("SELECT joint, out_share FROM verified WHERE account = ?", (account,)).fetchone()
            INSTANCE.verify_next(VerifyState(INSTANCE.decode_share(row[1]), row[0]), message)
            with vault.write() as writing:
                writing.execute(
                    "UPDATE verified SET accepted = 1 WHERE opening = ? AND account = ?", (OPENING, account)
                )
        shares = connection.execute("SELECT out_share FROM verified WHERE accepted = 1").fetchall()
        if len(shares) != len(sent):
            raise AssertionError("reports are missing")
        INSTANCE.aggregate(INSTANCE.decode_share(share) for (share,) in shares)
        return first + time.perf_counter() - begun


def verified(vault: Vault, one: Sent, lead: HpkeKey) -> None:
    """Signature, seal and proof of one report, and the row that is kept of it."""
    request, report = one.request, Report.decode(one.request.report)
    verify(one.signer, "report", encode([PROGRAMME, request.report]), request.signature)
    share = lead.open("report-share", encode([PROGRAMME, OPENING, one.account, report.nonce, 1]), request.sealed[0])
    state, verifier = INSTANCE.verify_init(KEY, CONTEXT, 1, report.nonce, report.public_share, share)
    digest = H("share", request.report, request.signature, request.sealed[0])
    row = (OPENING, one.account, report.nonce, digest, verifier, state.joint_seed, state.out_share.encode())
    with vault.write() as writing:
        writing.execute(
            "INSERT INTO verified (opening, account, nonce, report, verifier, joint, out_share)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            row,
        )


def decided(one: Sent, verifier: bytes) -> bytes:
    """The server's verifier message. Raises AssertionError if it rejects the report."""
    waiting = Waiting(one.account, Report.decode(one.request.report), one.request.leader, [verifier])
    message = verdict(INSTANCE, CONTEXT, KEY, waiting)
    if message is None:
        raise AssertionError("a report that is valid was not accepted")
    return message
