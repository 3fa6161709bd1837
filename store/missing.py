"""What is not in entries and was lost with a backup: HPKE keys and wraps of now that some device may send again."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from store.tables import HpkeKeyRow, WrapRow
from sync.readers import readers
from sync.space import logs_of, writes
from sync.state import RosterState


@dataclass(frozen=True, slots=True)
class Missing:
    """`keys`: hashes; `wraps`: (log, reader) without a wrap of the current epoch."""

    keys: list[bytes]
    wraps: list[tuple[bytes, bytes]]


def missing(connection: Any, roster: RosterState, device: bytes) -> Missing:
    """For an active device: of the logs it writes to, and of its own account's keys."""
    programme = roster.programme
    account = roster.accounts[roster.devices[device].account]
    named, lacking = {account.member_key_hash}, list[tuple[bytes, bytes]]()
    for log in logs_of(roster, device):
        space = roster.spaces.get(log)
        if space is None or not writes(roster, space, roster.devices[device]):
            continue
        wanted = readers(roster, log)
        named |= {*wanted.values(), space.current.inbox_hash}
        current = col(WrapRow.programme) == programme, col(WrapRow.log) == log, col(WrapRow.epoch) == space.epoch
        held = set(connection.execute(select(WrapRow.reader).where(*current)).scalars())
        lacking += [(log, reader) for reader in sorted(wanted.keys() - held)]
    stored = set(connection.execute(select(HpkeKeyRow.hash).where(col(HpkeKeyRow.programme) == programme)).scalars())
    return Missing(sorted(named - stored - {b""}), lacking)
