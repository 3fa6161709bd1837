"""Closing and releasing: from k reports on, of all of them, once; the list for members; and when everything goes."""

from unittest.mock import patch

import pytest

from crypto.public.base64url import b64, unb64
from schemas.task import Task
from store.errors import StorageFailed
from sync.report import Report, accepted_hash, receipt
from tests.support.client import Host, problem_of
from tests.support.counting import END, Period, landed, opened
from tests.support.released import SMALL, SMALL_SHARED, noised, unsharded, verified


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
