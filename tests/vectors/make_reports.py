"""Vectors of reports: how a phone makes one, which ones are refused, how they are verified, and what is released.

Openings and tasks are those of `statistics.json`. The keys that shares are sealed to are not those of its offers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from crypto.public.encoding import encode
from crypto.public.hashing import ctx
from crypto.public.signing import SigningKey
from crypto.secret.hpke import HpkeKey
from schemas.task import Task
from stats.instance import instance_of
from stats.noise import noise, noised
from stats.prio3.share import Sharded
from sync.log import Cursor
from sync.report import (
    Report,
    accepted_hash,
    commitment,
    measurement_context,
    receipt,
    released_message,
    share_hash,
)
from sync.state import RosterState
from sync.tables import REPORTED_AFTER
from tests.support.people import Phone
from tests.sync.counted import CONTACTS, SHARED, last_day
from tests.vectors import reference_hpke
from tests.vectors.counting import counting
from tests.vectors.make_sealing import flip
from tests.vectors.seeded import seeded
from tests.vectors.vector import Lists, Vector, vector

story = cache(counting)
OPEN, CLOSED = "open again", "close_period"
"""The statements after which all three tables are open, and after which contacts are closed."""


def known(after: str) -> RosterState:
    return story().after(after).state


def opening_of(source: str, shares: int) -> tuple[bytes, Task]:
    """The opening that takes reports to the table of this source, and its task."""
    state = known(OPEN)
    for id_, one in state.openings.items():
        task = state.tasks[one.task]
        if one.ended is None and (task.source, task.shares) == (source, shares):
            return id_, task
    raise LookupError(source)


@dataclass(frozen=True)
class Made:
    """A report with all that it was made from; `keys` are aggregators' ones."""

    opening: bytes
    task: Task
    phone: Phone
    measurement: int | Sequence[int]
    random: bytes
    sharded: Sharded
    keys: Sequence[HpkeKey]
    seeds: Sequence[bytes]
    sealed: Sequence[bytes]
    report: Report

    @property
    def context(self) -> bytes:
        return measurement_context(story().world.programme, self.opening)

    @property
    def receipt(self) -> bytes:
        return receipt(self.opening, self.phone.account, self.report.nonce)

    def signed(self, **changed: Any) -> tuple[bytes, bytes]:
        """The report with other fields, and the device's signature on it."""
        report = replace(self.report, **changed)
        return report.encode(), report.sign(story().world.programme, self.phone.signing)


def made(name: str, table: tuple[bytes, Task], who: str, measurement: int | Sequence[int]) -> Made:
    """A report of the phone `who`, from bytes that `name` decides."""
    draw, programme, phone = seeded(f"report {name}"), story().world.programme, story().phones[who]
    opening, task = table
    instance: Any = instance_of(task)
    nonce, random = draw(16), draw(instance.randomness_size)
    sharded = instance.shard(measurement_context(programme, opening), measurement, nonce, random)
    leader, *others = sharded.input_shares
    keys, seeds = [HpkeKey.generate(draw) for _ in others], [draw(64) for _ in others]
    sealed = [
        reference_hpke.seal(
            key.public,
            ctx("report-share") + encode([programme, opening, phone.account, nonce, number]),
            share,
            seed,
        )
        for number, (key, seed, share) in enumerate(zip(keys, seeds, others, strict=True), 1)
    ]
    helpers = tuple(share_hash(one) for one in sealed)
    cursor = known(OPEN).chain.cursor
    report = Report(opening, phone.id, cursor, nonce, sharded.public_share, share_hash(leader), helpers)
    return Made(opening, task, phone, measurement, random, sharded, keys, seeds, sealed, report)


def of_contacts(name: str, who: str = "member 2", *, shares: int = 2, cells: Sequence[int] = ()) -> Made:
    table = opening_of("contact", shares)
    return made(name, table, who, [*cells, *[0] * (table[1].cells - len(cells))])


