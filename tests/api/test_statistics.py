"""A period of statistics over HTTP: reports, verification, release; and who is refused what."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from crypto.public.base64url import b64, unb64
from crypto.public.encoding import encode
from crypto.public.signing import verify
from schemas.tables.sources import axes_of
from schemas.task import Axis, Task
from stats.noise import noise
from stats.prio3.field import FIELD128
from store.errors import StorageFailed
from sync.log import Cursor
from sync.report import Report, accepted_hash, receipt, released_message, share_hash
from sync.statistics import Aggregator
from tests.support.client import Host, Json, authorized, problem_of
from tests.support.counting import END, PERIOD, Period, landed, opened, reopen, submission
from tests.sync.counted import CONTACTS, KINDS, SHARED

AXES = (Axis("contact_kind", KINDS.codes[:3]),)
SMALL = replace(CONTACTS, axes=AXES, bound=3)
SMALL_SHARED = replace(SHARED, axes=AXES, bound=3)


@pytest.fixture
async def period(host: Host) -> Period:
    return await opened(host, task=SMALL)


async def verified(period: Period) -> list[Json]:
    """All aggregators' part of the verification; the decisions."""
    await period.hand_out_key()
    for helper in period.helpers:
        await helper.verify()
    return await period.decisions()


def unsharded(period: Period, closing: bytes, answer: Json, decisions: Sequence[Json]) -> list[int]:
    """What the lead's device learns from the release, whose signature is checked."""
    world, first, share = period.tenant.world, period.helpers[0], unb64(answer["share"])
    message = released_message(world.programme, closing, share)
    verify(period.host.key.public, "release", message, unb64(answer["signature"]))
    totals = [period.instance.decode_share(share), first.total(decisions)]
    if answer["total"] is not None:
        sealed = first.key.open("total", encode([world.programme, period.opening]), unb64(answer["total"]))
        totals.append(period.instance.decode_share(sealed))
    modulus = FIELD128.modulus
    elements = period.instance.aggregate(totals).elements
    return [one - modulus if one > modulus // 2 else one for one in elements]


def noised(period: Period, closing: bytes, totals: Sequence[int]) -> list[int]:
    key = period.host.settings.noise_key_path.read_bytes()
    return [
        one + more
        for one, more in zip(totals, noise(key, closing, 0, period.task.cells, period.task.scale), strict=True)
    ]


@pytest.mark.parametrize("task", [SMALL, SMALL_SHARED], ids=["two shares", "three shares"])
async def test_a_period_is_counted(host: Host, task: Task) -> None:
    period = await opened(host, task=task)
    true = await period.everybody_reports()
    decisions = await verified(period)
    assert [one["accepted"] for one in decisions] == [True] * 10
    closing = await period.close()
    if task.shares == 3:
        assert problem_of(await period.release()) == "not-yet"
        assert problem_of(await period.send_total(decisions)) == ""
    answer = (await period.release()).json()
    assert (answer["reports"], answer["accepted"]) == (10, 10)
    assert unsharded(period, closing, answer, decisions) == noised(period, closing, true)
    assert (await period.release()).json() == answer
    await host.restart()
    period.tenant.client = host.client
    period.tenant.tokens.clear()
    assert (await period.release()).json() == answer


async def test_the_second_aggregator_gets_the_key_that_the_opening_is_committed_to(host: Host) -> None:
    period = await opened(host, task=SMALL_SHARED)
    first, second = (helper.phone for helper in period.helpers)
    assert problem_of(await period.get(second, "verify-key")) == "not-yet"
    sent = period.key_request()
    for changed in ({"key": b64(bytes(32))}, {"sealed": None}):
        assert problem_of(await period.post(first, "verify-key", sent | changed)) == "key-wrong"
    assert problem_of(await period.post(second, "verify-key", sent)) == "not-authorised"
    assert problem_of(await period.post(first, "verify-key", sent)) == ""
    response = await period.get(second, "verify-key")
    data = encode([period.tenant.world.programme, period.opening])
    assert period.helpers[1].key.open("second-key", data, unb64(response.json()["sealed"])) == period.verify_key
    assert problem_of(await period.get(first, "verify-key")) == "not-authorised"


async def test_the_same_report_again_is_answered_again_and_another_is_refused(period: Period) -> None:
    phone = period.members[0]
    sent = period.report(phone, period.measured(1))
    assert [await period.send(phone, sent) for _ in range(2)] == ["", ""]
    assert await period.send(phone, period.report(phone, period.measured(2))) == "report-exists"
    resigned = sent | {"signature": b64(bytes(64))}
    assert await period.send(phone, resigned) == "signature-invalid"
    assert len(await period.helpers[0].pages()) == 1


async def test_a_nonce_is_good_once_in_an_opening(period: Period) -> None:
    one, other = period.members[:2]
    assert await period.send(one, period.report(one, period.measured(0), nonce=bytes(16))) == ""
    assert await period.send(other, period.report(other, period.measured(0), nonce=bytes(16))) == "report-exists"


async def test_reports_are_taken_from_the_end_of_the_period_for_21_days(period: Period) -> None:
    phone = period.members[0]
    sent = period.report(phone, period.measured(0))
    for day, expected in ((END, "too-early"), (END + 22, "report-late"), (END + 21, "")):
        await period.at(day)
        assert await period.send(phone, sent) == expected


async def test_the_same_bytes_are_answered_as_the_first_time_also_after_the_deadline(period: Period) -> None:
    """The first answer was lost: `report-late` would have the phone take its report for one that is in no total."""
    phone, other = period.members[:2]
    sent, late = period.report(phone, period.measured(0)), period.report(other, period.measured(0))
    assert await period.send(phone, sent) == ""
    await period.at(END + 22)
    assert await period.send(phone, sent) == ""
    assert await period.send(phone, period.report(phone, period.measured(1))) == "report-late"
    assert await period.send(other, late) == "report-late"
    assert await period.send(other, sent) == "not-authorised"


async def test_a_report_from_elsewhere_is_refused(period: Period) -> None:
    phone, other = period.members[:2]
    measured, chain = period.measured(0), period.tenant.world.state.chain
    before = Cursor(0, period.tenant.world.state.heads[0])
    changes: dict[str, list[dict[str, Any]]] = {
        "witness-unknown": [{"roster": Cursor(chain.position, bytes(32))}, {"roster": Cursor(99, chain.head)}],
        "not-open": [{"opening": bytes(32)}],
        "device-not-active": [{"device": bytes(32)}, {"roster": before}],
        "signature-invalid": [{"device": other.id}],
        "report-malformed": [{"leader": bytes(32)}, {"helpers": (bytes(32),)}],
    }
    for expected, all_ in changes.items():
        for changed in all_:
            assert await period.send(phone, period.report(phone, measured, **changed)) == expected, changed
    assert await period.send(phone, period.report(other, measured)) == "not-authorised"
    assert await period.helpers[0].pages() == []


async def test_parts_of_other_lengths_are_refused(period: Period) -> None:
    phone = period.members[0]
    sent = period.report(phone, period.measured(0))
    leader, sealed = unb64(sent["leader_share"]), [unb64(one) for one in sent["sealed_shares"]]
    report = Report.decode(unb64(sent["report"]))
    raw = sent | {"report": b64(unb64(sent["report"]) + b"\0")}
    assert await period.send(phone, raw) == "report-malformed"
    for other in (leader[:-1], leader + b"\0", b"\xff" * len(leader)):
        signed = period.signed(phone, replace(report, leader=share_hash(other)), other, sealed)
        assert await period.send(phone, signed) == "report-malformed"
    twice = replace(report, helpers=(*report.helpers, share_hash(sealed[0])))
    assert await period.send(phone, period.signed(phone, twice, leader, sealed * 2)) == "report-malformed"
    short = period.signed(phone, replace(report, public_share=b""), leader, sealed)
    assert await period.send(phone, short) == "report-malformed"
    assert await period.send(phone, sent) == ""


async def test_a_report_is_no_json(period: Period) -> None:
    phone = period.members[0]
    body = submission(period.report(phone, period.measured(0))).encode()
    headers = authorized(await period.tenant.token_of(phone))
    for kind in ("application/json", "text/plain", ""):
        declared = {**headers, "Content-Type": kind}
        response = await period.tenant.client.http.post("/v1/reports", content=body, headers=declared)
        assert problem_of(response) == "media-type-unsupported"
    for wrong in (b"", b"{}", body[:-1], body + b"\0", bytes(40_000)):
        assert problem_of(await period.submit(phone, wrong)) == "report-malformed"
    assert problem_of(await period.submit(phone, bytes(65_537))) == "request-too-large"
    assert problem_of(await period.submit(phone, body)) == ""


async def test_who_joined_after_the_opening_does_not_count(period: Period) -> None:
    world, tenant = period.tenant.world, period.tenant
    invite = world.invite("member")
    await landed(tenant, world.lead)
    await tenant.token_of(invite)
    late = world.join(invite)
    await landed(tenant, invite)
    assert await period.send(late, period.report(late, period.measured(0))) == "not-authorised"


async def test_a_revoked_phones_report_is_sent_by_another_of_its_account(period: Period) -> None:
    """A recovered phone sends what was made again, and never makes it again."""
    tenant, world = period.tenant, period.tenant.world
    link = world.invite("link")
    await landed(tenant, world.lead)
    await tenant.token_of(link)
    second = world.join(link)
    await landed(tenant, link)
    sent = period.report(second, period.measured(0))
    world.revoke(world.lead, second)
    await landed(tenant, world.lead)
    later = period.report(second, period.measured(0))
    assert await period.send(world.lead, later) == "device-not-active"
    assert await period.send(world.lead, sent) == ""


async def test_only_the_devices_of_the_offers_read_and_verify(period: Period) -> None:
    await period.everybody_reports()
    await period.hand_out_key()
    stranger = period.members[0]
    for what in ("reports", "decisions", "release"):
        assert problem_of(await period.get(stranger, what)) == "not-authorised"
    for what, body in (
        ("verify-key", period.key_request()),
        ("verifiers", {"opening": b64(period.opening), "verifiers": [{"account": b64(bytes(16)), "share": ""}]}),
        ("shares", {"opening": b64(period.opening), "sealed": b64(bytes(1200))}),
    ):
        assert problem_of(await period.post(stranger, what, body)) == "not-authorised"
    assert problem_of(await period.release()) == "not-open"


async def test_verifier_shares_are_final(period: Period) -> None:
    await period.everybody_reports()
    await period.hand_out_key()
    helper = period.helpers[0]
    rows = await helper.pages()
    verifiers = [helper.verifier(row) for row in rows]
    assert problem_of(await helper.send(verifiers[:3])) == ""
    assert (await helper.send(verifiers[:3])).json() == {"reports": 10, "decided": 3, "accepted": 3}
    changed = [verifiers[4], verifiers[0] | {"share": ""}]
    assert problem_of(await helper.send(changed)) == "share-exists"
    assert problem_of(await helper.send([verifiers[5]] * 2)) == "share-exists"
    assert problem_of(await helper.send([{"account": b64(bytes(16)), "share": ""}])) == "report-unknown"
    # Refused whole: of the third account nothing was kept.
    assert (await helper.send(verifiers)).json() == {"reports": 10, "decided": 10, "accepted": 10}


async def test_verifier_shares_that_come_before_the_key_wait_for_it(period: Period) -> None:
    await period.everybody_reports()
    helper = period.helpers[0]
    assert (await helper.verify())["decided"] == 0
    await period.hand_out_key()
    assert sum(one["accepted"] for one in await period.decisions()) == 10


async def test_a_report_beyond_the_bound_is_rejected(period: Period) -> None:
    """What only a changed client can send: an encoding that no measurement has."""
    liar, *honest = period.members
    circuit = period.instance.circuit
    encoded = [*circuit.encode(period.measured(0, 3))]
    encoded[0] += 40
    for phone in (period.tenant.world.lead, *honest):
        assert await period.send(phone, period.report(phone, period.measured(0))) == ""
    assert await period.send(liar, period.report(liar, None, encoded=encoded)) == ""
    decisions = await verified(period)
    assert [unb64(one["account"]) for one in decisions if not one["accepted"]] == [liar.account]
    closing = await period.close()
    answer = (await period.release()).json()
    assert (answer["reports"], answer["accepted"]) == (10, 9)
    assert unsharded(period, closing, answer, decisions) == noised(period, closing, [9, 0, 0])


async def test_a_lead_leaves_out_no_report(period: Period) -> None:
    await period.everybody_reports()
    decisions = await verified(period)
    await period.close([unb64(one["account"]) for one in decisions[1:]])
    assert problem_of(await period.release()) == "list-wrong"
    assert len(await period.helpers[0].pages()) == 10


async def test_a_lead_rejects_no_more_than_the_bound(period: Period) -> None:
    """The lead's device sends nothing for two of ten: only one may be left out."""
    await period.everybody_reports()
    await period.hand_out_key()
    helper = period.helpers[0]
    await helper.send([helper.verifier(row) for row in (await helper.pages())[:8]])
    await period.close()
    assert problem_of(await period.release()) == "too-many-rejected"


async def test_below_k_nothing_is_released(period: Period) -> None:
    for phone in period.members[:7]:
        assert await period.send(phone, period.report(phone, period.measured(0))) == ""
    await verified(period)
    await period.close()
    assert problem_of(await period.release()) == "below-k"


async def test_after_the_closing_nothing_is_taken_any_more(period: Period) -> None:
    late = period.members[0]
    for phone in (period.tenant.world.lead, *period.members[1:]):
        assert await period.send(phone, period.report(phone, period.measured(0))) == ""
    await verified(period)
    await period.close()
    assert await period.send(late, period.report(late, period.measured(0))) == "not-open"
    helper = period.helpers[0]
    assert problem_of(await helper.send([{"account": b64(late.account), "share": ""}])) == "not-open"
    assert problem_of(await period.post(helper.phone, "verify-key", period.key_request())) == "not-open"


async def test_an_opening_whose_aggregator_left_takes_nothing_and_another_takes_its_place(host: Host) -> None:
    period = await opened(host, task=SMALL_SHARED)
    phone, second = period.members[1], period.members[0]
    sent = period.report(phone, period.measured(0))
    assert await period.send(phone, sent) == ""
    world, tenant, old = period.tenant.world, period.tenant, period.opening
    world.push(world.draft(second, Aggregator(world.day, False)))
    await landed(tenant, second)
    other = period.members[2]
    assert await period.send(other, period.report(other, period.measured(0))) == "not-open"
    world.aggregate(other)
    await landed(tenant, other)
    await reopen(period, [world.lead, other])
    assert period.opening != old
    assert await period.send(phone, sent) == "not-open"
    assert await period.send(phone, period.report(phone, period.measured(0))) == ""
    assert len(host.app.state.services.mailbox.openings()) == 2
    host.app.state.services.erase_due()
    assert [id_ for _, id_ in host.app.state.services.mailbox.openings()] == [period.opening]


async def test_a_period_that_nobody_closes_is_destroyed_after_90_days(host: Host, period: Period) -> None:
    await period.everybody_reports()
    mailbox = host.app.state.services.mailbox
    for day, kept in ((END + 90, 10), (END + 91, 0)):
        await period.at(day)
        host.app.state.services.erase_due()
        assert mailbox.progress(period.opening).reports == kept
    world = period.tenant.world
    world.close_period(period.opening)
    await landed(period.tenant, world.lead)
    assert problem_of(await period.release()) == "opening-void"


async def test_reports_are_destroyed_where_a_vacuum_fails(host: Host, period: Period) -> None:
    """A `lock_timeout` of PostgreSQL, say, would have kept them for as long as it is set."""
    await period.everybody_reports()
    services = host.app.state.services
    await period.at(END + 91)
    with patch.object(services.store, "vacuum", side_effect=StorageFailed("canceled")), pytest.raises(StorageFailed):
        services.erase_due()
    assert services.mailbox.progress(period.opening).reports == 0


async def test_members_get_the_list_of_a_closed_period_and_find_their_own_report(host: Host, period: Period) -> None:
    phone, world = period.members[0], period.tenant.world
    await period.everybody_reports()
    nonces = {row["account"]: Report.decode(unb64(row["report"])).nonce for row in await period.helpers[0].pages()}
    await verified(period)
    assert problem_of(await period.get(phone, "accepted")) == "not-open"
    await period.close()
    listed = [(await period.get(phone, "accepted")).json()["receipts"]]
    assert problem_of(await period.release()) == ""
    listed.append((await period.get(phone, "accepted")).json()["receipts"])
    expected = sorted(receipt(period.opening, unb64(one), nonce) for one, nonce in nonces.items())
    assert [[unb64(one) for one in each] for each in listed] == [expected, expected]
    assert accepted_hash(period.opening, expected) == world.state.openings[period.opening].accepted
    mailbox = host.app.state.services.mailbox
    for day, kept in ((END + 90, [(world.programme, period.opening)]), (END + 91, [])):
        await period.at(day)
        host.app.state.services.erase_due()
        assert mailbox.remembered() == kept
    assert problem_of(await period.get(phone, "accepted")) == "opening-void"


async def test_the_list_is_for_accounts_that_count_and_of_what_was_closed(period: Period) -> None:
    world, tenant = period.tenant.world, period.tenant
    invite = world.invite("member")
    await landed(tenant, world.lead)
    await tenant.token_of(invite)
    late = world.join(invite)
    await landed(tenant, invite)
    await period.everybody_reports()
    decisions = await verified(period)
    await period.close([unb64(one["account"]) for one in decisions[1:]])
    assert problem_of(await period.get(late, "accepted")) == "not-authorised"
    assert problem_of(await period.get(period.members[0], "accepted")) == "list-wrong"


async def test_the_first_offers_device_ends_decisions_when_no_report_may_come_any_more(host: Host) -> None:
    """A decision between a lead's last look and the closing would make the list another one."""
    period = await opened(host, task=SMALL_SHARED)
    await period.everybody_reports()
    await period.hand_out_key()
    first, second = period.helpers
    await first.verify()
    verifiers = [second.verifier(row) for row in await second.pages()]
    assert (await second.send(verifiers[:9])).json() == {"reports": 10, "decided": 9, "accepted": 9}
    body = {"opening": b64(period.opening)}
    assert problem_of(await period.post(first.phone, "decisions", body)) == "too-early"
    await period.at(END + 22)
    assert problem_of(await period.post(second.phone, "decisions", body)) == "not-authorised"
    assert problem_of(await period.post(period.members[3], "decisions", body)) == "not-authorised"
    for _ in range(2):
        assert await period.end_decisions() == {"reports": 10, "decided": 9, "accepted": 9}
    assert (await second.send(verifiers[9:])).json() == {"reports": 10, "decided": 9, "accepted": 9}
    decisions = await period.decisions()
    closing = await period.close()
    assert problem_of(await period.post(first.phone, "decisions", body)) == "not-open"
    assert problem_of(await period.send_total(decisions)) == ""
    answer = (await period.release()).json()
    assert (answer["reports"], answer["accepted"]) == (10, 9)
    assert len(unsharded(period, closing, answer, decisions)) == 3


async def test_keys_of_offers_go_when_nobody_has_to_seal_to_them(period: Period) -> None:
    """But for a key that is somebody's own: whoever names it in an offer must not have the server lose it."""
    world, tenant, victim = period.tenant.world, period.tenant, period.members[0]
    used, own = period.helpers[0].key.hash, victim.hpke.hash
    spare, again = world.offering(period.task_id, PERIOD), world.offering(period.task_id, PERIOD, hpke_hash=own)
    for offer in (spare, again):
        world.push(world.draft(world.lead, offer))
        await landed(tenant, world.lead)
    asked = {"hashes": [b64(one) for one in (used, own, spare.hpke_hash)]}

    async def held(day: int) -> int:
        """Of the three keys, when roster time has come to a day."""
        await period.at(day)
        world.invite("member")
        await landed(tenant, world.lead)
        answer = await tenant.client.post("/v1/keys", asked, await tenant.token_of(world.lead))
        return len(answer.json()["keys"])

    assert [await held(day) for day in (END + 7, END + 8, END + 90, END + 91)] == [3, 2, 2, 1]
    answer = await tenant.client.post("/v1/keys", {"hashes": [b64(own)]}, await tenant.token_of(world.lead))
    assert answer.json()["keys"] == [b64(victim.hpke.public)]


async def test_the_key_of_an_opening_that_another_replaced_goes_with_it(period: Period) -> None:
    old = period.helpers[0].key.hash
    await reopen(period, [period.tenant.world.lead])
    body = {"hashes": [b64(old), b64(period.helpers[0].key.hash)]}
    answer = await period.post(period.members[0], "keys", body)
    assert answer.json()["keys"] == [b64(period.helpers[0].key.public)]


async def test_pages_are_by_account(period: Period, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.routes.reports.PAGE", 4)
    await period.everybody_reports()
    accounts = [unb64(row["account"]) for row in await period.helpers[0].pages()]
    assert accounts == sorted({phone.account for phone in (period.tenant.world.lead, *period.members)})


async def test_a_report_of_253_cells_for_three_shares_is_below_31_kb(host: Host) -> None:
    """The largest table of two axes that the codes allow."""
    reasons, dispositions = (axes_of("contact")[name] for name in ("reason_primary", "disposition"))
    axes = (Axis("reason_primary", reasons[:23]), Axis("disposition", dispositions))
    period = await opened(host, task=replace(SHARED, axes=axes))
    assert period.task.cells == 253
    phone = period.members[0]
    sent = period.report(phone, period.measured(252, 60))
    assert len(submission(sent).encode()) < 31_000
    assert await period.send(phone, sent) == ""
