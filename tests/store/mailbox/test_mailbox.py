"""What the mailbox's file keeps, destroys and survives; through the application, with real reports."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from crypto.public.base64url import unb64
from store.backup import copy
from store.dump import tables
from store.errors import StorageFailed
from store.mailbox.mailbox import Mailbox
from tests.support.client import Host, problem_of
from tests.support.counting import END, Period, opened
from tests.support.released import SMALL, SMALL_SHARED, noised, unsharded, verified


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    async with Host(tmp_path) as made:
        yield made


@pytest.fixture
async def period(host: Host) -> Period:
    return await opened(host, task=SMALL)


async def restart(period: Period) -> None:
    """The server's process ends and another begins; what is durable is all that it knows."""
    await period.host.restart()
    period.tenant.client = period.host.client
    period.tenant.tokens.clear()


def found_in(folder: Path, *needles: bytes) -> set[str]:
    """Names of the files that hold any of these bytes."""
    return {path.name for path in folder.iterdir() if any(needle in path.read_bytes() for needle in needles)}


async def test_a_release_leaves_no_byte_of_a_report_in_any_file(period: Period) -> None:
    folder = period.host.settings.data
    phone = period.members[0]
    sent = period.report(phone, period.measured(1))
    assert await period.send(phone, sent) == ""
    for other in (period.tenant.world.lead, *period.members[1:]):
        assert await period.send(other, period.report(other, period.measured(0))) == ""
    await verified(period)
    leader = unb64(sent["leader_share"])
    needles = (leader[100:132], leader[-64:-32], unb64(sent["sealed_shares"][0])[-64:], period.verify_key)
    assert found_in(folder, needles[0]) <= {"hallway.mailbox", "hallway.mailbox-wal"}
    assert found_in(folder, *needles)
    await period.close()
    assert problem_of(await period.release()) == ""
    assert found_in(folder, *needles) == set()


async def test_a_backup_holds_no_report(period: Period, tmp_path: Path) -> None:
    phone = period.members[0]
    sent = period.report(phone, period.measured(1))
    assert await period.send(phone, sent) == ""
    await period.hand_out_key()
    target = tmp_path / "backups" / "copy.sqlite"
    target.parent.mkdir()
    copy(period.host.settings.database_path, target)
    leader = unb64(sent["leader_share"])
    keys = [path.read_bytes() for path in (period.host.settings.key_path, period.host.settings.noise_key_path)]
    assert found_in(target.parent, leader[100:132], unb64(sent["report"])[8:40], period.verify_key, *keys) == set()
    assert set(tables(target)) == set(tables(period.host.settings.database_path))
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        copy(period.host.settings.database_path, target)
    with pytest.raises(StorageFailed):
        copy(tmp_path / "nothing.sqlite", tmp_path / "other.sqlite")
    assert not (tmp_path / "other.sqlite").exists()


async def test_two_devices_of_an_account_race_and_one_report_stands(period: Period) -> None:
    phone = period.members[0]
    sent = [period.report(phone, period.measured(cell)) for cell in (0, 1, 2)]
    outcomes = await asyncio.gather(*(period.send(phone, one) for one in sent * 2))
    assert sorted(set(outcomes)) == ["", "report-exists"]
    assert len({one["report"] for one, outcome in zip(sent * 2, outcomes, strict=True) if outcome == ""}) == 1
    assert len(await period.helpers[0].pages()) == 1


async def test_two_readers_of_a_release_race_and_get_the_same(period: Period) -> None:
    await period.everybody_reports()
    await verified(period)
    await period.close()
    answers = await asyncio.gather(*(period.release() for _ in range(4)))
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].status_code == 200


@pytest.mark.parametrize("task", [SMALL, SMALL_SHARED], ids=["two shares", "three shares"])
async def test_a_server_that_dies_after_every_commit_counts_the_same(host: Host, task: Any) -> None:
    """The process ends after each request, so between any two commits of the mailbox that requests make."""
    period = await opened(host, task=task)
    true = await period.everybody_reports()
    await restart(period)
    await period.hand_out_key()
    await restart(period)
    for helper in period.helpers:
        rows = await helper.pages()
        for start in range(0, len(rows), 4):
            verifiers = [helper.verifier(row) for row in rows[start : start + 4]]
            # The verifier shares become durable, and the decision that follows does not.
            with patch.object(Mailbox, "_keep", side_effect=StorageFailed("killed")):
                await helper.send(verifiers)
            await restart(period)
    decisions = await period.decisions()
    assert [one["accepted"] for one in decisions] == [True] * 10
    closing = await period.close()
    await restart(period)
    if task.shares == 3:
        assert problem_of(await period.send_total(decisions)) == ""
    with patch("store.mailbox.release.destroy", side_effect=sqlite3.OperationalError("killed")):
        assert problem_of(await period.release()) == "storage-failed"
    await restart(period)
    answer = (await period.release()).json()
    assert unsharded(period, closing, answer, decisions) == noised(period, closing, true)


