"""Repacking: what stands is written again, what was said before is erased, and a fresh phone shows the same."""

import asyncio
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device import outbox, repacking
from device.erasing import survivors
from device.erasures import erasures, in_force
from device.phone import Phone
from device.reauthoring import record_states
from device.voided import load_void
from sync.device.cleaning import Body, Plan, repacked
from sync.device.repack import missing
from sync.erasure import DELAY, MOST_LEAVES
from sync.log import Header
from tests.device.conftest import House
from tests.device.contacts import CONTACT, DISPOSITIONS, logged
from tests.support.hall import Hall


def states(phone: Phone, log: bytes) -> dict[bytes, bytes]:
    """All records of a space, reserved ones and tombstones too."""
    return dict(phone.vault.read().execute("SELECT record, state FROM records WHERE log = ?", (log,)).fetchall())


def bodies(phone: Phone, log: bytes) -> int:
    (size,) = phone.vault.read().execute("SELECT SUM(LENGTH(body)) FROM entries WHERE log = ?", (log,)).fetchone()
    return int(size)


def plan_part(phone: Phone, log: bytes, wanted: Callable[[int, Body], bool]) -> Plan | None:
    """How to repack the standing bodies that are `wanted`, told by their number and what they are, and no others."""
    connection = phone.vault.read()
    bodies = repacking.standing_bodies(phone.engine, log, in_force(connection, log))
    chosen = {body.position for number, body in enumerate(bodies) if not body.kept and wanted(number, body)}
    known, (_, void) = record_states(connection, log), load_void(connection, log)
    return repacked(bodies, chosen, known, void, int(phone.engine.clock())) if chosen else None


def repack_part(phone: Phone, log: bytes, wanted: Callable[[int, Body], bool]) -> None:
    plan = plan_part(phone, log, wanted)
    if plan is not None:
        repacking.sign(phone.engine, log, plan)


def is_by(device: bytes, _: int, body: Body) -> bool:
    return body.device == device


def two_of_three(first: int, number: int, _: Body) -> bool:
    return (first + number) % 3 > 0


async def repack_now(phone: Phone, log: bytes) -> None:
    """As if it were due."""
    plan = repacking.decide(phone.engine, log, at_once=True)
    assert plan is not None
    repacking.sign(phone.engine, log, plan)
    await phone.engine.sync(flush=False)


def pass_days(house: House, days: float) -> None:
    house.hall.pass_days(days)
    house.hall.app.state.services.erase_due()


async def fill(house: House, flushes: int) -> None:
    """Flush after flush of the contact that both phones share."""
    (shared,) = logged(house.ada)
    for number in range(flushes):
        house.ada.records.edit(shared, {"disposition": DISPOSITIONS[number % 4]})
        await house.ada.engine.sync()


async def test_a_space_is_repacked_when_more_than_half_is_dead_and_more_than_64_kib(house: House) -> None:
    await fill(house, 10)
    await house.ada.sync()
    assert erasures(house.ada.vault.read(), house.personal) == []
    await fill(house, 10)
    pass_days(house, 1)
    await house.ada.sync()
    (one,) = erasures(house.ada.vault.read(), house.personal)
    assert (one.device, one.cosigned, one.withdrawn) == (house.ada.engine.identity.device, False, False)
    before = states(house.ada, house.personal)
    await house.second.sync()
    pass_days(house, DELAY)
    for phone in (house.ada, house.second):
        await phone.sync()
        assert states(phone, house.personal) == before
        assert bodies(phone, house.personal) < 20 * 4096
    fresh = await house.hall.linked(house.ada, "fresh")
    assert states(fresh, house.personal) == before
    assert fresh.notes() == []


async def test_two_phones_that_count_on_what_the_other_erases_lose_nothing(house: House) -> None:
    """Both repacked at the same time, so all stands twice; and at the same time each erases the copy of its own."""
    await fill(house, 6)
    await house.second.sync()
    before = states(house.ada, house.personal)
    phones = house.ada, house.second
    for phone in phones:
        repack_part(phone, house.personal, lambda *_: True)
    for phone in phones:
        await phone.engine.sync(flush=False)
    await house.everything_arrives()
    for phone in phones:
        repack_part(phone, house.personal, partial(is_by, phone.engine.identity.device))
    for phone in phones:
        await phone.engine.sync(flush=False)
    await house.everything_arrives()
    pass_days(house, DELAY + 1)
    await house.everything_arrives()
    fresh = await house.hall.linked(house.ada, "fresh")
    assert [states(phone, house.personal) for phone in (*phones, fresh)] == [before] * 3
    assert fresh.notes() == []


