"""Verification: by the devices of the offers, once and for all."""

from crypto.public.base64url import b64, unb64
from crypto.public.encoding import encode
from tests.support.client import Host, problem_of
from tests.support.counting import END, Period, opened
from tests.support.released import SMALL_SHARED, noised, unsharded, verified


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