def reports() -> list[Vector]:
    """`measurement`: a number for each cell, or the one cell. The vector of a refused one has no results."""
    cases = {
        "contacts, two shares": of_contacts("two", cells=(2, 0, 1)),
        "contacts, three shares": of_contacts("three", shares=3, cells=(0, 1, 4)),
        "nothing to report": of_contacts("nothing"),
        "as much as the bound admits": of_contacts("bound", cells=(CONTACTS.bound - 7, 7)),
        "a check-in": made("check-in", opening_of("wellbeing", 2), "member 3", 1),
    }
    contacts, zones = cases["contacts, two shares"], cases["a check-in"]
    wrong: dict[str, tuple[Made, int | list[int]]] = {
        "one more than the bound": (contacts, [CONTACTS.bound, 1, *[0] * (CONTACTS.cells - 2)]),
        "a negative number": (contacts, [-1, 1, *[0] * (CONTACTS.cells - 2)]),
        "a cell too few": (contacts, [0] * (CONTACTS.cells - 1)),
        "a cell too many": (contacts, [0] * (CONTACTS.cells + 1)),
        "a bin that there is not": (zones, zones.task.cells),
        "a negative bin": (zones, -1),
        "far beyond the bound": (contacts, [2**128, *[0] * (CONTACTS.cells - 1)]),
    }
    return [
        *(vector(name, "ok", "", **given(one), **results(one)) for name, one in cases.items()),
        *(
            vector(name, "refused-measurement", "", **given(one) | {"measurement": measurement})
            for name, (one, measurement) in wrong.items()
        ),
    ]


def given(one: Made) -> dict[str, Any]:
    return {
        "programme": story().world.programme,
        "opening": one.opening,
        "task": one.task.as_array(),
        "account": one.phone.account,
        "device": one.phone.id,
        "signing_seed": one.phone.signing.seed,
        "roster": one.report.roster.as_array(),
        "nonce": one.report.nonce,
        "measurement": one.measurement,
        "randomness": one.random,
        "readers": [{"seed": key.seed, "public": key.public} for key in one.keys],
        "encapsulation_seeds": list(one.seeds),
    }


def results(one: Made) -> dict[str, Any]:
    leader, *helpers = one.sharded.input_shares
    raw, signature = one.signed()
    return {
        "public_share": one.sharded.public_share,
        "leader_share": leader,
        "helper_shares": helpers,
        "sealed_shares": list(one.sealed),
        "report": raw,
        "signature": signature,
        "receipt": one.receipt,
    }


def checked() -> list[Vector]:
    """Judged under the roster after the entry `after` of `statistics.json`; by a server, if there is its UTC `day`."""
    one, told = of_contacts("two", cells=(2, 0, 1)), story()
    raw, signature = one.signed()
    last = last_day(one.task, known(OPEN).openings[one.opening].period)

    def judged(name: str, expect: str, pair: tuple[bytes, bytes], at: str = OPEN, **more: Any) -> Vector:
        report, signed = pair
        account = {"account": one.phone.account} if expect == "ok" and "day" not in more else {}
        fields: dict[str, Any] = {"after": told.position(at), "report": report, "signature": signed, **account}
        return vector(name, expect, "", **fields, **more)

    def changed(name: str, expect: str, **fields: Any) -> Vector:
        return judged(name, expect, one.signed(**fields))

    ended = next(id_ for id_, opening in known(OPEN).openings.items() if opening.ended is not None)
    heads, chain = told.world.state.heads, known(OPEN).chain
    before = known(OPEN).openings[one.opening].position - 1
    other = told.phones["member 3"]
    return [
        judged("by a member", "ok", (raw, signature)),
        judged("after the closing", "ok", (raw, signature), CLOSED),
        changed("to an opening that ended", "ok", opening=ended),
        changed("to no opening", "not-open", opening=bytes(32)),
        changed("of no device", "device-not-active", device=bytes(32)),
        changed("under a roster before its join", "device-not-active", roster=Cursor(1, heads[1])),
        changed("under a roster before the opening", "witness-unknown", roster=Cursor(before, heads[before])),
        changed("under another roster", "witness-unknown", roster=Cursor(chain.position, bytes(32))),
        changed("under a roster to come", "witness-unknown", roster=Cursor(chain.position + 1, chain.head)),
        changed("of another device", "signature-invalid", device=other.id),
        judged("a signature of other bytes", "signature-invalid", (raw, flip(signature, 5))),
        judged("a byte more", "report-malformed", (raw + b"\0", signature)),
        judged("no array", "report-malformed", (b"\1", signature)),
        changed("a nonce of 15 bytes", "report-malformed", nonce=bytes(15)),
        changed("no helper", "report-malformed", helpers=()),
        changed("three helpers", "report-malformed", helpers=(bytes(32),) * 3),
        changed("a public share of 33 bytes", "report-malformed", public_share=bytes(33)),
        judged("on the period's last day", "too-early", (raw, signature), day=last),
        judged("on the day after", "ok", (raw, signature), day=last + 1),
        judged("on the last day", "ok", (raw, signature), day=last + REPORTED_AFTER),
        judged("a day later", "report-late", (raw, signature), day=last + REPORTED_AFTER + 1),
        judged("after the closing, by day", "not-open", (raw, signature), CLOSED, day=last + 1),
        judged("to an opening that ended, by day", "not-open", one.signed(opening=ended), day=last + 1),
    ]


