"""Reports: each device's one, in its time, kept as it came."""

from dataclasses import replace
from typing import Any

import pytest

from crypto.public.base64url import b64, unb64
from schemas.tables.sources import axes_of
from schemas.task import Axis
from sync.log import Cursor
from sync.report import Report, share_hash
from sync.statistics import Aggregator
from tests.support.client import Host, authorized, problem_of
from tests.support.counting import END, Period, landed, opened, reopen, submission
from tests.support.released import SMALL_SHARED
from tests.sync.counted import SHARED


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
