"""Operations on what is counted: page 10 of the protocol."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from conformance.reference.logs import ROSTERS
from conformance.reference.shown import Given, in_hex
from conformance.table import Object
from crypto.public.encoding import encode
from crypto.public.signing import SigningKey, verify
from crypto.secret import hpke
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


def reports(given: Given) -> Object:
    """Sealed with randomness of its own: the library takes none from outside."""
    shares = sharded(given).input_shares[1:]
    sealed = [
        hpke.seal(bytes.fromhex(reader["public"]), "report-share", sealed_at(given, number), share)
        for number, (reader, share) in enumerate(zip(given["readers"], shares, strict=True), 1)
    ]
    return report(given, sealed)


def sharded(given: Given) -> Any:
    instance: Any = instance_of(Task.of_array(given["task"]))
    context = measurement_context(*place(given))
    return instance.shard(context, given["measurement"], given.raw("nonce"), given.raw("randomness"))


def sealed_at(given: Given, number: int) -> bytes:
    """What a share is bound to. `number`: of the helper, from 1."""
    return encode([*place(given), given.raw("account"), given.raw("nonce"), number])


def report(given: Given, sealed: list[bytes]) -> Object:
    """The report that names these sealed shares."""
    programme, opening, account, nonce = (given.raw(name) for name in ("programme", "opening", "account", "nonce"))
    made, hashes = sharded(given), tuple(share_hash(one) for one in sealed)
    leader, *helpers = made.input_shares
    named = Report(
        opening, given.raw("device"), given.cursor("roster"), nonce, made.public_share, share_hash(leader), hashes
    )
    out: Object = in_hex(
        {
            "public_share": made.public_share,
            "leader_share": leader,
            "helper_shares": helpers,
            "sealed_shares": sealed,
            "report": named.encode(),
            "signature": named.sign(programme, SigningKey.from_seed(given.raw("signing_seed"))),
            "receipt": receipt(opening, account, nonce),
        }
    )
    return out


def place(given: Given) -> tuple[bytes, bytes]:
    return given.raw("programme"), given.raw("opening")


def checked(given: Given) -> Object:
    entries, made = given.entries("statistics"), Report.decode(given.raw("report"))
    state = ROSTERS.after(entries[0].header.log, entries)
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
    noises = [
        one | {"noise": noise(bytes.fromhex(one["key"]), closing, one["aggregator"], task.cells, task.scale)}
        for one in given["noise_keys"]
    ]
    added = {one["aggregator"]: one["noise"] for one in noises}
    noisy = [plus(total, added.get(index, [0] * task.cells)) for index, total in enumerate(totals)]
    shares = noisy[:2]
    if task.shares == 3:
        reader = HpkeKey.from_seed(given.raw("reader_seed"))
        opened = reader.open("total", encode(list(place(given))), given.raw("sealed_total"))
        shares.append(instance.decode_share(opened))
    field, cells = totals[0].field, instance.aggregate(shares).elements
    return {
        "totals": [total.encode().hex() for total in totals],
        "noises": noises,
        "cells": [cell - field.modulus if cell > field.modulus // 2 else cell for cell in cells],
    }


def plus(total: Share, added: list[int]) -> Share:
    modulus = total.field.modulus
    return Share(total.field, [(cell + more) % modulus for cell, more in zip(total.elements, added, strict=True)])


def one_noise(given: Given) -> Object:
    scale = Fraction(int(given["numerator"]), int(given["denominator"]))
    return {"noise": noise(given.raw("key"), given.raw("closing_leaf"), given["index"], given["length"], scale)}


REPORTS: dict[str, Callable[[Given], Object]] = {
    "noise": one_noise,
    "reports": reports,
    "reports-checked": checked,
    "verifications": verification,
    "releases": release,
}
