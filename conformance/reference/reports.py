"""Operations on what is counted: page 10 of the protocol."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from conformance.reference.logs import ROSTERS
from conformance.reference.shown import Given, in_hex
from conformance.table import Object
from crypto.public.encoding import encode
from crypto.public.signing import SigningKey, verify
from crypto.secret.hpke import HpkeKey
from schemas.task import Task
from stats.instance import instance_of
from stats.noise import noise
from stats.prio3.share import Share
from sync.errors import Refused
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


def listed(given: Given, name: str) -> list[bytes]:
    return [bytes.fromhex(one) for one in given[name]]


def report(given: Given) -> Object:
    """The shares are sealed already, as no library takes randomness for it; they have to be of the measurement."""
    instance: Any = instance_of(Task.of_array(given["task"]))
    programme, opening, account, nonce = (given.raw(name) for name in ("programme", "opening", "account", "nonce"))
    context = measurement_context(programme, opening)
    sharded = instance.shard(context, given["measurement"], nonce, given.raw("randomness"))
    sealed, shares = listed(given, "sealed_shares"), sharded.input_shares
    for number, (reader, one) in enumerate(zip(given["readers"], sealed, strict=True), 1):
        key, data = HpkeKey.from_seed(bytes.fromhex(reader["seed"])), encode([*place(given), account, nonce, number])
        if key.open("report-share", data, one) != shares[number]:
            raise Refused("share-wrong", "a sealed share is not of this measurement")
    hashes = tuple(share_hash(one) for one in sealed)
    made = Report(
        opening, given.raw("device"), given.cursor("roster"), nonce, sharded.public_share, share_hash(shares[0]), hashes
    )
    out: Object = in_hex(
        {
            "public_share": sharded.public_share,
            "leader_share": shares[0],
            "helper_shares": list(shares[1:]),
            "report": made.encode(),
            "signature": made.sign(programme, SigningKey.from_seed(given.raw("signing_seed"))),
            "receipt": receipt(opening, account, nonce),
        }
    )
    return out


def place(given: Given) -> tuple[bytes, bytes]:
    return given.raw("programme"), given.raw("opening")


def checked(given: Given) -> Object:
    state, made = ROSTERS.after(given.raw("programme"), given.entries("before")), Report.decode(given.raw("report"))
    if "day" in given:
        check_time(state, made.opening, given["day"])
        return {}
    return {"account": check_report(state, made, given.raw("signature")).hex()}


def verification(given: Given) -> Object:
    instance: Any = instance_of(Task.of_array(given["task"]))
    key, context = given.raw("verify_key"), measurement_context(*place(given))
    nonce, public = given.raw("nonce"), given.raw("public_share")
    states, shares = zip(
        *(
            instance.verify_init(key, context, number, nonce, public, share)
            for number, share in enumerate(listed(given, "input_shares"))
        ),
        strict=True,
    )
    message = instance.verifier_shares_to_message(context, list(shares))
    out: Object = in_hex(
        {
            "commitment": commitment(given.raw("task_id"), given["period"], key),
            "verifier_shares": list(shares),
            "verifier_message": message,
            "output_shares": [instance.verify_next(state, message).encode() for state in states],
        }
    )
    return out


def release(given: Given) -> Object:
    task, opening, closing = Task.of_array(given["task"]), given.raw("opening"), given.raw("closing_leaf")
    instance: Any = instance_of(task)
    receipts = sorted(
        receipt(opening, *one) for one in zip(listed(given, "accounts"), listed(given, "nonces"), strict=True)
    )
    if receipts != listed(given, "receipts") or accepted_hash(opening, receipts) != given.raw("accepted"):
        raise Refused("list-wrong", "the receipts are others")
    message = released_message(given.raw("programme"), closing, given.raw("share"))
    verify(given.raw("server_key"), "release", message, given.raw("signature"))
    totals = [
        instance.aggregate(instance.decode_share(bytes.fromhex(share)) for share in shares)
        for shares in given["output_shares"]
    ]
    keys = {one["aggregator"]: bytes.fromhex(one["key"]) for one in given["noises"]}
    noisy = [noised(task, total, keys.get(index), closing, index) for index, total in enumerate(totals)]
    shares = noisy[:2]
    if task.shares == 3:
        reader = HpkeKey.from_seed(given.raw("reader_seed"))
        opened = reader.open("total", encode(list(place(given))), given.raw("sealed_total"))
        shares.append(instance.decode_share(opened))
    field, cells = totals[0].field, instance.aggregate(shares).elements
    return {
        "totals": [total.encode().hex() for total in totals],
        "cells": [cell - field.modulus if cell > field.modulus // 2 else cell for cell in cells],
    }


def noised(task: Task, total: Share, key: bytes | None, closing: bytes, index: int) -> Share:
    added = [0] * task.cells if key is None else noise(key, closing, index, task.cells, task.scale)
    return Share(
        total.field, [(cell + more) % total.field.modulus for cell, more in zip(total.elements, added, strict=True)]
    )


def noises(given: Given) -> Object:
    scale = Fraction(int(given["numerator"]), int(given["denominator"]))
    return {"noise": noise(given.raw("key"), given.raw("closing_leaf"), given["index"], given["length"], scale)}


REPORTS: dict[str, Callable[[Given], Object]] = {
    "noise": noises,
    "reports": report,
    "reports-checked": checked,
    "verifications": verification,
    "releases": release,
}
