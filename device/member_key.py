"""The account's next member key: durable before the statement that names it, and the first thing said after it."""

from collections.abc import Iterator
from typing import Any, TypeGuard

from crypto.public.randomness import Randomness
from crypto.secret.hpke import HpkeKey
from device import contents
from device.ledger import stored_entry
from device.reserved import ACCOUNT_KEYS, reserved_values, stage_reserved
from device.voided import load_void
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


def member_keys(connection: Any, personal: bytes) -> dict[bytes, HpkeKey]:
    """Hash -> member key, of all that the account's phones have passed on.

    Also in void entries: a thief's phone that took another one off has made the newest, and without it the owner's
    phone could not open what it must wrap anew to take that phone off. A wrong one opens nothing.
    """
    seeds = [values.get("member_key") for values in reserved_values(connection, personal, ACCOUNT_KEYS)]
    found = [HpkeKey.from_seed(seed) for seed in (*seeds, *_void_seeds(connection, personal)) if is_seed(seed)]
    return {key.hash: key for key in found}


def is_held(connection: Any, roster: RosterState, account: bytes) -> bool:
    """Whether the account's present member key is here; True of an account that is not in the programme."""
    owner = roster.accounts.get(account)
    return owner is None or owner.member_key_hash in member_keys(connection, roster.space_log("personal", account))


def _void_seeds(connection: Any, personal: bytes) -> Iterator[object]:
    for position in sorted(load_void(connection, personal)[1]):
        content = contents.read(connection, personal, position, stored_entry(connection, personal, position))
        for group in () if content is None else content.groups:
            yield from (one.fields.get("member_key") for one in group.changes if one.type == ACCOUNT_KEYS)


def is_seed(value: object) -> TypeGuard[bytes]:
    return isinstance(value, bytes) and len(value) == 32