async def test_a_phone_looks_at_once_whether_it_counted_on_what_another_has_erased(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decided before the other's erasure came, and then switched off for longer than two weeks."""
    await fill(house, 6)
    await house.second.sync()
    phones = house.ada, house.second
    for phone in phones:
        repack_part(phone, house.personal, lambda *_: True)
    for phone in phones:
        await phone.engine.sync(flush=False)
    await house.everything_arrives()
    late = plan_part(house.second, house.personal, partial(is_by, house.second.engine.identity.device))
    repack_part(house.ada, house.personal, partial(is_by, house.ada.engine.identity.device))
    await house.ada.engine.sync(flush=False)
    decided = {house.personal: late}
    monkeypatch.setattr(repacking, "decide", lambda _, log: decided.pop(log, None))
    pass_days(house, 1)
    await house.second.sync()
    connection = house.second.vault.read()
    assert len(erasures(connection, house.personal)) == 4
    known = record_states(connection, house.personal)
    assert missing(known, survivors(connection, house.personal)) == []
    assert house.second.waiting() == 0


async def test_two_phones_that_repack_on_the_same_day_do_not_go_on_doing_so(house: House) -> None:
    await fill(house, 20)
    await house.second.sync(flush=False)
    pass_days(house, 1)
    plans = [repacking.decide(phone.engine, house.personal) for phone in (house.ada, house.second)]
    for phone, plan in zip((house.ada, house.second), plans, strict=True):
        assert plan is not None
        repacking.sign(phone.engine, house.personal, plan)
    for phone in (house.ada, house.second):
        await phone.engine.sync(flush=False)
    for _ in range(3):
        pass_days(house, 1)
        await house.ada.sync()
        await house.second.sync()
    assert len(erasures(house.ada.vault.read(), house.personal)) == 2


async def test_flushes_that_said_nothing_are_erased_like_any_others(house: House) -> None:
    """Erased without a body beside it, they would be told from those that said something."""
    await repack_now(house.ada, house.personal)
    for _ in range(20):
        await house.ada.engine.sync()
    pass_days(house, 1)
    await house.ada.sync()
    connection = house.ada.vault.read()
    *_, last = erasures(connection, house.personal)
    (before,) = connection.execute(
        "SELECT LENGTH(body) FROM entries WHERE log = ? AND position = ?", (house.personal, last.position - 1)
    ).fetchone()
    assert before == 4096


async def test_what_was_deleted_is_repacked_away_after_a_week(house: House) -> None:
    (shared,) = logged(house.ada)
    house.ada.records.delete(shared)
    await house.ada.sync()
    for _ in range(7):
        pass_days(house, 1)
        await house.ada.sync()
    assert erasures(house.ada.vault.read(), house.personal) == []
    pass_days(house, 1)
    await house.ada.sync()
    (one,) = erasures(house.ada.vault.read(), house.personal)
    # Nothing of it stands any more: not again tomorrow.
    for _ in range(10):
        pass_days(house, 1)
        await house.ada.sync()
    assert len(erasures(house.ada.vault.read(), house.personal)) == 1
    assert one.due == house.ada.engine.writer.day() + DELAY - 10


async def test_a_clock_far_ahead_does_not_keep_a_deleted_record_standing(house: House) -> None:
    (shared,) = logged(house.ada)
    house.second.records.delete(shared)
    house.second.engine.clock = house.second.engine.writer.clock = lambda: house.hall.now + 400 * 86_400
    await house.second.engine.sync()
    await house.second.engine.sync()
    pass_days(house, 1)
    await house.ada.sync()
    assert len(erasures(house.ada.vault.read(), house.personal)) == 1


async def test_the_newest_entry_of_every_other_phone_stays(house: House) -> None:
    await house.second.sync()
    await fill(house, 3)
    await repack_now(house.ada, house.personal)
    connection = house.ada.vault.read()
    rows = connection.execute(
        "SELECT position, header FROM entries WHERE log = ? ORDER BY position", (house.personal,)
    ).fetchall()
    named = in_force(connection, house.personal)
    second = [position for position, raw in rows if Header.decode(raw).device == house.second.engine.identity.device]
    assert named
    assert second[-1] not in named


async def test_what_cannot_be_read_is_never_named(house: House) -> None:
    await fill(house, 3)
    with house.ada.vault.write() as connection:
        connection.execute("INSERT INTO quarantine(log, position, reason) VALUES (?, 2, 'format')", (house.personal,))
    plan = repacking.decide(house.ada.engine, house.personal, at_once=True)
    (leaf,) = (
        house.ada.vault.read().execute("SELECT leaf FROM entries WHERE log = ? AND position = 2", (house.personal,))
    ).fetchone()
    assert plan is not None
    assert leaf not in plan.leaves


async def test_one_erasure_names_a_thousand_leaves_at_most(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(house, 6)
    monkeypatch.setattr(repacking, "MOST_LEAVES", 4)
    plan = repacking.decide(house.ada.engine, house.personal, at_once=True)
    assert plan is not None
    assert len(plan.leaves) == 4 < MOST_LEAVES
    await repack_now(house.ada, house.personal)
    assert len(in_force(house.ada.vault.read(), house.personal)) == 4
    second = repacking.decide(house.ada.engine, house.personal, at_once=True)
    assert second is not None
    assert set(second.leaves) == set(plan.leaves)


async def test_a_refused_repack_is_dropped_whole_and_decided_again(house: House) -> None:
    """Another phone rotates in between: the epoch is stale, and so is what was decided."""
    await fill(house, 20)
    await house.second.sync()
    plan = repacking.decide(house.ada.engine, house.personal, at_once=True)
    assert plan is not None
    repacking.sign(house.ada.engine, house.personal, plan)
    new = house.ada.records.log("contact", CONTACT)
    house.ada.engine.flush()
    waiting = outbox.waiting(house.ada.vault.read(), house.personal)
    assert [one.tidying for one in waiting] == [True] * (len(waiting) - 1) + [False]
    await house.second.rotate("personal")
    await house.ada.engine.sync()
    assert (house.ada.waiting(), erasures(house.ada.vault.read(), house.personal)) == (0, [])
    await house.second.sync()
    assert new in logged(house.second)
    pass_days(house, 1)
    await house.ada.sync()
    assert len(erasures(house.ada.vault.read(), house.personal)) == 1


async def test_an_erasure_that_waited_too_long_for_a_network_is_decided_again(house: House) -> None:
    await fill(house, 20)
    plan = repacking.decide(house.ada.engine, house.personal, at_once=True)
    assert plan is not None
    repacking.sign(house.ada.engine, house.personal, plan)
    pass_days(house, 20)
    report = await house.ada.sync()
    assert (house.ada.waiting(), report.notes) == (0, [])
    (one,) = erasures(house.ada.vault.read(), house.personal)
    assert one.due == house.ada.engine.writer.day() + DELAY


async def test_nothing_is_repacked_where_the_server_shows_another_history(house: House) -> None:
    await fill(house, 20)
    with house.ada.vault.write() as connection:
        connection.execute("UPDATE logs SET note = 'contradiction' WHERE log = ?", (house.personal,))
    await repacking.repack_due(house.ada.engine)
    assert house.ada.waiting() == 0


async def test_a_member_repacks_only_what_they_write(house: House) -> None:
    assert repacking.writable(house.ada.engine) == [house.personal]
    assert set(repacking.writable(house.lead.engine)) == set(repacking.spaces(house.lead.engine))


# Any writes, repacks and erasures by any phones, in any order.

Act = tuple[str, int, int]
ACTS = ["log", "edit", "edit", "resolve", "delete", "flush", "sync", "sync", "repack", "part", "part", "days"]
acts = st.lists(
    st.tuples(
        st.sampled_from(ACTS),
        st.integers(0, 2),
        st.integers(0, 5),
    ),
    max_size=24,
)  # fmt: skip


async def live(hall: Hall, phones: list[Phone], steps: list[Act]) -> None:
    log = phones[0].engine.writer.personal
    for what, who, number in steps:
        phone = phones[who]
        known = sorted(logged(phone))
        record = known[number % len(known)] if known else None
        if what == "log":
            phone.records.log("contact", CONTACT)
        elif what == "edit" and record is not None:
            phone.records.edit(record, {"disposition": DISPOSITIONS[number % 4]})
        elif what == "delete" and record is not None and number < 3:
            phone.records.delete(record)
        elif what == "resolve":
            for conflict in phone.records.conflicts()[:1]:
                field = next(iter(conflict.conflicts))
                phone.records.resolve(conflict.id, field, conflict.conflicts[field][0])
        elif what == "flush":
            phone.engine.flush(empty=True)
        elif what == "sync":
            await phone.sync()
        elif what == "repack" and log in repacking.writable(phone.engine):
            plan = repacking.decide(phone.engine, log, at_once=True)
            if plan is not None:
                repacking.sign(phone.engine, log, plan)
        elif what == "part" and log in repacking.writable(phone.engine):
            repack_part(phone, log, partial(two_of_three, number))
        elif what == "days":
            hall.pass_days((1, 3, 15)[number % 3])
            hall.app.state.services.erase_due()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=acts)
def test_a_fresh_phone_shows_what_the_old_ones_show(built: Path, steps: list[Act]) -> None:
    async def run(folder: Path) -> None:
        async with Hall(folder) as hall:
            ada, second = hall.open_phone("ada"), hall.open_phone("second")
            phones = [ada, second, await hall.linked(ada, "third")]
            await live(hall, phones, steps)
            for _ in range(2):
                for phone in phones:
                    await phone.sync()
            # Everything that was decided falls due.
            for _ in range(3):
                hall.pass_days(15)
                hall.app.state.services.erase_due()
                for phone in phones:
                    await phone.sync()
            for phone in phones:
                await phone.sync()
            fresh = await hall.linked(ada, "fresh")
            log = ada.engine.writer.personal
            shown = [states(phone, log) for phone in (*phones, fresh)]
            assert shown[0] == shown[1] == shown[2] == shown[3]
            assert [phone.notes() for phone in (*phones, fresh)] == [[]] * 4
            assert [phone.records.unsent() for phone in phones] == [0] * 3

    with TemporaryDirectory() as made:
        copy = Path(made) / "house"
        shutil.copytree(built, copy)
        asyncio.run(run(copy))
