"""The phone's encrypted database: opening it, writing to it, and what can go wrong."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from crypto.errors import PasscodeWrong
from crypto.public.opaque import Opaque
from crypto.public.randomness import Randomness
from crypto.secret.local import SALT_SIZE, check_words, local_key
from device.keystore import Keystore, sync_directory, write_file
from device.tables import migrate
from schemas.records import Sentence

DATABASE = "vault.db"
SALT = "salt"
WAIT = 2.0
"""Seconds to wait for another process that is about to finish."""


class VaultError(Exception):
    """Something about the vault, in words for its owner; nothing was changed and nothing is lost."""


class NotHere(VaultError):
    """There is no vault, or not the whole of one."""


class AlreadyHere(VaultError):
    """There is a vault already."""


class VaultLocked(VaultError):
    """Another process has the vault open."""


class VaultFull(VaultError):
    """The disk is full."""


class VaultRestored(VaultError):
    """The database is older than the phone: it was restored from a backup and may sign nothing."""


class Vault(Opaque):
    """One open database, for one thread at a time. SQLCipher, WAL, `synchronous=FULL`: what was written survives.

    `restored`: this phone has signed more than its database remembers. Reading and writing go on, signing does not.
    """

    __slots__ = ("_connection", "_keystore", "directory", "restored")

    def __init__(self, directory: Path, keystore: Keystore, connection: Any) -> None:
        self.directory = directory
        self._keystore = keystore
        self._connection = connection
        try:
            (mark,) = connection.execute("SELECT mark FROM incarnation").fetchone()
            self.restored = not keystore.settle(mark)
        except BaseException:
            # Left open it would hold its lock, and no second try could open the vault.
            connection.close()
            raise

    @classmethod
    def create(cls, directory: Path, keystore_directory: Path, passcode: str, randomness: Randomness) -> "Vault":
        """A new vault. `passcode`: five words of the list, because a directory is no platform keystore.

        Raises AlreadyHere, VaultFull, PasscodeWrong for other passcodes.
        """
        words = check_words(passcode)
        with _translated():
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            if (directory / DATABASE).exists():
                raise AlreadyHere(f"{directory} holds a vault already: open it, or choose another directory")
            keystore = Keystore.create(keystore_directory, randomness)
            salt = randomness(SALT_SIZE)
            write_file(directory / SALT, salt)
            key = local_key(words, keystore.key, salt)
            _build(directory / DATABASE, key, keystore.mark)
            return cls(directory, keystore, _connect(directory / DATABASE, key))

    @classmethod
    def open(cls, directory: Path, keystore_directory: Path, passcode: str, randomness: Randomness) -> "Vault":
        """Raises NotHere, PasscodeWrong, VaultLocked, VaultFull, and DatabaseNewer of `tables`."""
        path = directory / DATABASE
        # SQLite would make a new database of an empty file.
        if not path.exists() or not path.stat().st_size:
            raise NotHere(f"there is no vault in {directory}: join a programme, link this phone, or recover from paper")
        words = check_words(passcode)
        try:
            keystore = Keystore(keystore_directory, randomness)
            salt = (directory / SALT).read_bytes()
        except FileNotFoundError as error:
            message = f"{error.filename} is missing, without which nothing opens the vault: recover from paper"
            raise NotHere(message) from None
        with _translated():
            return cls(directory, keystore, _connect(path, local_key(words, keystore.key, salt)))

    def close(self) -> None:
        """Give the vault up for other processes."""
        self._connection.close()

    def __enter__(self) -> "Vault":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self) -> Any:
        """The connection, to read with; inside `write` it sees what is being written."""
        return self._connection

    @contextmanager
    def write(self, *, new_keys: bool = False) -> Iterator[Any]:
        """A transaction: committed durably on leaving, rolled back on any exception. Does not nest.

        What put an entry into the outbox has signed it, so the incarnation advances with the commit.
        Raises VaultRestored then, if the vault is restored; VaultFull, VaultLocked.

        `new_keys`: it replaces the keys that sign. Whatever a restored vault has forgotten was signed with the old
        ones, so it is restored no longer.
        """
        with _translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                signed = self._advance(new_keys=new_keys)
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back by itself already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        # The commit stands, whatever becomes of this; opening the vault settles it too.
        if signed is not None:
            self.restored = False
            with suppress(OSError):
                self._keystore.settle(signed)

    def _advance(self, *, new_keys: bool) -> bytes | None:
        (signed,) = self._connection.execute("SELECT signed FROM incarnation").fetchone()
        if not signed and not (self.restored and new_keys):
            return None
        if self.restored and not new_keys:
            raise VaultRestored(Sentence("why_restored"))
        mark = self._keystore.advance()
        self._connection.execute("UPDATE incarnation SET mark = ?, signed = 0", (mark,))
        return mark

    def read_apart(self) -> bytes | None:
        """What lies beside the keystore, where no backup comes, and not in the database; None if nothing does."""
        return self._keystore.apart()

    def keep_apart(self, data: bytes | None) -> None:
        """Replace it, wholly or not at all; None deletes it. It is for the caller to encrypt. Raises VaultFull."""
        with _translated():
            self._keystore.keep_apart(data)

    def scrub(self) -> None:
        """Take what was destroyed out of the write-ahead log, too."""
        with _translated():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def change_passcode(self, passcode: str) -> None:
        """Encrypt everything anew under another passcode, wholly or not at all. Needs as much room again.

        `read` gives another connection afterwards. Raises PasscodeWrong if it is not five words of the list, VaultFull.
        """
        words = check_words(passcode)
        key = local_key(words, self._keystore.key, (self.directory / SALT).read_bytes())
        path = self.directory / DATABASE
        with _translated():
            # PRAGMA rekey on a full disk left a database that no key opened: a copy takes the old one's place.
            draft = _draft(path)
            try:
                # Into one file: a write-ahead log of the old key must not meet the new database.
                _journal(self._connection, "DELETE")
                _copy(self._connection, draft, key)
                draft.replace(path)
            except BaseException:
                draft.unlink(missing_ok=True)
                with suppress(sqlcipher.Error, VaultError):
                    _journal(self._connection, "WAL")
                raise
            sync_directory(self.directory)
            self._connection.close()
            self._connection = _connect(path, key)


def _build(path: Path, key: bytes, mark: bytes) -> None:
    """A database that appears under its name only when it is whole."""
    draft = _draft(path)
    connection = _connect(draft, key)
    try:
        connection.execute("INSERT INTO incarnation (mark) VALUES (?)", (mark,))
    finally:
        connection.close()
    draft.replace(path)
    sync_directory(path.parent)


def _draft(path: Path) -> Path:
    """An empty file beside `path`, in the place of what an earlier attempt left."""
    draft = path.with_name(path.name + ".new")
    for leftover in (draft, *(Path(f"{draft}-{suffix}") for suffix in ("wal", "shm", "journal"))):
        leftover.unlink(missing_ok=True)
    # SQLite gives its other files the mode of this one.
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL, 0o600))
    return draft


def _copy(connection: Any, draft: Path, key: bytes) -> None:
    connection.execute(f"ATTACH DATABASE ? AS copy KEY \"x'{key.hex()}'\"", (str(draft),))
    try:
        connection.execute("SELECT sqlcipher_export('copy')")
        (version,) = connection.execute("PRAGMA main.user_version").fetchone()
        connection.execute(f"PRAGMA copy.user_version = {version}")
    finally:
        connection.execute("DETACH DATABASE copy")


def _connect(path: Path, key: bytes) -> Any:
    connection = sqlcipher.connect(str(path), timeout=WAIT, isolation_level=None, check_same_thread=False)
    try:
        # It would write to standard error at each wrong passcode.
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        # Holds the lock until the end, so that a second process is told at once, and needs no shared memory.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        try:
            connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        except sqlcipher.DatabaseError as error:
            if error.sqlite_errorcode != sqlcipher.SQLITE_NOTADB:
                raise
            raise PasscodeWrong(Sentence("why_passcode")) from None
        _journal(connection, "WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # What is destroyed must not come back from a free page when the passcode is learnt later.
        connection.execute("PRAGMA secure_delete = ON")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _journal(connection: Any, mode: str) -> None:
    (now,) = connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()
    if now.upper() != mode:
        raise VaultLocked(Sentence("why_locked"))


@contextmanager
def _translated() -> Iterator[None]:
    """Storage errors as VaultError, where their cause is known."""
    full = VaultFull("the disk is full: nothing was changed; make room and try again")
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise full from error
    except sqlcipher.OperationalError as error:
        code = error.sqlite_errorcode & 0xFF
        # sqlcipher_export keeps the message of a failure and drops its code.
        words = str(error)
        if code == sqlcipher.SQLITE_FULL or words == "database or disk is full":
            raise full from error
        if code in (sqlcipher.SQLITE_BUSY, sqlcipher.SQLITE_LOCKED):
            raise VaultLocked(Sentence("why_locked")) from error
        if code == sqlcipher.SQLITE_IOERR or words == "disk I/O error":
            raise VaultError("the disk failed: nothing was changed") from error
        raise
