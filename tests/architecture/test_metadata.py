"""What the server stores is what docs/metadata-budget.yaml says, value by value."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from crypto.public.base64url import b64
from crypto.public.encoding import decode
from crypto.public.hpkekey import check_hpke_key
from crypto.secret.epoch import inbox_key, seal_name
from sync.errors import Refused
from sync.log import Header
from sync.space import RUNGS
from sync.statements import KINDS, Policy, decode_statement
from tests.support.actors import Pass, Phone
from tests.support.client import Client, Host, Tenant, rows_json
from tests.support.storage import dump

ROOT = Path(__file__).resolve().parents[2]
BUDGET = yaml.safe_load((ROOT / "docs/metadata-budget.yaml").read_text())
MARKER = "marker-of-a-person"
WORDS = {"member", "lead", "link", "recovery", "personal", "commons", "leads"}

Row = dict[str, Any]


def octets(*sizes: int) -> Callable[[object, Row], bool]:
    return lambda value, _: isinstance(value, bytes) and len(value) in sizes


def is_header(value: object, _: Row) -> bool:
    """Ten fields that repeat what other columns say, or are hashes; the numbers in it are positions."""
    assert isinstance(value, bytes)
    header = Header.decode(value)
    numbers = (header.suite, header.sequence, header.epoch, header.seen.position, header.roster.position)
    return header.encode() == value and header.kind in {*KINDS, "sealed"} and all(number < 1000 for number in numbers)


def is_body(value: object, row: Row) -> bool:
    assert isinstance(value, bytes)
    kind = Header.decode(row["header"]).kind
    if kind == "sealed":
        return len(value) in RUNGS
    try:
        statement = decode_statement(kind, value)
    except Refused:
        return False
    # Of text a statement has the words of its kind, and `found` the server's own address.
    texts = {text for text in flat(decode(value)) if isinstance(text, str)}
    return texts <= (WORDS | {getattr(statement, "address", "member")})


def flat(value: Any) -> list[Any]:
    return [one for item in value for one in flat(item)] if isinstance(value, list) else [value]


def is_key(value: object, _: Row) -> bool:
    assert isinstance(value, bytes)
    check_hpke_key(value)
    return True


def is_count(value: object, _: Row) -> bool:
    # The run below writes fewer than a thousand of anything: a larger number would be a time.
    return type(value) is int and 1 <= value < 1000


def check_of(column: Row) -> Callable[[object, Row], bool]:
    """What a column of the budget admits."""
    checks: dict[str, Callable[[object, Row], bool]] = {
        "id16": octets(16),
        "id32": octets(32),
        "signature": octets(64),
        "sealed": octets(column.get("bytes", 0)),
        "word": lambda value, _: value in column.get("of", []),
        "count": is_count,
        "header": is_header,
        "body": is_body,
        "key": is_key,
    }
    return checks[column["is"]]


def excess(path: Path) -> list[str]:
    """Everything in a database that the budget does not admit."""
    found = []
    names = columns_of(path)
    for table, rows in dump(path).items():
        budget = BUDGET["tables"].get(table)
        if budget is None:
            found.append(f"table {table}")
            continue
        found += [f"column {table}.{name}" for name in names[table] if name not in budget]
        for values in rows:
            row = dict(zip(names[table], values, strict=True))
            for name, column in budget.items():
                value = row[name]
                if not (column.get("optional") and value is None) and not check_of(column)(value, row):
                    found.append(f"value of {table}.{name}")
    return found


def columns_of(path: Path) -> dict[str, list[str]]:
    connection = sqlite3.connect(path)
    try:
        return {
            table: [column[1] for column in connection.execute(f'PRAGMA table_info("{table}")')] for table in dump(path)
        }
    finally:
        connection.close()


@pytest.fixture
async def used(tmp_path: Path) -> Path:
    """The database of a server after a run with every kind of statement and row; its clients told it who they are."""
    async with Host(tmp_path) as host:
        telling = {"User-Agent": MARKER, "X-Forwarded-For": "192.0.2.77", "Cookie": MARKER, "From": MARKER}
        transport = httpx.ASGITransport(host.app, client=("192.0.2.77", 123))
        async with httpx.AsyncClient(transport=transport, base_url=host.settings.address, headers=telling) as http:
            host.token()
            tenant = await host.found(1)
            tenant.client = Client(http, host.settings.address)
            await live(tenant)
            host.now += 86_400
            tenant.world.day += 1
            tenant.tokens.clear()
            await live_on(tenant)
    return host.settings.database_path


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
        name = seal_name(inbox.public, world.programme, phone.account, MARKER)
        rows = {**rows_json(world.keys_for([entry]), world.wraps_for([entry])), "name": b64(name)}
        response = await tenant.push(made, entry, rows=rows)
        assert response.status_code == 200, response.text
        personal = world.write(phone, world.log("personal", phone), MARKER.encode() * 1000)
        assert (await tenant.push(phone, personal)).status_code == 200


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
    world.policy(world.lead, Policy(1, 120, 365))
    await push_last(tenant, world.lead)
    world.announce(world.lead)
    await push_last(tenant, world.lead)
    closed = world.invite("lead")
    await push_last(tenant, world.lead)
    world.close(world.lead, closed)
    await push_last(tenant, world.lead)


async def test_nothing_is_stored_beyond_the_budget(used: Path) -> None:
    assert excess(used) == []


async def test_the_run_fills_every_table_and_column_of_the_budget(used: Path) -> None:
    stored, names = dump(used), columns_of(used)
    for table, budget in BUDGET["tables"].items():
        assert stored[table], table
        assert names[table] == list(budget)
        for column in budget.values():
            assert column["why"]
    kinds = {Header.decode(row[names["entries"].index("header")]).kind for row in stored["entries"]}
    assert kinds == {*KINDS, "sealed"}


async def test_no_file_beside_the_database_holds_anything_else(used: Path) -> None:
    assert {file.name for file in used.parent.iterdir()} <= BUDGET["files"].keys()
    assert (used.parent / "hallway.sqlite.lock").read_bytes() == b""


async def test_who_a_client_said_it_is_is_nowhere(used: Path) -> None:
    for file in used.parent.iterdir():
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
        ("UPDATE logs SET account = randomblob(4) WHERE account IS NOT NULL", "value of logs.account"),
    ],
)
async def test_the_check_sees_what_does_not_belong(used: Path, change: str, expected: str) -> None:
    connection = sqlite3.connect(used)
    with connection:
        connection.execute(change)
    connection.close()
    assert expected in excess(used)
