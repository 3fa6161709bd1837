"""The server's storage as the HTTP side sees it: futures for what is written, values for what is read."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from functools import partial

from sqlalchemy import func
from sqlmodel import col, select

from store.confirming import Confirmer
from store.database import Database
from store.erasures import erase_due
from store.errors import StorageFailed
from store.found import found
from store.missing import Missing, missing
from store.offer import Offer, offer
from store.pull import Ask, Page, pull
from store.push import Push, Pushed, push
from store.rows import Rows
from store.states import ProgrammeState, States, catch_up
from store.tables import HpkeKeyRow, NameRow, PrincipalRow, SlipRow, WrapRow
from store.transaction import Transaction
from store.witness import beginning
from store.writer import Writer
from sync.log import Cursor, Entry
from sync.readers import WrapKey
from sync.state import RosterState

NEAR_ENTRIES, NEAR_BYTES = 16, 65_536
"""What is read without another thread: some flushes of the lowest rung, just written by other phones."""


class Store:
    """One database, served by this process alone. Everything raises StorageFailed; writes also Overloaded."""

    def __init__(self, database: Database) -> None:
        """`database` was opened `alone`; it is closed with the store."""
        self._database = database
        self.states = States()
        self._near = database.connect() if database.near else None
        self._writer = Writer(database, self.states)
        # A file that this process has locked stays locked.
        self._confirmer = None if database.near else Confirmer(self._check_lock)

    def close(self) -> None:
        """Finishes the writes that were submitted."""
        if self._confirmer is not None:
            self._confirmer.close()
        self._writer.close()
        if self._near is not None:
            self._near.close()
        self._database.close()

    def push(self, request: Push, *, day: int) -> "Future[Pushed]":
        """See `store.push.push`; also raises Refused."""
        return self._writer.submit(partial(push, request=request, day=day))

    def offer(self, request: Offer, *, day: int) -> "Future[ProgrammeState]":
        """See `store.offer.offer`; also raises Refused."""
        return self._writer.submit(partial(offer, request=request, day=day))

    def found(
        self, token: bytes, entry: Entry, rows: Rows, *, day: int, server_key: bytes, address: str
    ) -> "Future[RosterState]":
        """See `store.found.found`; also raises Refused."""
        job = partial(found, token=token, entry=entry, rows=rows, day=day, server_key=server_key, address=address)
        return self._writer.submit(job)

    def erase_due(self, day: int) -> "Future[bool]":
        """Erase some of the bodies that are due on `day`; True if there may be more."""
        return self._writer.submit(partial(erase_due, day=day))

    def vacuum(self) -> None:
        """See `Database.vacuum`; holds up no write. Blocks."""
        self._database.vacuum()

    def state(self, programme: bytes) -> ProgrammeState | None:
        """The committed state of a programme, loaded if need be; None if there is no such programme. Blocks."""
        confirming = self.confirm()
        if confirming is not None:
            confirming.result()
        known = self.states.get(programme)
        if known is not None:
            return known
        with self._database.reading() as driver:
            roster = catch_up(driver, RosterState.start(programme))
        if roster.chain.position == 0:
            return None
        # The writer alone publishes, or a state read just before a commit would overwrite the one after it.
        return self._writer.submit(partial(_adopt, roster=roster)).result()

    def confirm(self) -> "Future[None] | None":
        """To be awaited before what is in memory is answered; None where nobody else can have written.

        The future raises StorageFailed if another server has taken over, or the database does not answer.
        """
        return None if self._confirmer is None else self._confirmer.submit()

    def with_ends(self, programme: bytes, logs: Sequence[bytes]) -> "Future[ProgrammeState]":
        """The state of an existing programme with the ends of these logs, which exist."""
        return self._writer.submit(partial(_with_ends, programme=programme, logs=logs))

    def pull(self, programme: bytes, asks: Sequence[Ask], budget: int) -> list[Page]:
        """See `store.pull.pull`. Blocks."""
        with self._database.reading() as driver:
            return pull(driver, programme, asks, budget)

    def pull_near(self, programme: bytes, asks: Sequence[Ask], budget: int) -> list[Page] | None:
        """The same if it is little and near, and so takes less time than asking another thread for it, else None.

        Always called from one thread, which it holds up.
        """
        if self._near is None or sum(max(0, ask.head.position - ask.cursor.position) for ask in asks) > NEAR_ENTRIES:
            return None
        try:
            pages = pull(self._database.driver(self._near), programme, asks, min(budget, NEAR_BYTES))
        except self._database.errors as error:
            raise StorageFailed("the database did not answer") from error
        return None if budget > NEAR_BYTES and any(page.more for page in pages) else pages

    def programme_of(self, principal: bytes) -> bytes | None:
        """The programme whose roster names this device or invite. Blocks."""
        query = select(PrincipalRow.programme).where(col(PrincipalRow.principal) == principal)
        with self._database.connection() as connection:
            return connection.execute(query).scalar()

    def wraps(self, programme: bytes, readers: Iterable[bytes]) -> list[tuple[WrapKey, bytes]]:
        """The wraps to these readers, the newest of each space first. Blocks."""
        query = (
            select(WrapRow.log, WrapRow.epoch, WrapRow.reader, WrapRow.wrap)
            .where(col(WrapRow.programme) == programme, col(WrapRow.reader).in_(list(readers)))
            .order_by(col(WrapRow.log), col(WrapRow.epoch).desc())
        )
        with self._database.connection() as connection:
            return [((log, epoch, reader), wrap) for log, epoch, reader, wrap in connection.execute(query)]

    def keys(self, programme: bytes, hashes: Sequence[bytes]) -> dict[bytes, bytes]:
        """HPKE keys of the programme by hash, without those that are not stored. Blocks."""
        query = select(HpkeKeyRow.hash, HpkeKeyRow.key).where(
            col(HpkeKeyRow.programme) == programme, col(HpkeKeyRow.hash).in_(hashes)
        )
        with self._database.connection() as connection:
            return {row.hash: row.key for row in connection.execute(query)}

    def missing(self, roster: RosterState, device: bytes) -> Missing:
        """See `store.missing.missing`. Blocks."""
        with self._database.connection() as connection:
            return missing(connection, roster, device)

    def names(self, programme: bytes) -> list[tuple[bytes, bytes]]:
        """(account, sealed display name) of the names that no lead has taken. Blocks."""
        query = (
            select(NameRow.account, NameRow.sealed)
            .where(col(NameRow.programme) == programme)
            .order_by(col(NameRow.account))
        )
        with self._database.connection() as connection:
            return [(account, sealed) for account, sealed in connection.execute(query)]

    def slips(self, programme: bytes, most: int) -> list[bytes]:
        """The last slip of each account, in an order drawn anew; of more than `most` a drawn part. Blocks.

        Any other order would tell a lead, from one day to the next, which slips are of one account.
        """
        query = select(SlipRow.sealed).where(col(SlipRow.programme) == programme)
        with self._database.connection() as connection:
            return list(connection.execute(query.order_by(func.random()).limit(most)).scalars())

    def witness_beginning(self, programme: bytes, log: bytes, day: int) -> Cursor:
        """See `store.witness.beginning`. Blocks."""
        with self._database.reading() as driver:
            return beginning(driver, programme, log, day)

    @property
    def is_behind(self) -> bool:
        """See `store.writer.Writer.is_behind`."""
        return self._writer.is_behind

    def size(self) -> int:
        """See `store.database.Database.size`. Blocks."""
        return self._database.size()

    def _check_lock(self) -> None:
        if self._database.is_confirmed():
            return
        # The writer takes the lock again and forgets all it knew, or hears that another server has it.
        self._writer.submit(_nothing).result()
        if not self._database.is_confirmed():
            raise StorageFailed("the lock of the database was lost")

    def check_writable(self) -> "Future[None]":
        """Commits a write that changes nothing; raises StorageFailed."""
        return self._writer.submit(_touch)


def _adopt(transaction: Transaction, roster: RosterState) -> ProgrammeState | None:
    transaction.adopt(roster)
    return transaction.state(roster.programme)


def _with_ends(transaction: Transaction, programme: bytes, logs: Sequence[bytes]) -> ProgrammeState:
    for log in logs:
        transaction.chain(programme, log)
    state = transaction.state(programme)
    if state is None:
        raise LookupError("no such programme")
    return state


def _touch(transaction: Transaction) -> None:
    transaction.driver.execute("UPDATE alembic_version SET version_num = version_num")


def _nothing(_: Transaction) -> None:
    """Begins a transaction, and so sees to the lock."""
