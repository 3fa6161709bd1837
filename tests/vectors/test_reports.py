"""Reports and releases judged by the vectors: the same files, and the same words, as for any other implementation."""

from collections.abc import Callable
from typing import Any

import pytest

from crypto.errors import OpenFailed, SignatureInvalid
from crypto.public.encoding import encode
from crypto.public.signing import SigningKey, verify
from crypto.secret.hpke import HpkeKey
from schemas.problems import PROBLEMS
from schemas.task import Task
from stats.errors import Malformed, MeasurementRefused, ReportRefused
from stats.instance import instance_of
from stats.noise import noise
from stats.prio3.share import Share
from sync.errors import Refused
from sync.log import Cursor
from sync.report import (
    Report,
    accepted_hash,
    check_report,
    check_time,
    commitment,
    measurement_context,
    receipt,
    released_message,
    share_hash,
)
from tests.vectors import make
from tests.vectors.test_sync import raw, states
from tests.vectors.vector import Vector

OWN_WORDS: dict[type[Exception], str] = {
    MeasurementRefused: "refused-measurement",
    ReportRefused: "refused-report",
    Malformed: "refused-report",
    OpenFailed: "refused-open",
    SignatureInvalid: "refused-signature",
}


def task_of(vector: Vector) -> Task:
    """Page 10: source, axes, unit, bound, epsilon, k, period kind, shares."""
    return Task.of_array(vector["task"])


def listed(vector: Vector, field: str) -> list[bytes]:
    return [bytes.fromhex(one) for one in vector[field]]


def judge_report(vector: Vector) -> None:
    instance: Any = instance_of(task_of(vector))
    programme, opening, account, nonce = (raw(vector, name) for name in ("programme", "opening", "account", "nonce"))
    context = measurement_context(programme, opening)
    sharded = instance.shard(context, vector["measurement"], nonce, raw(vector, "randomness"))
    assert sharded.public_share == raw(vector, "public_share")
    assert list(sharded.input_shares) == [raw(vector, "leader_share"), *listed(vector, "helper_shares")]
    sealed = listed(vector, "sealed_shares")
    for number, (reader, one) in enumerate(zip(vector["readers"], sealed, strict=True), 1):
        key = HpkeKey.from_seed(bytes.fromhex(reader["seed"]))
        assert key.public.hex() == reader["public"]
        data = encode([programme, opening, account, nonce, number])
        assert key.open("report-share", data, one) == sharded.input_shares[number]
    position, head = vector["roster"]
    report = Report(
        opening,
        raw(vector, "device"),
        Cursor(position, bytes.fromhex(head)),
        nonce,
        sharded.public_share,
        share_hash(sharded.input_shares[0]),
        tuple(share_hash(one) for one in sealed),
    )
    assert report.encode() == raw(vector, "report")
    assert report.sign(programme, SigningKey.from_seed(raw(vector, "signing_seed"))) == raw(vector, "signature")
    assert receipt(opening, account, nonce) == raw(vector, "receipt")


def judge_checked(vector: Vector) -> None:
    roster = states("statistics")[vector["after"]]
    report = Report.decode(raw(vector, "report"))
    if "day" in vector:
        check_time(roster, report.opening, vector["day"])
    else:
        assert check_report(roster, report, raw(vector, "signature")) == raw(vector, "account")


def judge_verification(vector: Vector) -> None:
    instance, key = instance_of(task_of(vector)), raw(vector, "verify_key")
    assert commitment(raw(vector, "task_id"), vector["period"], key) == raw(vector, "commitment")
    context = measurement_context(raw(vector, "programme"), raw(vector, "opening"))
    nonce, public = raw(vector, "nonce"), raw(vector, "public_share")
    made = [
        instance.verify_init(key, context, number, nonce, public, share)
        for number, share in enumerate(listed(vector, "input_shares"))
    ]
    message = instance.verifier_shares_to_message(context, [share for _, share in made])
    outputs = [instance.verify_next(state, message) for state, _ in made]
    assert [share for _, share in made] == listed(vector, "verifier_shares")
    assert message == raw(vector, "verifier_message")
    assert [share.encode() for share in outputs] == listed(vector, "output_shares")


def judge_release(vector: Vector) -> None:
    task, programme, opening = task_of(vector), raw(vector, "programme"), raw(vector, "opening")
    instance, closing = instance_of(task), raw(vector, "closing_leaf")
    accounts, nonces = listed(vector, "accounts"), listed(vector, "nonces")
    receipts = sorted(receipt(opening, *one) for one in zip(accounts, nonces, strict=True))
    if receipts != listed(vector, "receipts") or accepted_hash(opening, receipts) != raw(vector, "accepted"):
        raise Refused("list-wrong", "the receipts are others")
    verify(
        raw(vector, "server_key"),
        "release",
        released_message(programme, closing, raw(vector, "share")),
        raw(vector, "signature"),
    )
    totals = [
        instance.aggregate(instance.decode_share(bytes.fromhex(share)) for share in shares)
        for shares in vector["output_shares"]
    ]
    assert [total.encode() for total in totals] == listed(vector, "totals")
    field, noises = totals[0].field, {one["aggregator"]: one for one in vector["noises"]}
    for index, one in noises.items():
        assert noise(bytes.fromhex(one["key"]), closing, index, task.cells, task.scale) == one["noise"]
    noisy = [
        Share(field, [(cell + more) % field.modulus for cell, more in zip(total.elements, added, strict=True)])
        for index, total in enumerate(totals)
        for added in [noises[index]["noise"] if index in noises else [0] * task.cells]
    ]
    assert noisy[0].encode() == raw(vector, "share")
    shares = noisy[:2]
    if task.shares == 3:
        reader = HpkeKey.from_seed(raw(vector, "reader_seed"))
        opened = reader.open("total", encode([programme, opening]), raw(vector, "sealed_total"))
        assert opened == noisy[2].encode()
        shares.append(instance.decode_share(opened))
    cells = instance.aggregate(shares).elements
    assert [cell - field.modulus if cell > field.modulus // 2 else cell for cell in cells] == vector["cells"]


JUDGES: dict[str, Callable[[Vector], None]] = {
    "reports": judge_report,
    "reports-checked": judge_checked,
    "verifications": judge_verification,
    "releases": judge_release,
}


@pytest.mark.parametrize("name", JUDGES)
def test_vectors(name: str) -> None:
    wrong = []
    for vector in make.load(name):
        word = "ok"
        try:
            JUDGES[name](vector)
        except Refused as refusal:
            word = refusal.problem
        except tuple(OWN_WORDS) as refusal:
            word = OWN_WORDS[type(refusal)]
        if word != vector["expect"]:
            wrong.append((vector["name"], vector["expect"], word))
    assert wrong == []


@pytest.mark.parametrize("name", JUDGES)
def test_most_vectors_of_each_list_are_refused(name: str) -> None:
    vectors = make.load(name)
    words = [vector["expect"] for vector in vectors]
    assert 0 < words.count("ok") * 2 < len(words)
    assert set(words) - {"ok", *OWN_WORDS.values()} <= PROBLEMS.keys()
    assert len({vector["name"] for vector in vectors}) == len(vectors)
