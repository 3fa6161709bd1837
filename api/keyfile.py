"""The server's secrets: a file each beside the database, never in it, so that a copied database cannot sign, and says
nothing of the noise in what was released.
"""

import os
from pathlib import Path

from api.settings import Settings
from crypto.public.randomness import Randomness
from crypto.public.signing import SigningKey
from store.place import is_there

PUT_BACK = "restore it from a backup; phones know no other key"


class KeyFileWrong(Exception):
    """The key file is missing or damaged, or others may read it; the message says what to do."""


def server_key(path: Path, randomness: Randomness) -> SigningKey:
    """The signing key in `path` (a 32-byte seed, mode 0600), made on the first start. Raises KeyFileWrong."""
    return SigningKey.from_seed(secret(path, randomness, PUT_BACK))


def key_of(settings: Settings, randomness: Randomness) -> SigningKey:
    """The signing key of the server with this database.

    Raises KeyFileWrong, also if the database is there and no key; StorageFailed.
    A new key beside an old database is what a restore to another machine would make of a forgotten file: phones take
    such a server for an impostor.
    """
    if not settings.key_path.exists() and is_there(settings.place):
        raise KeyFileWrong(f"{settings.key_path.name} is missing: {PUT_BACK}")
    return server_key(settings.key_path, randomness)


def noise_key(path: Path, randomness: Randomness) -> bytes:
    """The key of the noise in `path` (32 bytes, mode 0600), made on the first start. Raises KeyFileWrong."""
    return secret(path, randomness, "delete it; periods that are open now cannot be released then")


def secret(path: Path, randomness: Randomness, remedy: str) -> bytes:
    """The 32 bytes in `path`, mode 0600, made if there are none. Raises KeyFileWrong, which gives the `remedy`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        return _read(path, remedy)
    except FileNotFoundError:
        return _make(path, randomness)


def is_good(path: Path) -> bool:
    """Whether the next start will take the secret in `path`."""
    try:
        _read(path)
    except (KeyFileWrong, OSError):
        return False
    return True


def _read(path: Path, remedy: str = "") -> bytes:
    with path.open("rb") as opened:
        if os.fstat(opened.fileno()).st_mode & 0o077:
            raise KeyFileWrong(f"{path.name} may be read by others: chmod 600 it")
        seed = opened.read(33)
    if len(seed) != 32:
        raise KeyFileWrong(f"{path.name} is damaged: {remedy}")
    return seed


def _make(path: Path, randomness: Randomness) -> bytes:
    key = randomness(32)
    # Written aside and renamed: a server killed here must not leave half a key behind.
    aside = path.with_name(path.name + ".new")
    file = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(key)
        opened.flush()
        os.fsync(file)
    aside.replace(path)
    # A power cut could take back the name of a key that tickets and programmes name already.
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return key
