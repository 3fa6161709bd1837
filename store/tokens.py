"""Founding tokens: the operator's consent to one new programme, kept as a hash."""

from hashlib import sha256

from sqlalchemy import insert

from crypto.public.randomness import Randomness
from store.place import Place, open_at
from store.tables import FoundingTokenRow


def mint(place: Place, randomness: Randomness) -> bytes:
    """A new token (16 bytes), good once; also while a server has the database open. Raises StorageFailed."""
    token = randomness(16)
    database = open_at(place)
    try:
        with database.connection() as connection:
            connection.execute(insert(FoundingTokenRow), {"hash": sha256(token).digest()})
    finally:
        database.close()
    return token
