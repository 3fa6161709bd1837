"""Nothing is acknowledged that is not committed, and nothing uncommitted is kept, on the disk or in memory."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from store import writer as writer_module
from store.errors import Overloaded, StorageFailed
from store.place import Place
from store.push import Push, Pushed
from store.rows import Rows
from store.transaction import Transaction
from sync.errors import Refused
from sync.log import Entry
from tests.support.actors import World
from tests.support.programme import FIRST_DAY
from tests.support.storage import Faults, Shelf, broken, by_log

FAULTS = [
    "disk I/O error",
    "database or disk is full",
    "database is locked",
    MemoryError(),
]


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def shelf(place: Place, faults: Faults) -> Iterator[Shelf]:
    opened = Shelf.open(place, faults)
    yield opened
    faults.fault = None
    opened.store.close()


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
@pytest.mark.parametrize("when", ["COMMIT", "BEGIN", "INSERT", "SAVEPOINT", "RELEASE"])
def test_a_failing_statement_acknowledges_nothing_and_keeps_nothing(
    shelf: Shelf, world: World, faults: Faults, when: str, fault: str | Exception
) -> None:
    entry = world.write(world.lead, world.log("personal", world.lead))
    before = shelf.dump()
    faults.fault, faults.when = broken(shelf.place, fault) if isinstance(fault, str) else fault, when
    with pytest.raises((StorageFailed, MemoryError)):
        shelf.push(world, world.lead, entry)
    assert shelf.dump() == before
    faults.fault = None
    assert shelf.push(world, world.lead, entry).accepted == {entry.header.log: [(1, 1)]}


def test_a_failed_commit_fails_every_job_of_its_batch(shelf: Shelf, world: World, faults: Faults) -> None:
    log = world.log("personal", world.lead)
    entries = [world.write(world.lead, log) for _ in range(5)]
    before = shelf.dump()
    with held(shelf) as release:
        futures = [_push(shelf, world, entry) for entry in entries]
        faults.fault = broken(shelf.place)
        release()
        for future in futures:
            with pytest.raises(StorageFailed):
                future.result(10)
    assert shelf.dump() == before
    faults.fault = None
    assert shelf.push(world, world.lead, *entries).accepted[log][-1] == (5, 5)


def test_what_a_failed_commit_had_changed_is_read_again_from_the_database(
    shelf: Shelf, world: World, faults: Faults
) -> None:
    world.invite("recovery")
    entry = world.entries[-1]
    faults.fault = broken(shelf.place)
    with pytest.raises(StorageFailed):
        shelf.push(world, world.lead, entry)
    assert shelf.store.states.get(world.programme) is None
    faults.fault = None
    state = shelf.store.state(world.programme)
    assert state is not None
    assert state.roster == world.states[-2]


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_real_full_disk_is_said_and_loses_nothing(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, world.write(world.lead, log))
    before = shelf.dump()
    writing = shelf.store._writer._connection
    assert writing is not None
    [pages] = writing.exec_driver_sql("PRAGMA page_count").one()
    writing.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    large = world.write(world.lead, log, b"x" * 200_000)
    with pytest.raises(StorageFailed):
        shelf.push(world, world.lead, large)
    assert shelf.dump() == before
    writing.exec_driver_sql("PRAGMA max_page_count = 4294967294")
    assert shelf.push(world, world.lead, large).accepted == {log: [(2, 2)]}


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_database_locked_by_another_process_is_said(shelf: Shelf, world: World) -> None:
    writing = shelf.store._writer._connection
    assert writing is not None
    writing.exec_driver_sql("PRAGMA busy_timeout = 10")
    entry = world.write(world.lead, world.log("personal", world.lead))
    other = sqlite3.connect(shelf.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageFailed):
        shelf.push(world, world.lead, entry)
    with pytest.raises(StorageFailed):
        shelf.store.check_writable().result(10)
    other.execute("ROLLBACK")
    other.close()
    shelf.store.check_writable().result(10)
    assert shelf.push(world, world.lead, entry).accepted == {entry.header.log: [(1, 1)]}


def test_many_jobs_share_one_commit(shelf: Shelf, world: World, faults: Faults) -> None:
    log = world.log("personal", world.lead)
    with held(shelf) as release:
        futures = [_push(shelf, world, world.write(world.lead, log)) for _ in range(20)]
        faults.ran.clear()
        release()
        assert [future.result(10) for future in futures][-1] is not None
    assert faults.ran.count("COMMIT") == 2  # the job that held the writer, then all the others
    assert len([row for row in shelf.dump()["entries"] if row[1] == log]) == 20


def test_a_later_job_of_a_batch_sees_what_an_earlier_one_did(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    one, two = world.write(world.lead, log), world.write(world.lead, log)
    with held(shelf) as release:
        futures = [_push(shelf, world, one), _push(shelf, world, two), _push(shelf, world, one)]
        release()
        positions = [future.result(10).accepted[log] for future in futures]
    assert positions == [[(1, 1)], [(2, 2)], [(1, 1)]]


def test_nobody_reads_a_state_before_it_is_committed(shelf: Shelf, world: World) -> None:
    world.invite("recovery")
    entry = world.entries[-1]
    seen: list[int] = []

    def look(_: Transaction) -> None:
        state = shelf.store.states.get(world.programme)
        seen.append(-1 if state is None else state.roster.chain.position)

    with held(shelf) as release:
        pushed = shelf.store.push(
            Push(
                world.programme,
                world.lead.id,
                by_log([entry]),
                Rows(world.keys_for([entry]), world.wraps_for([entry])),
            ),
            day=FIRST_DAY,
        )
        looked = shelf.store._writer.submit(look)
        release()
        pushed.result(10)
        looked.result(10)
    shelf.store._writer.submit(look).result(10)
    assert seen == [1, 2]


def test_a_defect_in_a_job_reaches_its_caller_and_the_writer_lives_on(shelf: Shelf, world: World) -> None:
    def defective(transaction: Transaction) -> None:
        transaction.driver.execute("DELETE FROM entries")
        raise ZeroDivisionError

    before = shelf.dump()
    with pytest.raises(ZeroDivisionError):
        shelf.store._writer.submit(defective).result(10)
    assert shelf.dump() == before
    assert shelf.push(world, world.lead, world.write(world.lead, world.log("commons"))).accepted


def test_too_many_waiting_jobs_are_refused_at_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "LONGEST_QUEUE", 3)
    shelf = Shelf.open(place)
    with held(shelf) as release:
        waiting = [shelf.store._writer.submit(lambda _: 1) for _ in range(3)]
        with pytest.raises(Overloaded):
            shelf.store._writer.submit(lambda _: 1)
        release()
        assert [future.result(10) for future in waiting] == [1, 1, 1]
    shelf.store.close()
    with pytest.raises(Overloaded):
        shelf.store.check_writable()


def test_closing_finishes_what_was_submitted(place: Place) -> None:
    shelf = Shelf.open(place)
    world = World.found(1)
    shelf.found(world)
    with held(shelf) as release:
        futures = [_push(shelf, world, world.write(world.lead, world.log("commons"))) for _ in range(3)]
        release()
    shelf.store.close()
    assert all(future.done() and future.exception() is None for future in futures)


def test_a_refused_job_of_a_batch_leaves_no_state_behind(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    dropped = world.sealing(world.lead, log, b"first")
    bad = world.sealing(world.lead, world.log("commons"), epoch=9)
    with held(shelf) as release:
        refused = _push(shelf, world, dropped, bad)
        accepted = _push(shelf, world, world.write(world.lead, log, b"second"))
        release()
        with pytest.raises(Refused):
            refused.result(10)
        assert accepted.result(10) is not None
    state = shelf.store.states.get(world.programme)
    assert state is not None
    chain = state.chain(log)
    assert chain is not None
    assert chain.position == 1


class held:  # noqa: N801 (a context manager reads as a word)
    """Holds the writer within a job until `release` is called, so that what is submitted meanwhile is one batch."""

    def __init__(self, shelf: Shelf) -> None:
        self._gate, self._begun = threading.Event(), threading.Event()
        self._future: Future[None] = shelf.store._writer.submit(self._wait)

    def _wait(self, _: Transaction) -> None:
        self._begun.set()
        self._gate.wait(10)

    def __enter__(self) -> Callable[[], None]:
        assert self._begun.wait(10)
        return self._gate.set

    def __exit__(self, *_: object) -> None:
        self._gate.set()


def _push(shelf: Shelf, world: World, *entries: Entry) -> Future[Pushed]:
    return shelf.store.push(Push(world.programme, world.lead.id, by_log(entries)), day=FIRST_DAY)


def test_rows_that_the_database_refuses_when_they_are_sent_fail_their_own_job(shelf: Shelf, world: World) -> None:
    """They are kept back, and sent together: whoever comes before or after is not to pay for them."""
    log = world.log("personal", world.lead)

    def row(position: int, device: int) -> tuple[object, ...]:
        return world.programme, log, position, bytes([device]) * 32, 1, *([bytes(32)] * 5)

    def twice(transaction: Transaction) -> None:
        for position in (2, 3, 4):
            transaction.append(row(position, device=2))

    def asking(transaction: Transaction) -> None:
        twice(transaction)
        transaction.head_at(world.programme, log, 4)

    with held(shelf) as release:
        jobs = [lambda t: t.append(row(1, 1)), twice, asking, lambda t: t.append(row(5, 3))]
        first, *refused, last = [shelf.store._writer.submit(job) for job in jobs]
        release()
        for future in refused:
            with pytest.raises(StorageFailed):
                future.result(10)
        assert (first.result(10), last.result(10)) == (None, None)
    assert sorted(stored[2] for stored in shelf.dump()["entries"] if stored[1] == log) == [1, 5]


def test_a_failure_names_its_cause(shelf: Shelf, world: World, faults: Faults) -> None:
    """Only the cause tells an operator a broken table from a full disk."""
    for when in ("COMMIT", "INSERT"):
        faults.fault, faults.when = broken(shelf.place), when
        with pytest.raises(StorageFailed) as failed:
            shelf.push(world, world.lead, world.sealing(world.lead, world.log("commons"), b"x"))
        assert type(failed.value.__cause__).__name__ == "OperationalError"
        faults.fault = None


def test_its_size_is_that_of_its_tables(shelf: Shelf, world: World) -> None:
    before = shelf.store.size()
    assert 0 < before < 4_000_000
    log = world.log("commons")
    for _ in range(20):
        shelf.push(world, world.lead, *(world.write(world.lead, log) for _ in range(20)))
    assert shelf.store.size() > before
