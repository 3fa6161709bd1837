"""A number that did not work reaches the leads: from whom, and whether at all, is not to be learnt on the way."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from crypto.public.base64url import b64
from crypto.secret.slip import Slip, seal_slip
from device import public_keys
from device.directory import Directory, find
from device.failures import OWN, TOLD, mark_checked, note_failure, stands
from device.phone import Phone
from tests.device.conftest import House
from tests.support.hall import Hall

LINE = {
    "name": "Night line",
    "categories": ["crisis_line"],
    "is_crisis": True,
    "phones": [{"number": "+1 555 0100", "type": "voice"}],
    "assured_date": "2024-09-01",
}


@pytest.fixture
async def line(house: House) -> bytes:
    """The id of a resource that all phones of the house have."""
    made = house.lead.records.log("resource", LINE)
    for phone in (house.lead, house.ada, house.second):
        await phone.sync()
    return made


def told(phone: Phone) -> list[dict[str, Any]]:
    return [dict(record.fields) for record in phone.records.list(TOLD)]


async def test_the_lead_hears_of_it_the_next_day_and_not_from_whom(house: House, line: bytes) -> None:
    note_failure(house.ada.records, line, "wrong_number", "+1 555 0100")
    await house.ada.sync()
    await house.lead.sync()
    assert told(house.lead) == []
    house.hall.pass_days(1)
    report = await house.lead.sync()
    day = house.lead.records.today().isoformat()
    (heard,) = told(house.lead)
    assert heard["occurred_on"] >= day
    assert {name: heard[name] for name in ("resource", "failure", "number")} == {
        "resource": line,
        "failure": "wrong_number",
        "number": "+1 555 0100",
    }
    assert set(heard) == {"resource", "failure", "number", "checked", "occurred_on"}
    assert any("hallway lead directory due" in note for note in report.notes)
    assert house.lead.records.unsent() == 0
    (due,) = Directory(house.lead.records).due()
    assert [note.type for note in due.failed] == [TOLD]
    # Nobody else sees it, until the lead says it to all.
    await house.second.sync()
    assert [note.type for note in find(house.second.records, "night")[0].failed] == [OWN]


async def test_what_is_told_again_each_day_is_heard_once(house: House, line: bytes) -> None:
    note_failure(house.ada.records, line, "no_answer")
    for _ in range(3):
        house.hall.pass_days(1)
        await house.ada.sync()
        await house.lead.sync()
        assert len(told(house.lead)) == 1
    mark_checked(house.lead.records, line)
    for _ in range(2):
        house.hall.pass_days(1)
        await house.lead.sync()
        await house.ada.sync()
        assert told(house.lead) == []


async def test_who_keeps_it_to_themselves_tells_nobody(house: House, line: bytes) -> None:
    note_failure(house.ada.records, line, "no_answer", telling=False)
    await house.ada.sync()
    house.hall.pass_days(1)
    await house.lead.sync()
    assert told(house.lead) == []


class Sent:
    """What the server was sent: of each push with a slip its members and the sizes of its entries; where it wrote."""

    def __init__(self, hall: Hall) -> None:
        self.asked: list[dict[str, Any]] = []
        self.wire = hall.wire
        hall.wire.rewrite = self._keep
        hall.wire.requests.clear()

    def _keep(self, request: httpx.Request) -> httpx.Request:
        if request.url.path == "/v1/sync":
            self.asked.append(orjson.loads(request.content))
        return request

    def written(self) -> set[str]:
        return {log["log"] for asked in self.asked for log in asked["logs"] if log.get("entries")}

    def shape(self) -> tuple[list[str], list[Any]]:
        pushes = [asked for asked in self.asked if "slip" in asked]
        sizes = [[len(entry["body"]) for log in asked["logs"] for entry in log.get("entries", ())] for asked in pushes]
        cold = [path for path in self.wire.requests if path in ("/v1/slips", "/v1/keys")]
        return cold, [(sorted(asked), len(asked["slip"]), size) for asked, size in zip(pushes, sizes, strict=True)]


async def test_what_is_sent_does_not_tell_that_there_was_something_to_tell(house: House, line: bytes) -> None:
    shapes = []
    for note in (False, True):
        house.hall.pass_days(1)
        if note:
            note_failure(house.ada.records, line, "no_answer")
        sent = Sent(house.hall)
        await house.ada.sync()
        shapes.append(sent.shape())
    assert shapes[0] == shapes[1]
    assert shapes[0][1][0][1] == 1686


async def test_the_lead_s_phone_sends_the_same_whether_it_heard_something_or_not(house: House, line: bytes) -> None:
    shapes = []
    for note in (False, True):
        if note:
            note_failure(house.ada.records, line, "no_answer")
        await house.ada.sync()
        house.hall.pass_days(1)
        sent = Sent(house.hall)
        await house.lead.sync()
        assert b64(house.lead.engine.roster.space_log("leads")) not in sent.written()
        shapes.append(sent.shape())
    assert len(told(house.lead)) == 1
    assert shapes[0] == shapes[1]
    assert set(shapes[0][0]) == {"/v1/slips"}


async def test_a_letter_in_a_slip_reaches_no_lead(house: House, line: bytes) -> None:
    hostile = [
        Slip(b"\1" * 16, line, "other", "I know it was you", "2024-09-01"),
        Slip(b"\2" * 16, b"\2" * 16, "other", "", "2024-09-01"),
        Slip(b"\3" * 16, line, "i_know_it_was_you", "", "2024-09-01"),
    ]
    for slip in hostile:
        await send(house.hall, house.ada, slip)
        house.hall.pass_days(1)
        await house.lead.sync()
    heard = told(house.lead)
    assert [(one["resource"], one["failure"], one.get("number")) for one in heard] == [(line, "other", None)] * 2


async def test_a_day_far_ahead_in_a_slip_does_not_outlive_the_next_check(house: House, line: bytes) -> None:
    await send(house.hall, house.ada, Slip(b"\1" * 16, line, "no_answer", "", "9999-12-31"))
    house.hall.pass_days(1)
    await house.lead.sync()
    (heard,) = house.lead.records.list(TOLD)
    resource = house.lead.records.get(line)
    later = (house.lead.records.today() + timedelta(days=2)).isoformat()
    assert stands(heard, resource)
    assert not stands(heard, replace(resource, fields={**resource.fields, "assured_date": later}))


async def test_slips_that_no_key_opens_and_a_server_that_has_none_stop_nothing(house: House, line: bytes) -> None:
    note_failure(house.ada.records, line, "no_answer")

    def spoil(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.url.path != "/v1/slips":
            return response
        return httpx.Response(200, json={"slips": [b64(bytes(1264))]}, request=request)

    house.hall.wire.tamper = spoil
    house.hall.pass_days(1)
    await house.lead.sync()
    house.hall.wire.tamper = lambda request, response: (
        httpx.Response(404, request=request) if request.url.path == "/v1/slips" else response
    )
    house.hall.pass_days(1)
    record = house.lead.records.log("resource", {**LINE, "name": "Day line"})
    await house.lead.sync()
    assert told(house.lead) == []
    house.hall.wire.be_honest()
    await house.ada.sync()
    assert house.ada.records.get(record).fields["name"] == "Day line"


async def send(hall: Hall, phone: Phone, slip: Slip) -> None:
    """Sync, with this slip in the place of the phone's own."""
    roster = phone.engine.roster
    inbox = roster.spaces[roster.space_log("leads")].current.inbox_hash
    public = public_keys.load(phone.vault.read(), inbox)
    assert public is not None

    def rewrite(request: httpx.Request) -> httpx.Request:
        if request.url.path != "/v1/sync":
            return request
        asked = orjson.loads(request.content)
        if "slip" not in asked:
            return request
        asked["slip"] = b64(seal_slip(public, roster.programme, slip))
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        return httpx.Request(request.method, request.url, headers=headers, content=orjson.dumps(asked))

    hall.wire.rewrite = rewrite
    await phone.sync()
    hall.wire.be_honest()
