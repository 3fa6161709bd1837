"""PostgreSQL: one database, or one schema of it, and all in which it differs from SQLite."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any, ClassVar, cast

import psycopg
from psycopg import RawCursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import LockNotAvailable
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, QueuePool, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import SQLModel

from store.database import READERS, Database, Rows
from store.errors import AlreadyServed, StorageFailed
from store.migrate import migrate
from store.tables import ProgrammeRow

# Locks are those of one database; the second number is its schema, so that each schema may have a server.
_OF_SCHEMA = "hashtext(coalesce(current_schema(), ''))"
SERVE = f"SELECT pg_advisory_lock(1751215220, {_OF_SCHEMA})"
GUARD = f"SELECT pg_advisory_lock(1751215222, {_OF_SCHEMA})"
# A server that was killed a moment ago is let go of when PostgreSQL notices.
PATIENCE = "SET lock_timeout = 2000"
# Of a machine that is gone without a word it would by itself keep the lock for two hours, from this server, too.
NOTICED = (
    "SET tcp_keepalives_idle = 30",
    "SET tcp_keepalives_interval = 10",
    "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = 30000",
)
BEGIN_MIGRATING = ("BEGIN", f"SELECT pg_advisory_xact_lock(1751215221, {_OF_SCHEMA})")
# The operator may ask for more than `on`, and not for less: COMMIT returns when it is on the disk.
DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') <> 'remote_apply'"
)
DEMANDED = {
    "fsync": ("on", "a power cut would take back what was acknowledged"),
    "full_page_writes": ("on", "a power cut would destroy what was acknowledged"),
    "track_commit_timestamp": ("off", "the server would know when each entry came"),
}
CONNECTING: dict[str, Any] = {
    "application_name": "hallway",
    "connect_timeout": 10,
    # A network that swallows everything would otherwise hold the writer for a quarter of an hour.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    # Of several hosts the first that answers may be a standby, which lacks what was just acknowledged.
    "target_session_attrs": "read-write",
}
MEASURE = """
    SELECT coalesce(sum(pg_total_relation_size(quote_ident(tablename)::regclass)), 0)::bigint
    FROM pg_tables WHERE schemaname = current_schema()
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
GOING_ON = (TransactionStatus.INTRANS, TransactionStatus.INERROR, TransactionStatus.ACTIVE)

Raw = psycopg.Connection[Any]