def verifications() -> list[Vector]:
    """All aggregators' part; `input_shares` by aggregator, as they are before they are sealed."""
    draw = seeded("verifications")
    cases = {
        "contacts, two shares": of_contacts("two", cells=(2, 0, 1)),
        "contacts, three shares": of_contacts("three", shares=3, cells=(0, 1, 4)),
        "a check-in": made("check-in", opening_of("wellbeing", 2), "member 3", 1),
    }
    vectors, key = list[Vector](), draw(32)
    for name, one in cases.items():
        vectors.append(vector(name, "ok", "", **to_verify(one, key), **verified(one, key)))
    three = cases["contacts, three shares"]
    fields = to_verify(three, key)
    leader, first, second = three.sharded.input_shares
    beyond = instance_of(CONTACTS).shard_encoded(
        of_contacts("two").context,
        [1] * instance_of(CONTACTS).circuit.length,
        bytes(16),
        draw(instance_of(CONTACTS).randomness_size),
    )
    changes: dict[str, dict[str, Any]] = {
        "the leader's share": {"input_shares": [flip(leader, 40), first, second]},
        "the leader's proof": {"input_shares": [flip(leader, len(leader) - 40), first, second]},
        "a helper's share": {"input_shares": [leader, flip(first, 3), second]},
        "helpers exchanged": {"input_shares": [leader, second, first]},
        "the public share": {"public_share": flip(three.sharded.public_share, 2)},
        "the nonce": {"nonce": flip(three.report.nonce, 0)},
        "the opening": {"opening": opening_of("contact", 2)[0]},
        "a share too short": {"input_shares": [leader[:-1], first, second]},
        "an element above the modulus": {"input_shares": [b"\xff" * 16 + leader[16:], first, second]},
    }
    vectors += [vector(name, "refused-report", "", **fields | change) for name, change in changes.items()]
    over = {"nonce": bytes(16), "public_share": beyond.public_share, "input_shares": list(beyond.input_shares)}
    fields = to_verify(of_contacts("two"), key) | over
    return [*vectors, vector("beyond the bound", "refused-report", "an encoding that no measurement has", **fields)]


def to_verify(one: Made, key: bytes) -> dict[str, Any]:
    opening = known(OPEN).openings[one.opening]
    return {
        "programme": story().world.programme,
        "opening": one.opening,
        "task_id": opening.task,
        "period": opening.period,
        "task": one.task.as_array(),
        "verify_key": key,
        "commitment": commitment(opening.task, opening.period, key),
        "nonce": one.report.nonce,
        "public_share": one.sharded.public_share,
        "input_shares": list(one.sharded.input_shares),
    }


