"""Keys of periods, in the vault of this device alone: of its offers, and the verify keys of openings.

No other phone of the account gets them, so that a lost phone takes its shares with it.
"""

from typing import Any

from crypto.public.randomness import Randomness
from crypto.secret.hpke import HpkeKey
from device.vault import Vault
from sync.report import commitment
from sync.state import Opening, RosterState

VERIFY_KEY_BYTES = 32
NOISE_KEY_BYTES = 32


class KeyLost(Exception):
    """An aggregator device has its key of the period no more: open the period once more, with new offers."""


def offer_key(connection: Any, hash_: bytes) -> HpkeKey | None:
    """The private half of an HPKE key that an offer names."""
    row = connection.execute("SELECT seed FROM offer_keys WHERE hash = ?", (hash_,)).fetchone()
    return None if row is None else HpkeKey.from_seed(row[0])


def noise_key(connection: Any, hash_: bytes) -> bytes | None:
    """The key of the noise that this device adds as second aggregator, by the same hash; made with the offer."""
    row = connection.execute("SELECT noise FROM offer_keys WHERE hash = ?", (hash_,)).fetchone()
    return None if row is None or row[0] is None else bytes(row[0])


def new_offer_key(connection: Any, roster: RosterState, task: bytes, period: int, randomness: Randomness) -> HpkeKey:
    """A key for an offer: that of an earlier try, unless the roster has it."""
    named = {made.hpke_hash for made in roster.offers.values()}
    rows = connection.execute(
        "SELECT hash, seed FROM offer_keys WHERE task = ? AND period = ? ORDER BY hash", (task, period)
    ).fetchall()
    for hash_, seed in rows:
        if hash_ not in named and hash_ not in roster.used_keys:
            return HpkeKey.from_seed(seed)
    key = HpkeKey.generate(randomness)
    row = (key.hash, task, period, key.seed, randomness(NOISE_KEY_BYTES))
    connection.execute("INSERT INTO offer_keys (hash, task, period, seed, noise) VALUES (?, ?, ?, ?, ?)", row)
    return key


def new_verify_key(connection: Any, task: bytes, period: int, randomness: Randomness) -> bytes:
    """A verify key; its commitment is what `open` names."""
    key = randomness(VERIFY_KEY_BYTES)
    keep_verify_key(connection, task, period, key)
    return key


def keep_verify_key(connection: Any, task: bytes, period: int, key: bytes) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO verify_keys (commitment, task, period, key) VALUES (?, ?, ?, ?)",
        (commitment(task, period, key), task, period, key),
    )


def verify_key(connection: Any, opening: Opening) -> bytes | None:
    """The key that the opening is committed to, if it is here."""
    query = "SELECT key FROM verify_keys WHERE commitment = ?"
    row = connection.execute(query, (opening.commitment,)).fetchone()
    return None if row is None else bytes(row[0])


def is_handed(connection: Any, opening: Opening) -> bool:
    query = "SELECT handed FROM verify_keys WHERE commitment = ?"
    row = connection.execute(query, (opening.commitment,)).fetchone()
    return row is not None and bool(row[0])


def note_handed(connection: Any, opening: Opening) -> None:
    connection.execute("UPDATE verify_keys SET handed = 1 WHERE commitment = ?", (opening.commitment,))


def destroy(connection: Any, roster: RosterState, id_: bytes) -> None:
    """All that this device holds of an opening that is released, has ended, or will never be released."""
    opening = roster.openings[id_]
    connection.execute("DELETE FROM verify_keys WHERE commitment = ?", (opening.commitment,))
    for offer in opening.offers:
        connection.execute("DELETE FROM offer_keys WHERE hash = ?", (roster.offers[offer].hpke_hash,))
    connection.execute("DELETE FROM verified WHERE opening = ?", (id_,))
    connection.execute("DELETE FROM totals WHERE opening = ?", (id_,))


def destroy_unused(vault: Vault, roster: RosterState) -> None:
    """Keys of openings that ended, and of offers that no opening took while it could."""
    connection = vault.read()
    held = {bytes(hash_) for (hash_,) in connection.execute("SELECT hash FROM offer_keys").fetchall()}
    if not held:
        return
    ended = [
        id_
        for id_, opening in roster.openings.items()
        if opening.ended is not None and any(roster.offers[one].hpke_hash in held for one in opening.offers)
    ]
    over = [
        made.hpke_hash
        for made in roster.offers.values()
        if made.hpke_hash in held and not made.opening and not made.is_open(roster.time)
    ]
    if not ended and not over:
        return
    with vault.write() as writing:
        for id_ in ended:
            destroy(writing, roster, id_)
        writing.executemany("DELETE FROM offer_keys WHERE hash = ?", [(hash_,) for hash_ in over])
    vault.scrub()