class Driver:
    """Statements with the placeholders of the store, over a connection of psycopg."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw

    @property
    def in_transaction(self) -> bool:
        return not self._raw.closed and self._raw.info.transaction_status in GOING_ON

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Rows:
        return RawCursor(self._raw).execute(_numbered(sql), parameters, binary=True)

    def executemany(self, sql: str, parameters: Sequence[Sequence[Any]], /) -> None:
        """One round trip, however many rows."""
        if len(parameters) == 1:
            # The pipeline costs more than it saves.
            self.execute(sql, parameters[0])
        else:
            RawCursor(self._raw).executemany(_numbered(sql), parameters)


class Postgres(Database):
    """`url` is a connection URI of libpq; `driver` wraps its connections (a test injects failures).

    The lock that keeps other servers away lives and dies with the connection that writes. So whatever is committed
    over it was committed under the lock, and an outcome that was left unknown is settled before the lock can be taken
    again. A second lock lives with a connection that nothing else goes over, the guard: who serves has both. A guard
    that answers says that nobody else serves, also while the other connection waits for a COMMIT.
    """

    begin: ClassVar[str] = "BEGIN"
    near: ClassVar[bool] = False
    measure: ClassVar[str] = MEASURE
    errors: ClassVar[tuple[type[Exception], ...]] = (psycopg.Error, DBAPIError, PoolTimeout)

    def __init__(self, url: str, *, alone: bool = False, driver: Callable[[Raw], Driver] = Driver) -> None:
        """Raises AlreadyServed if it is to be `alone` and is not, StorageFailed."""
        self._driver = driver
        self._url = url
        self._engine = _engine(url)
        self._guard: Raw | None = None
        self._claimed: Connection | None = None
        try:
            if alone:
                self._claimed = self._claim()
            super().__init__(self._engine, partial(migrate, begin=BEGIN_MIGRATING))
        except BaseException:
            self.close()
            raise

    def driver(self, connection: Connection) -> Driver:
        return self._driver(_raw(connection))

    def writing(self) -> Connection:
        claimed, self._claimed = self._claimed, None
        return claimed or self._claim()

    def is_lost(self, connection: Connection) -> bool:
        """Also one with a transaction that nothing ended, which is closed: PostgreSQL only warns of a BEGIN in it, and
        the next COMMIT would store what was said not to be.
        """
        if connection.closed or connection.invalidated:
            return True
        raw = _raw(connection)
        if raw.info.transaction_status != TransactionStatus.IDLE or self._guard is None or self._guard.closed:
            raw.close()
        return raw.closed

    def is_confirmed(self) -> bool:
        """A round trip, and no clock: of a process that was held up, any lease may have ended meanwhile."""
        guard = self._guard
        if guard is None:
            return False
        try:
            guard.execute(b"")
        except psycopg.Error:
            guard.close()
            return False
        return True

    def scrubbed(self, connection: Connection) -> bool:  # noqa: ARG002
        """Its write-ahead log is the operator's: archives and replicas live from it."""
        return True

    def vacuum(self) -> None:
        with self.connection() as connection:
            # A large table may take longer than the operator allows a statement.
            connection.exec_driver_sql("SET statement_timeout = 0")
            # Named, since without names it would be the whole database, which others may share.
            connection.exec_driver_sql(f"VACUUM {', '.join(sorted(SQLModel.metadata.tables))}")
            connection.exec_driver_sql("RESET statement_timeout")

    def close(self) -> None:
        if self._claimed is not None:
            self._claimed.close()
            self._claimed = None
        self._unguard()
        super().close()

    def _claim(self) -> Connection:
        self._unguard()
        try:
            connection = self.connect()
        except DBAPIError as error:
            raise StorageFailed(f"the database cannot be opened: {error.orig}") from error
        try:
            # Out of the pool, so that closing it gives the lock back.
            connection.detach()
            _check(connection)
            connection.exec_driver_sql(PATIENCE)
            connection.exec_driver_sql(SERVE)
            connection.exec_driver_sql("RESET lock_timeout")
            for setting in NOTICED:
                connection.exec_driver_sql(setting)
            self._guard = _guarding(self._url)
        except BaseException as error:
            connection.close()
            if isinstance(getattr(error, "orig", error), LockNotAvailable):
                raise AlreadyServed("another server has this database open") from None
            if isinstance(error, self.errors):
                raise StorageFailed("the database did not answer") from error
            raise
        return connection

    def _unguard(self) -> None:
        if self._guard is not None:
            self._guard.close()
            self._guard = None


@contextmanager
def looking(url: str) -> Iterator[Driver]:
    """A database as it is, not migrated."""
    with _connect(url) as raw:
        raw.read_only = True
        yield Driver(raw)


def is_there(url: str) -> bool:
    """Whether the schema has the tables of a server; it may have others. Raises StorageFailed."""
    try:
        with looking(url) as driver:
            return ProgrammeRow.__tablename__ in {name for (name,) in driver.execute(TABLES)}
    except psycopg.Error as error:
        raise StorageFailed(f"the database cannot be opened: {error}") from error


def _check(connection: Connection) -> None:
    for name, (value, why) in DEMANDED.items():
        found = connection.exec_driver_sql(f"SHOW {name}").scalar()
        if found != value:
            raise StorageFailed(f"PostgreSQL runs with {name} = {found}: {why}")


@lru_cache
def _numbered(sql: str) -> bytes:
    return sql.replace("?", "$").encode()


def _raw(connection: Connection) -> Raw:
    # Unlike `driver_connection` it is there after `detach`, too.
    return cast("Raw", connection.connection.dbapi_connection)


def _connect(url: str) -> Raw:
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # What is wrong is said with the text around it, which may be the password.
        raise StorageFailed("the address of the database is not a connection URI") from None
    return psycopg.connect(**{**CONNECTING, **given}, autocommit=True)


def _configured(url: str) -> Raw:
    raw = _connect(url)
    raw.execute(DURABLE)
    return raw


def _guarding(url: str) -> Raw:
    raw = _connect(url)
    try:
        for statement in (PATIENCE, GUARD, "RESET lock_timeout", *NOTICED):
            raw.execute(statement.encode())
    except BaseException:
        raw.close()
        raise
    return raw


def _engine(url: str) -> Engine:
    return create_engine(
        "postgresql+psycopg://",
        creator=partial(_configured, url),
        isolation_level="AUTOCOMMIT",
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=READERS,
        # A restart of PostgreSQL costs each pooled connection no failed request.
        pool_pre_ping=True,
        use_native_hstore=False,
    )