async def test_what_a_crash_left_in_the_log_goes_at_the_next_start(period: Period) -> None:
    await period.everybody_reports()
    await verified(period)
    await period.close()
    with patch("store.mailbox.box.Sqlite.scrubbed", return_value=False):
        assert problem_of(await period.release()) == ""
        log = period.host.settings.mailbox_path.with_name("hallway.mailbox-wal")
        assert log.stat().st_size > 0
    host = period.host
    other = Mailbox(host.settings.mailbox_path, bytes(32))
    assert log.stat().st_size == 0
    other.close()


async def test_without_the_mailbox_a_closed_period_is_void(period: Period) -> None:
    await period.everybody_reports()
    await verified(period)
    await period.close()
    await period.host.stop()
    for path in period.host.settings.data.glob("hallway.mailbox*"):
        path.unlink()
    period.host.start()
    period.tenant.client = period.host.client
    period.tenant.tokens.clear()
    assert problem_of(await period.release()) == "opening-void"


async def test_an_older_mailbox_gives_no_release_of_fewer_reports(period: Period) -> None:
    """Attack: put back the file of when less had been verified, to learn the difference of two releases."""
    await period.everybody_reports()
    await period.hand_out_key()
    helper = period.helpers[0]
    verifiers = [helper.verifier(row) for row in await helper.pages()]
    await helper.send(verifiers[:9])
    older = mailbox_copy(period)
    await helper.send(verifiers[9:])
    await period.close()
    assert problem_of(await period.release()) == ""
    await put_back(period, older)
    assert problem_of(await period.release()) == "list-wrong"


async def test_a_mailbox_put_back_releases_the_same_bytes(period: Period) -> None:
    await period.everybody_reports()
    await verified(period)
    await period.close()
    older = mailbox_copy(period)
    first = (await period.release()).json()
    await put_back(period, older)
    assert (await period.release()).json() == first


async def test_under_another_noise_key_nothing_is_released(period: Period) -> None:
    """Else two releases of one list would have two noises, whose mean is nearer to the truth."""
    await period.everybody_reports()
    await verified(period)
    await period.close()
    older = mailbox_copy(period)
    assert problem_of(await period.release()) == ""
    period.host.settings.noise_key_path.unlink()
    await put_back(period, older)
    assert problem_of(await period.release()) == "opening-void"


async def test_a_second_closing_after_a_restore_releases_nothing_more(period: Period) -> None:
    await period.everybody_reports()
    decisions = await verified(period)
    await period.close()
    assert problem_of(await period.release()) == ""
    mailbox: Mailbox = period.host.app.state.services.mailbox
    with mailbox.box.write() as driver:
        driver.execute("UPDATE releases SET closing = ?", (bytes(32),))
    assert problem_of(await period.release()) == "opening-void"
    assert decisions


async def test_a_report_behind_an_older_roster_does_not_come_after_the_release(period: Period) -> None:
    late = period.members[-1]
    for phone in (period.tenant.world.lead, *period.members[:-1]):
        assert await period.send(phone, period.report(phone, period.measured(0))) == ""
    sent = period.report(late, period.measured(0))
    await verified(period)
    database = period.host.settings.database_path
    older = database.with_name("older.sqlite")
    copy(database, older)
    await period.close()
    assert problem_of(await period.release()) == ""
    await period.host.stop()
    for path in database.parent.glob("hallway.sqlite*"):
        path.unlink()
    shutil.move(older, database)
    period.host.start()
    period.tenant.client = period.host.client
    await period.at(END + 5)
    assert await period.send(late, sent) == "not-open"


async def test_a_disk_that_fails_acknowledges_nothing(period: Period) -> None:
    phone = period.members[0]
    sent = period.report(phone, period.measured(0))
    mailbox: Mailbox = period.host.app.state.services.mailbox
    with mailbox.box.write() as driver:
        driver.execute("CREATE TRIGGER full BEFORE INSERT ON reports BEGIN SELECT raise(ABORT, 'full'); END")
    assert await period.send(phone, sent) == "storage-failed"
    with mailbox.box.write() as driver:
        driver.execute("DROP TRIGGER full")
    assert await period.helpers[0].pages() == []
    assert await period.send(phone, sent) == ""


def mailbox_copy(period: Period) -> Path:
    """A copy of the mailbox as a snapshot of the disk would hold it."""
    path = period.host.settings.mailbox_path
    older = path.with_name("older")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(older)) as target:
        source.backup(target)
    return older


async def put_back(period: Period, older: Path) -> None:
    await period.host.stop()
    for path in older.parent.glob("hallway.mailbox*"):
        path.unlink()
    shutil.move(older, period.host.settings.mailbox_path)
    period.host.start()
    period.tenant.client = period.host.client
    period.tenant.tokens.clear()
