"""A period of statistics on a real server: phones that report, aggregator devices that verify, a lead who closes it.

Everybody here is honest; what others would send is made from the same parts, changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from crypto.public.base64url import b64, unb64
from crypto.public.encoding import encode
from crypto.secret.hpke import HpkeKey, seal
from schemas.period import days_of
from schemas.task import Task
from stats.instance import instance_of
from stats.prio3.prio3 import Prio3
from stats.prio3.share import Share, VerifyState
from sync.report import Report, Submission, accepted_hash, commitment, measurement_context, receipt, share_hash
from sync.statistics import Open
from tests.support.actors import World
from tests.support.client import ADDRESS, NOON, Host, Json, Tenant, authorized, problem_of
from tests.support.people import Phone
from tests.support.programme import FIRST_DAY
from tests.sync.counted import CONTACTS, MONTH

PERIOD = MONTH + 1
"""It begins 28 days after the programme, when its first members may be aggregators."""
START, *_, END = days_of("month", PERIOD)


@dataclass
class Helper:
    """An aggregator device: Prio3's aggregator `number`, with the key of its offer."""

    period: "Period"
    number: int
    phone: Phone
    key: HpkeKey
    states: dict[bytes, VerifyState] = field(default_factory=dict)

    def open(self, row: Json) -> bytes:
        """Its share of a report that the server gave it."""
        period, report = self.period, Report.decode(unb64(row["report"]))
        data = encode([period.tenant.world.programme, period.opening, unb64(row["account"]), report.nonce, self.number])
        return self.key.open("report-share", data, unb64(row["sealed_share"]))

    def verifier(self, row: Json) -> Json:
        """Its verifier share; it keeps what it needs to go on."""
        period, report, account = self.period, Report.decode(unb64(row["report"])), unb64(row["account"])
        state, share = period.instance.verify_init(
            period.verify_key, period.context, self.number, report.nonce, report.public_share, self.open(row)
        )
        self.states[account] = state
        return {"account": row["account"], "share": b64(share)}

    async def pages(self) -> list[Json]:
        rows: list[Json] = []
        more, after = True, ""
        while more:
            response = await self.period.get(self.phone, "reports", after)
            assert response.status_code == 200, response.text
            page = response.json()
            rows += page["reports"]
            more, after = page["more"], rows[-1]["account"] if rows else ""
        return rows

    async def send(self, verifiers: Sequence[Json]) -> httpx.Response:
        body = {"opening": b64(self.period.opening), "verifiers": list(verifiers)}
        return await self.period.post(self.phone, "verifiers", body)

    async def verify(self) -> Json:
        """Of all reports; how far the server has come then."""
        verifiers = [self.verifier(row) for row in await self.pages()]
        response = await self.send(verifiers)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def total(self, decisions: Sequence[Json]) -> Share:
        """The sum of what the server accepted and this device has verified to the end."""
        instance = self.period.instance
        return instance.aggregate(
            instance.verify_next(self.states[unb64(one["account"])], unb64(one["message"]))
            for one in decisions
            if one["accepted"]
        )


