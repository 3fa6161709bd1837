"""The account's next member key: durable before the statement that names it, and the first thing said after it."""

from typing import Any

from crypto.public.randomness import Randomness
from crypto.secret.hpke import HpkeKey
from device.reserved import ACCOUNT_KEYS, stage_reserved
from sync.state import RosterState

NEXT = "next_member_key"


def next_key(connection: Any, roster: RosterState, account: bytes, log: bytes, randomness: Randomness) -> HpkeKey:
    """The key for a revocation: that of an earlier try, unless the roster has it already. `log`: the personal space."""
    stage_next(connection, roster, account, log)
    kept = kept_key(connection)
    key = kept if kept is not None and kept.hash not in roster.used_keys else HpkeKey.generate(randomness)
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", (NEXT, key.seed))
    return key


def stage_next(connection: Any, roster: RosterState, account: bytes, log: bytes) -> None:
    """Once the roster names the kept key, its private half goes with the next flush of the personal space.

    A phone that dies before the statement came back still knows the key at the next sync.
    """
    key = kept_key(connection)
    owner = roster.accounts.get(account)
    if key is None or owner is None or owner.member_key_hash != key.hash:
        return
    stage_reserved(connection, log, key.hash[:16], ACCOUNT_KEYS, {"member_key": key.seed})
    connection.execute("DELETE FROM meta WHERE key = ?", (NEXT,))


def kept_key(connection: Any) -> HpkeKey | None:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (NEXT,)).fetchone()
    return None if row is None else HpkeKey.from_seed(row[0])
