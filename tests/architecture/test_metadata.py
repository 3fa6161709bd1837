"""What the server stores is what docs/metadata-budget.yaml says, value by value."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest
import yaml

from crypto.public.base64url import b64
from crypto.secret.epoch import inbox_key, seal_name
from crypto.secret.slip import Slip, seal_slip
from schemas.period import number_of
from store.budget import excess, read_budget
from store.dump import tables
from store.place import Address, Place
from sync.erasure import CLEAR, Erase, Withdraw
from sync.log import Header
from sync.statements import KINDS, Policy
from sync.tables import MEMBER_FOR
from tests.support.client import Client, Host, Tenant, rows_json
from tests.support.counting import END, opened
from tests.support.people import Pass, Phone
from tests.support.storage import BACKENDS, database_of, new_place
from tests.sync.counted import SHARED

ROOT = Path(__file__).resolve().parents[2]
BUDGET_FILE = ROOT / "docs" / "metadata-budget.yaml"
FILES = yaml.safe_load(BUDGET_FILE.read_text())["files"]
BUDGET = read_budget(BUDGET_FILE)
MARKER = "marker-of-a-person"
sqlite = pytest.mark.parametrize("used", ["sqlite"], indirect=True)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(params=BACKENDS)
async def used(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """The database of a server after a run with every kind of statement and row; its clients told it who they are."""
    with new_place(request.param, tmp_path) as place:
        await run(tmp_path, place)
        yield place


async def run(folder: Path, place: Place) -> None:
    async with Host(folder, database_of(place)) as host:
        telling = {"User-Agent": MARKER, "X-Forwarded-For": "192.0.2.77", "Cookie": MARKER, "From": MARKER}
        transport = httpx.ASGITransport(host.app, client=("192.0.2.77", 123))
        async with httpx.AsyncClient(transport=transport, base_url=host.settings.address, headers=telling) as http:
            host.token()
            tenant = await host.found(1)
            tenant.client = Client(http, host.settings.address)
            await live(tenant)
            wait(host, tenant, 1)
            await live_on(tenant)
            await count(host, tenant)


def wait(host: Host, tenant: Tenant, days: int) -> None:
    host.now += 86_400 * days
    tenant.world.day += days
    tenant.tokens.clear()


async def push_last(tenant: Tenant, who: Phone | Pass) -> None:
    response = await tenant.push(who, tenant.world.entries[-1])
    assert response.status_code == 200, response.text


async def live(tenant: Tenant) -> None:
    world = tenant.world
    world.invite("recovery")
    await push_last(tenant, world.lead)
    for role, uses in (("member", 3), ("lead", 1)):
        made = world.invite(role, uses=uses)
        await push_last(tenant, world.lead)
        await tenant.token_of(made)
        phone = world.join(made)
        entry = world.entries[-1]
        inbox = inbox_key(world.epoch_keys[world.log("leads")][-1])
        name = seal_name(inbox.public, world.programme, phone.account, MARKER, phone.signing)
        rows = {**rows_json(world.keys_for([entry]), world.wraps_for([entry])), "name": b64(name)}
        response = await tenant.push(made, entry, rows=rows)
        assert response.status_code == 200, response.text
        personal = world.write(phone, world.log("personal", phone), MARKER.encode() * 1000)
        told = Slip(b"\1" * 16, b"\2" * 16, "other", MARKER, "")
        slip = b64(seal_slip(inbox.public, world.programme, told))
        response = await tenant.push(phone, personal, rows={"slip": slip})
        assert response.status_code == 200, response.text


async def live_on(tenant: Tenant) -> None:
    world = tenant.world
    link = world.invite("link")
    await push_last(tenant, world.lead)
    await tenant.token_of(link)
    world.join(link)
    await push_last(tenant, link)
    for name in ("personal", "commons", "leads"):
        world.rotate(world.lead, name)
        await push_last(tenant, world.lead)
        sealed = world.write(world.lead, world.log(name, world.lead), MARKER.encode())
        assert (await tenant.push(world.lead, sealed)).status_code == 200
    await erase(tenant)
    world.policy(world.lead, Policy(1, 120, 365))
    await push_last(tenant, world.lead)
    world.announce(world.lead)
    await push_last(tenant, world.lead)
    closed = world.invite("lead")
    await push_last(tenant, world.lead)
    world.close(world.lead, closed)
    await push_last(tenant, world.lead)
    await leave(tenant)

    assert (await tenant.push(world.lead, world.land(world.witnessing(world.lead)))).status_code == 200
    await leave(tenant)


async def erase(tenant: Tenant) -> None:
    world, log = tenant.world, tenant.world.log("commons")
    leaf = world.space(log).entries[0].leaf
    for withdrawn in (True, False):
        erased = world.land(world.erasing(world.lead, log, Erase(world.day, (leaf,))))
        assert (await tenant.push(world.lead, erased)).status_code == 200
        if withdrawn:
            undone = world.land(world.erasing(world.lead, log, Withdraw(world.day, erased.leaf)))
            assert (await tenant.push(world.lead, undone)).status_code == 200


async def count(host: Host, tenant: Tenant) -> None:
    """A month of three shares, from its task to its close, which comes after all else."""
    world = tenant.world
    used = world.invite("member", uses=8)
    await push_last(tenant, world.lead)
    members = []
    for _ in range(8):
        members.append(world.join(used))
        await push_last(tenant, used)
    wait(host, tenant, MEMBER_FOR)
    world.aggregate(members[0])
    await push_last(tenant, members[0])
    task = world.task(SHARED)
    await push_last(tenant, world.lead)
    period = number_of("month", date.fromordinal(date(1970, 1, 1).toordinal() + world.day))
    offers = []
    for phone in (world.lead, members[0]):
        offers.append(world.offer(phone, task, period))
        await push_last(tenant, phone)
    opening = world.open_period(task, period, *offers)
    await push_last(tenant, world.lead)
    wait(host, tenant, 60)
    world.close_period(opening)
    await push_last(tenant, world.lead)


async def leave(tenant: Tenant) -> None:
    world = tenant.world
    link = world.invite("link")
    await push_last(tenant, world.lead)
    lost = world.join(link)
    await push_last(tenant, link)
    sealed = world.write(lost, world.log("personal", lost), MARKER.encode())
    assert (await tenant.push(lost, sealed)).status_code == 200
    world.revoke(world.lead, lost)
    await push_last(tenant, world.lead)
    gone = world.invite("lead")
    await push_last(tenant, world.lead)
    second = world.join(gone)
    await push_last(tenant, gone)
    sealed = world.write(second, world.log("commons"), MARKER.encode())
    assert (await tenant.push(second, sealed)).status_code == 200
    world.remove(world.lead, second)
    await push_last(tenant, world.lead)
    world.restored(world.lead)
    await push_last(tenant, world.lead)
    world.move(world.lead, world.server, "https://elsewhere.example")
    await push_last(tenant, world.lead)


async def test_nothing_is_stored_beyond_the_budget(used: Place) -> None:
    assert excess(used, BUDGET) == []


async def test_the_run_fills_every_table_and_column_of_the_budget(used: Place) -> None:
    stored = tables(used)
    for table, budget in BUDGET.items():
        assert stored[table].rows, table
        assert stored[table].columns == tuple(budget)
        for column in budget.values():
            assert column["why"]
    headers = stored["entries"].columns.index("header")
    kinds = {Header.decode(row[headers]).kind for row in stored["entries"].rows}
    # No server of rules version 1 takes a `rules` statement.
    assert kinds == {*KINDS, *CLEAR, "sealed", "witness"} - {"rules"}


@sqlite
async def test_no_file_beside_the_database_holds_anything_else(used: Path, tmp_path: Path) -> None:
    assert {file.name for file in files(tmp_path)} <= FILES.keys()
    assert used.with_name("hallway.sqlite.lock").read_bytes() == b""


@pytest.mark.parametrize("used", ["postgresql"], indirect=True)
async def test_beside_postgresql_there_are_the_keys_and_the_mailbox(used: Place, tmp_path: Path) -> None:
    assert isinstance(used, Address)
    assert {file.name for file in files(tmp_path)} <= {name for name in FILES if not name.startswith("hallway.sqlite")}


async def test_the_mailbox_holds_what_the_budget_says_and_uses_all_of_it(tmp_path: Path) -> None:
    budget, filled = read_budget(BUDGET_FILE, "mailbox"), set[tuple[str, str]]()
    async with Host(tmp_path) as host:
        path = host.settings.mailbox_path

        def check() -> None:
            assert excess(path, budget) == []
            for name, table in tables(path).items():
                assert table.columns == tuple(budget[name])
                for row in table.rows:
                    filled.update((name, column) for column, value in zip(table.columns, row, strict=True) if value)

        period = await opened(host, task=SHARED)
        await period.everybody_reports()
        await period.hand_out_key()
        for helper in period.helpers:
            await helper.verify()
        check()
        decisions = await period.decisions()
        await period.at(END + 22)
        await period.end_decisions()
        await period.close()
        await period.send_total(decisions)
        assert (await period.release()).status_code == 200
        check()
    assert filled == {(name, column) for name, columns in budget.items() for column in columns}
    assert {file.name for file in path.parent.iterdir()} <= FILES.keys()


@sqlite
async def test_who_a_client_said_it_is_is_nowhere(used: Path, tmp_path: Path) -> None:
    assert used in files(tmp_path)
    for file in files(tmp_path):
        content = file.read_bytes()
        for mark in (MARKER.encode(), b"192.0.2.77"):
            assert mark not in content, file.name


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("CREATE TABLE visits (at INTEGER)", "table visits"),
        ("ALTER TABLE entries ADD COLUMN received_at INTEGER", "column entries.received_at"),
        ("UPDATE entries SET position = position + 1700000000", "value of entries.position"),
        ("UPDATE names SET sealed = 'Ana'", "value of names.sealed"),
        ("UPDATE logs SET kind = 'ward 7' WHERE kind = 'commons'", "value of logs.kind"),
        ("UPDATE entries SET body = zeroblob(5000) WHERE position = 1", "value of entries.body"),
        ("UPDATE erasures SET due = 1700000000", "value of erasures.due"),
        ("UPDATE logs SET account = randomblob(4) WHERE account IS NOT NULL", "value of logs.account"),
    ],
)
@sqlite
async def test_the_check_sees_what_does_not_belong(used: Path, change: str, expected: str) -> None:
    connection = sqlite3.connect(used)
    with connection:
        connection.execute(change)
    connection.close()
    assert expected in excess(used, BUDGET)
