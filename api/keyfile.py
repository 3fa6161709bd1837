"""The server's signing key: one file beside the database, never in it, so that a copied database cannot sign."""

import os
from pathlib import Path

from crypto.public.randomness import Randomness
from crypto.public.signing import SigningKey


class KeyFileWrong(Exception):
    """The key file is damaged, or others may read it; the message says what to do."""


def server_key(path: Path, randomness: Randomness) -> SigningKey:
    """The key in `path` (a 32-byte seed, mode 0600), made on the first start. Raises KeyFileWrong."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return _make(path, randomness)
    with os.fdopen(file, "rb") as opened:
        if os.fstat(file).st_mode & 0o077:
            raise KeyFileWrong(f"{path.name} may be read by others: chmod 600 it")
        seed = opened.read(33)
    if len(seed) != 32:
        raise KeyFileWrong(f"{path.name} is damaged: restore it from a backup; phones know no other key")
    return SigningKey.from_seed(seed)


def _make(path: Path, randomness: Randomness) -> SigningKey:
    key = SigningKey.generate(randomness)
    # Written aside and renamed: a server killed here must not leave half a key behind.
    aside = path.with_name(path.name + ".new")
    file = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(key.seed)
        opened.flush()
        os.fsync(file)
    aside.replace(path)
    return key
