"""Wraps: sealing epoch keys to readers, and fetching the phone's own."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from crypto.public.hpkekey import hpke_key_hash
from crypto.secret.epoch import wrap
from crypto.secret.hpke import HpkeKey
from device.keyring import held_key, open_wrap
from device.member_key import member_keys
from schemas import wire
from sync.device.replica import ServerFault
from sync.readers import WrapKey
from sync.state import RosterState

Wrapped = tuple[bytes, int, bytes, bytes]
"""(log, epoch, reader id, wrap), as it stands in the outbox and on the wire."""
Opened = dict[bytes, dict[int, bytes]]
"""Log -> epoch -> key."""


class KeyNotHere(Exception):
    """This phone does not hold the key of a space yet; sync first."""


def wrap_for(
    connection: Any, roster: RosterState, wanted: Iterable[WrapKey], publics: Mapping[bytes, bytes]
) -> tuple[Wrapped, ...]:
    """Wraps of keys this phone holds; `publics`: reader id -> HPKE key. Raises KeyNotHere."""
    made = []
    for log, epoch, reader in sorted(wanted):
        key = held_key(connection, roster, log, epoch)
        if key is None:
            raise KeyNotHere(f"the key of {roster.spaces[log].name} is not on this phone yet")
        made.append(seal_to(roster.programme, log, epoch, reader, publics[reader], key))
    return tuple(made)


def seal_to(programme: bytes, log: bytes, epoch: int, reader: bytes, public: bytes, key: bytes) -> Wrapped:
    return log, epoch, reader, wrap(key, programme, log, epoch, reader, public)


def publics_of(wanted: Collection[bytes], keys: Iterable[bytes]) -> dict[bytes, bytes]:
    """HPKE keys by hash, those that were given; checked against the hashes the roster names, so the server cannot slip
    in its own. Raises ServerFault.
    """
    found = {hpke_key_hash(key): key for key in keys}
    if found.keys() - set(wanted):
        raise ServerFault(None, "the server gave an HPKE key that the roster does not name")
    return found


def own_readers(connection: Any, personal: bytes, device: bytes, key: HpkeKey) -> dict[bytes, HpkeKey]:
    """Reader id -> key of everything wrapped to this phone: its device key; the account's member key once known."""
    return {device: key} | member_keys(connection, personal)


def open_wraps(
    roster: RosterState, keys: dict[bytes, HpkeKey], wanted: Collection[bytes], wraps: Iterable[wire.OwnWrap]
) -> Opened:
    """What opens of the wraps of the `wanted` logs and matches the roster; only a code has wraps of older epochs."""
    opened: Opened = {}
    for one in wraps:
        if one.log in wanted and one.epoch not in opened.get(one.log, {}):
            key = open_wrap(roster, keys, one.log, one.epoch, one.reader, one.wrap)
            if key is not None:
                opened.setdefault(one.log, {})[one.epoch] = key
    return opened