def verified(one: Made, key: bytes) -> dict[str, Any]:
    instance = instance_of(one.task)
    states, shares = zip(
        *(
            instance.verify_init(key, one.context, number, one.report.nonce, one.sharded.public_share, share)
            for number, share in enumerate(one.sharded.input_shares)
        ),
        strict=True,
    )
    message = instance.verifier_shares_to_message(one.context, shares)
    return {
        "verifier_shares": list(shares),
        "verifier_message": message,
        "output_shares": [instance.verify_next(state, message).encode() for state in states],
    }


def releases() -> list[Vector]:
    """Of three reports, as if k were that small. `output_shares`: by aggregator, then by report."""
    draw = seeded("releases")
    server, reader = SigningKey.generate(draw), HpkeKey.generate(draw)
    key, noise_keys, closing = draw(32), {0: draw(32), 2: draw(32)}, draw(32)
    vectors = list[Vector]()
    for name, task in (("two shares", CONTACTS), ("three shares", SHARED)):
        everybody = [
            of_contacts(f"{name} {number}", f"member {number}", shares=task.shares, cells=(number, 0, 1))
            for number in (2, 3, 4)
        ]
        instance, opening = instance_of(task), everybody[0].opening
        outputs = list(zip(*(verified(one, key)["output_shares"] for one in everybody), strict=True))
        totals = [instance.aggregate(map(instance.decode_share, one)) for one in outputs]
        field = totals[0].field
        shares = [
            noised(total, noise_keys[index], closing, index, task.scale) if index in noise_keys else total
            for index, total in enumerate(totals)
        ]
        share, second = shares[0].encode(), shares[2].encode() if shares[2:] else None
        cells, programme = instance.aggregate(shares).elements, story().world.programme
        info = ctx("total") + encode([programme, opening])
        receipts = sorted(one.receipt for one in everybody)
        good: dict[str, Any] = {
            "programme": programme,
            "opening": opening,
            "task": task.as_array(),
            "accounts": [one.phone.account for one in everybody],
            "nonces": [one.report.nonce for one in everybody],
            "receipts": receipts,
            "accepted": accepted_hash(opening, receipts),
            "output_shares": [list(one) for one in outputs],
            "totals": [total.encode() for total in totals],
            "closing_leaf": closing,
            "noises": [
                {
                    "aggregator": index,
                    "key": noise_key,
                    "noise": noise(noise_key, closing, index, task.cells, task.scale),
                }
                for index, noise_key in noise_keys.items()
                if index < task.shares
            ],
            "server_key": server.public,
            "share": share,
            "signature": server.sign("release", released_message(programme, closing, share)),
            "reader_seed": reader.seed,
            "sealed_total": b"" if second is None else reference_hpke.seal(reader.public, info, second, draw(64)),
            "cells": [cell - field.modulus if cell > field.modulus // 2 else cell for cell in cells],
        }
        vectors.append(vector(name, "ok", "", **good))
        bad: dict[str, tuple[str, dict[str, Any]]] = {
            "another share": ("refused-signature", {"share": flip(share, 0)}),
            "another closing": ("refused-signature", {"closing_leaf": bytes(32)}),
            "another list": ("list-wrong", {"receipts": receipts[1:]}),
            "another nonce": ("list-wrong", {"nonces": [bytes(16), *good["nonces"][1:]]}),
        }
        if second is not None:
            bad["another total"] = "refused-open", {"sealed_total": flip(good["sealed_total"], 1130)}
            bad["of another opening"] = (
                "refused-open",
                {"sealed_total": reference_hpke.seal(reader.public, info + b"\0", second, draw(64))},
            )
        vectors += [vector(f"{name}: {what}", word, "", **good | change) for what, (word, change) in bad.items()]
    return vectors


LISTS: Lists = {
    "reports": reports,
    "reports-checked": checked,
    "verifications": verifications,
    "releases": releases,
}
