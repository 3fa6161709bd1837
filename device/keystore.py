"""What stays out of every backup: half of the database key, and the incarnation of the phone.

A directory in the place of a phone's platform keystore. The other half of the key is the passcode. The incarnation
changes whenever the phone has signed something: a database copied back from a backup then holds one of the past, and
the phone knows that the numbers it is about to sign may be signed already.
"""

import os
from contextlib import suppress
from hmac import compare_digest
from pathlib import Path

from crypto.public.hashing import H
from crypto.public.opaque import Opaque
from crypto.public.randomness import Randomness
from crypto.secret.local import KEYSTORE_KEY_SIZE

KEY_FILE = "key"
INCARNATION_FILE = "incarnation"
APART_FILE = "apart"
SIZE = 32

_EMPTY = bytes(SIZE)


class Keystore(Opaque):
    """Two files of mode 0600: the key (32 bytes), and two slots for incarnations (32 bytes each); at times a third one,
    with what the vault keeps apart.

    Both slots are taken while a transaction that signs is being committed: the one whose mark the database then
    holds is the right one. Otherwise one is empty.
    """

    __slots__ = ("_current", "_path", "_randomness", "_slots", "key")

    def __init__(self, directory: Path, randomness: Randomness) -> None:
        """Raises FileNotFoundError if there is no key."""
        self._path = directory / INCARNATION_FILE
        self._randomness = randomness
        self.key = (directory / KEY_FILE).read_bytes()
        raw = b""
        # Without incarnation the database is taken for a restored one, which loses nothing.
        with suppress(FileNotFoundError):
            raw = self._path.read_bytes()
        self._slots = [raw[:SIZE], raw[SIZE:]]
        self._current = 0

    @classmethod
    def create(cls, directory: Path, randomness: Randomness) -> "Keystore":
        """A new key and a new incarnation; those of an earlier vault there are lost, and with them its database."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        (directory / APART_FILE).unlink(missing_ok=True)
        write_file(directory / KEY_FILE, randomness(KEYSTORE_KEY_SIZE))
        write_file(directory / INCARNATION_FILE, randomness(SIZE) + _EMPTY)
        return cls(directory, randomness)

    @property
    def mark(self) -> bytes:
        """What the database of this incarnation holds: a hash, 32 bytes."""
        return _mark(self._slots[self._current])

    def settle(self, mark: bytes) -> bool:
        """Whether `mark`, read from the database, is of this incarnation. If so it becomes the only one."""
        for at in (0, 1):
            if self._slots[at] not in (b"", _EMPTY) and compare_digest(mark, _mark(self._slots[at])):
                self._current = at
                if self._slots[1 - at] != _EMPTY:
                    self._put(1 - at, _EMPTY)
                return True
        return False

    def advance(self) -> bytes:
        """Prepare the next incarnation and return its mark, to be committed by the database; then `settle`.

        Raises OSError.
        """
        following = self._randomness(SIZE)
        self._put(1 - self._current, following, durable=True)
        return _mark(following)

    def apart(self) -> bytes | None:
        """What is kept beside the key; None if nothing is."""
        with suppress(FileNotFoundError):
            return (self._path.parent / APART_FILE).read_bytes()
        return None

    def keep_apart(self, data: bytes | None) -> None:
        """Replace it, durably; None deletes it. Raises OSError."""
        path = self._path.parent / APART_FILE
        if data is not None:
            write_file(path, data)
        elif path.exists():
            path.unlink()
            sync_directory(path.parent)

    def _put(self, at: int, incarnation: bytes, *, durable: bool = False) -> None:
        self._slots[at] = incarnation
        # In place: the other slot stays as it is whenever the power fails.
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(handle, incarnation, at * SIZE)
            if durable:
                os.fsync(handle)
        finally:
            os.close(handle)


def write_file(path: Path, data: bytes) -> None:
    """Replace a file, readable by its owner alone, wholly or not at all. Durable on return. Raises OSError."""
    draft = path.with_name(path.name + ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make renames in `directory` durable."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mark(incarnation: bytes) -> bytes:
    return H("incarnation", incarnation)