@dataclass
class Period:
    """An open period. `members`: who counts, beside the lead; `nonces`: by opening and account, when it was closed."""

    host: Host
    tenant: Tenant
    members: Sequence[Phone]
    task: Task
    task_id: bytes
    opening: bytes
    verify_key: bytes
    helpers: list[Helper] = field(default_factory=list)
    nonces: dict[tuple[bytes, bytes], bytes] = field(default_factory=dict)

    @property
    def instance(self) -> Prio3[Any, list[int]]:
        return instance_of(self.task)

    @property
    def context(self) -> bytes:
        return measurement_context(self.tenant.world.programme, self.opening)

    async def at(self, day: int) -> None:
        """Let it be this day, for the server and for everybody who signs."""
        self.host.now = day * 86_400.0 + NOON
        self.tenant.world.day = day
        self.tenant.tokens.clear()

    async def get(self, who: Phone, what: str, after: str = "") -> httpx.Response:
        query = f"opening={b64(self.opening)}" + (f"&after={after}" if after else "")
        return await self.tenant.client.get(f"/v1/{what}?{query}", await self.tenant.token_of(who))

    async def post(self, who: Phone, what: str, body: Json) -> httpx.Response:
        return await self.tenant.client.post(f"/v1/{what}", body, await self.tenant.token_of(who))

    def measured(self, cell: int, times: int = 1) -> Any:
        """What a phone counts: so many in one cell."""
        return cell if self.task.once else [times if at == cell else 0 for at in range(self.task.cells)]

    def report(self, phone: Phone, measurement: Any, *, encoded: Sequence[int] = (), **changed: Any) -> Json:
        """A request with the phone's report. `encoded`: a measurement that no circuit admits; `changed`: fields."""
        world, instance = self.tenant.world, self.instance
        nonce = changed.pop("nonce", None) or world.randomness(16)
        random = world.randomness(instance.randomness_size)
        sharded = (
            instance.shard_encoded(self.context, encoded, nonce, random)
            if encoded
            else instance.shard(self.context, measurement, nonce, random)
        )
        leader, *others = sharded.input_shares
        sealed = [
            seal(
                helper.key.public,
                "report-share",
                encode([world.programme, self.opening, phone.account, nonce, number]),
                share,
            )
            for number, (helper, share) in enumerate(zip(self.helpers, others, strict=True), 1)
        ]
        made = Report(
            self.opening,
            phone.id,
            world.state.chain.cursor,
            nonce,
            sharded.public_share,
            share_hash(leader),
            tuple(share_hash(one) for one in sealed),
        )
        return self.signed(phone, replace(made, **changed), leader, sealed)

    def signed(self, phone: Phone, report: Report, leader: bytes, sealed: Sequence[bytes]) -> Json:
        return {
            "report": b64(report.encode()),
            "signature": b64(report.sign(self.tenant.world.programme, phone.signing)),
            "leader_share": b64(leader),
            "sealed_shares": [b64(one) for one in sealed],
        }

    async def send(self, phone: Phone, sent: Json) -> str:
        """The name of the problem; empty when it is stored."""
        return problem_of(await self.submit(phone, submission(sent).encode()))

    async def submit(self, phone: Phone, body: bytes) -> httpx.Response:
        headers = {**authorized(await self.tenant.token_of(phone)), "Content-Type": "application/octet-stream"}
        return await self.tenant.client.http.post("/v1/reports", content=body, headers=headers)

    async def everybody_reports(self) -> list[int]:
        """One contact each, in cells that differ; the true totals."""
        totals = [0] * self.task.cells
        for number, phone in enumerate([self.tenant.world.lead, *self.members]):
            cell = number % self.task.cells
            assert await self.send(phone, self.report(phone, self.measured(cell))) == ""
            totals[cell] += 1
        return totals

    def key_request(self) -> Json:
        sealed = None
        if len(self.helpers) == 2:
            data = encode([self.tenant.world.programme, self.opening])
            sealed = b64(seal(self.helpers[1].key.public, "second-key", data, self.verify_key))
        return {"opening": b64(self.opening), "key": b64(self.verify_key), "sealed": sealed}

    async def hand_out_key(self) -> None:
        response = await self.post(self.helpers[0].phone, "verify-key", self.key_request())
        assert response.status_code == 200, response.text

    async def decisions(self) -> list[Json]:
        response = await self.get(self.helpers[0].phone, "decisions")
        assert response.status_code == 200, response.text
        return list(response.json()["decisions"])

    async def end_decisions(self) -> Json:
        response = await self.post(self.helpers[0].phone, "decisions", {"opening": b64(self.opening)})
        assert response.status_code == 200, response.text
        return dict(response.json())

    async def close(self, accounts: Sequence[bytes] | None = None) -> bytes:
        """A lead's `close_period`, on the first day that it may be; its leaf. `accounts`: else those accepted."""
        if accounts is None:
            accounts = [unb64(one["account"]) for one in await self.decisions() if one["accepted"]]
        for row in await self.helpers[0].pages():
            self.nonces[self.opening, unb64(row["account"])] = Report.decode(unb64(row["report"])).nonce
        receipts = [receipt(self.opening, one, self.nonces[self.opening, one]) for one in accounts]
        await self.at(END + 22)
        world = self.tenant.world
        world.close_period(self.opening, accepted_hash(self.opening, receipts))
        response = await self.tenant.push(world.lead, world.entries[-1])
        assert response.status_code == 200, response.text
        return world.entries[-1].leaf

    async def release(self) -> httpx.Response:
        return await self.get(self.helpers[0].phone, "release")

    async def send_total(self, decisions: Sequence[Json]) -> httpx.Response:
        """The second aggregator's, sealed to the first offer."""
        data = encode([self.tenant.world.programme, self.opening])
        share = self.helpers[1].total(decisions).encode()
        body = {"opening": b64(self.opening), "sealed": b64(seal(self.helpers[0].key.public, "total", data, share))}
        return await self.post(self.helpers[1].phone, "shares", body)


def submission(sent: Json) -> Submission:
    """The parts of a report, as tests change them, as a phone sends them."""
    sealed = tuple(unb64(one) for one in sent["sealed_shares"])
    return Submission(unb64(sent["report"]), unb64(sent["signature"]), unb64(sent["leader_share"]), sealed)


async def opened(host: Host, *, task: Task = CONTACTS, members: int = 9) -> Period:
    """A programme of a lead and so many members, with a period that is over since yesterday."""
    world = World.found(3, server=host.key, address=ADDRESS)
    tenant = Tenant(host.client, world)
    assert (await tenant.found(host.token())).status_code == 200
    world.invite("recovery")
    await landed(tenant, world.lead)
    used = world.invite("member", uses=members)
    await landed(tenant, world.lead)
    phones = []
    for _ in range(members):
        await tenant.token_of(used)
        phones.append(world.join(used))
        await landed(tenant, used)
    period = Period(host, tenant, phones, task, b"", b"", b"")
    await period.at(FIRST_DAY + 28)
    period.task_id = world.task(task)
    await landed(tenant, world.lead)
    devices = [world.lead, *phones[: task.shares - 2]]
    if task.shares == 3:
        world.aggregate(phones[0])
        await landed(tenant, phones[0])
    await reopen(period, devices)
    await period.at(END + 1)
    return period


async def reopen(period: Period, devices: Sequence[Phone]) -> None:
    """Open the period with offers of these devices."""
    tenant, world, offers = period.tenant, period.tenant.world, []
    period.helpers = []
    for number, phone in enumerate(devices, 1):
        key = HpkeKey.generate(world.randomness)
        world.remember(key)
        entry = world.push(world.draft(phone, world.offering(period.task_id, PERIOD, hpke_hash=key.hash)))
        offers.append(entry.leaf)
        await landed(tenant, phone)
        period.helpers.append(Helper(period, number, phone, key))
    period.verify_key = world.randomness(32)
    committed = commitment(period.task_id, PERIOD, period.verify_key)
    statement = Open(world.day, period.task_id, PERIOD, tuple(offers), committed)
    period.opening = world.push(world.draft(world.lead, statement)).leaf
    await landed(tenant, world.lead)


async def landed(tenant: Tenant, who: Any) -> None:
    """Push the newest statement."""
    response = await tenant.push(who, tenant.world.entries[-1])
    assert response.status_code == 200, response.text
