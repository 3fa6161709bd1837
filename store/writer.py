"""The one writer: jobs of many requests share one transaction and one fsync (group commit).

Each job runs within a savepoint of `BEGIN ... COMMIT`. Its result is delivered after COMMIT returned, and
not before: an acknowledgement is a promise that the entry survives a power cut.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Thread
from typing import Any, TypeVar

from sqlalchemy import Connection

from store.database import Database
from store.errors import Overloaded, StorageFailed
from store.states import ProgrammeState, States
from store.transaction import Transaction

T = TypeVar("T")
Job = Callable[[Transaction], T]

LONGEST_QUEUE = 1024
LARGEST_BATCH = 128


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job and who waits for it."""

    job: Job[Any]
    future: "Future[Any]"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job came to, held back until the batch has committed."""

    future: "Future[Any]"
    result: Any = None
    error: BaseException | None = None

    def deliver(self) -> None:
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """The thread that alone changes the database and publishes states."""

    def __init__(self, database: Database, states: States) -> None:
        self._database = database
        self._states = states
        self._connection: Connection | None = database.writing()
        self._queue: Queue[Waiting | None] = Queue(LONGEST_QUEUE)
        self._closed = False
        self._to_scrub = False
        self._doubted = list[ProgrammeState]()
        self._thread = Thread(target=self._run, name="hallway-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job[T]) -> "Future[T]":
        """Runs `job` in a write transaction; the future is done once it is durable, or refused.

        The future raises what the job raised, with nothing of that job kept, or StorageFailed. Raises Overloaded.
        """
        future: Future[T] = Future()
        if self._closed:
            raise Overloaded("the server is stopping")
        try:
            self._queue.put_nowait(Waiting(job, future))
        except Full:
            raise Overloaded("too many writes are waiting") from None
        return future

    @property
    def is_behind(self) -> bool:
        """Whether more than half of the jobs that may wait do."""
        return self._queue.qsize() > LONGEST_QUEUE // 2

    def close(self) -> None:
        """Finishes what was submitted."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()
        if self._connection is not None:
            self._connection.close()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, last = self._drain(first)
            self._commit([one for one in batch if one.future.set_running_or_notify_cancel()])
            if last:
                return

    def _drain(self, first: Waiting) -> tuple[list[Waiting], bool]:
        """What waits behind `first`, and whether the writer is to stop after it."""
        batch = [first]
        while len(batch) < LARGEST_BATCH:
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                break
            if waiting is None:
                return batch, True
            batch.append(waiting)
        return batch, False

    def _commit(self, batch: list[Waiting]) -> None:
        transaction: Transaction | None = None
        touched: set[bytes] = set()
        try:
            transaction = self._begin()
            outcomes = []
            for waiting in batch:
                outcomes.append(_run_one(waiting, transaction))
                touched |= transaction.changed.keys()
            transaction.driver.execute("COMMIT")
        except Exception as error:
            # Whatever it was, this thread must live on, and everybody must hear that nothing was kept.
            if transaction is not None:
                # Whether a failed COMMIT is on the disk is unknown until the rows are read again.
                self._states.drop(touched | transaction.changed.keys())
                _roll_back(transaction)
            self._let_go_if_lost()
            failure = _failure(error)
            outcomes = [Outcome(waiting.future, error=failure) for waiting in batch]
        else:
            self._states.publish(transaction.changed)
            self._to_scrub |= transaction.erased
        if self._to_scrub and self._connection is not None:
            self._to_scrub = not self._database.scrubbed(self._connection)
        for outcome in outcomes:
            outcome.deliver()

    def _begin(self) -> Transaction:
        """An open transaction, over a new connection if the old one was lost: nothing has been sent over it yet."""
        # Its guard alone may be lost, of which a BEGIN says nothing.
        self._let_go_if_lost()
        try:
            return self._begun()
        except self._database.errors:
            if not self._let_go_if_lost():
                raise
        return self._begun()

    def _begun(self) -> Transaction:
        if self._connection is None:
            self._connection = self._database.writing()
        transaction = Transaction(
            self._connection, self._database.driver(self._connection), self._states, self._database.errors
        )
        transaction.driver.execute(self._database.begin)
        self._check_kept(transaction)
        return transaction

    def _check_kept(self, transaction: Transaction) -> None:
        """Raises StorageFailed if what was published over a lost connection is not in the database any more.

        It was put back, or a standby took over that lacked it: going on would give the phones two histories.
        """
        for state in self._doubted:
            for chain in (state.roster.chain, *state.chains.values()):
                at = state.roster.programme, chain.log, chain.position
                if chain.position and transaction.head_at(*at) != chain.head:
                    raise StorageFailed("the database lacks what was acknowledged")
        self._doubted.clear()

    def _let_go_if_lost(self) -> bool:
        """Whether the connection was lost; the right to write was lost with it, and another server may have written."""
        if self._connection is None or not self._database.is_lost(self._connection):
            return False
        self._doubted += self._states.clear()
        lost, self._connection = self._connection, None
        lost.invalidate()
        lost.close()
        return True


def _run_one(waiting: Waiting, transaction: Transaction) -> Outcome:
    driver = transaction.driver
    before = transaction.savepoint()
    driver.execute("SAVEPOINT job")
    try:
        outcome = Outcome(waiting.future, result=waiting.job(transaction))
        transaction.flush()
    except Exception as error:
        if isinstance(error, transaction.errors):
            if not driver.in_transaction:
                # The whole transaction is gone (disk full, I/O error, connection lost), other jobs included.
                raise
            error = _failure(error)
        driver.execute("ROLLBACK TO job")
        transaction.restore(before)
        outcome = Outcome(waiting.future, error=error)
    driver.execute("RELEASE job")
    return outcome


def _failure(error: Exception) -> StorageFailed:
    failure = StorageFailed(f"nothing was stored: {type(error).__name__}")
    failure.__cause__ = error
    return failure


def _roll_back(transaction: Transaction) -> None:
    transaction.restore({})
    if transaction.driver.in_transaction:
        try:
            transaction.driver.execute("ROLLBACK")
        except transaction.errors:
            # The next BEGIN fails as well then, and says so to the next batch.
            return
