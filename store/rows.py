"""Rows that travel with entries: wraps, HPKE keys, names, slips. They are exactly what the entries call for (page 6).

A session by itself writes nothing: each row here is there because a signed entry asked for it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, delete, insert
from sqlmodel import col, select

from crypto.errors import KeyRefused
from crypto.public.hpkekey import check_hpke_key, hpke_key_hash
from store.tables import HpkeKeyRow, NameRow, SlipRow, WrapRow
from store.transaction import Transaction
from sync.errors import Refused
from sync.log import Entry
from sync.readers import WrapKey, keys_called_for, named_keys, offer_keys_over, readers, wraps_called_for
from sync.space import SEALED, spaces_of
from sync.state import RosterState
from sync.statements import Announce, Join, decode_statement

# Content-addressed: the same bytes may have come before.
_KEY = "INSERT INTO hpke_keys (programme, hash, key) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
_WRAP = """
    INSERT INTO wraps (programme, log, reader, epoch, wrap) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (programme, log, reader, epoch) DO UPDATE SET wrap = excluded.wrap
"""
_SLIP = """
    INSERT INTO slips (programme, account, sealed) VALUES (?1, ?2, ?3)
    ON CONFLICT (programme, account) DO UPDATE SET sealed = excluded.sealed
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """`wraps`: (log, epoch, reader) and the 1,168 bytes; `taken`: accounts whose names a lead has stored."""

    keys: Sequence[bytes] = ()
    wraps: Sequence[tuple[WrapKey, bytes]] = ()
    name: bytes | None = None
    taken: Sequence[bytes] = ()
    slip: bytes | None = None

    def __bool__(self) -> bool:
        return bool(self.keys or self.wraps or self.name or self.taken or self.slip)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a push did: the rosters around it, its new entries, and those that were there already."""

    before: RosterState
    after: RosterState
    new: list[Entry] = field(default_factory=list)
    repeated: list[Entry] = field(default_factory=list)


def settle(transaction: Transaction, applied: Applied, rows: Rows) -> None:
    """Check the rows against the entries, then store them and drop those that no reader needs any more.

    Raises Refused `wraps-wrong`, `keys-wrong`, `key-refused`, `rows-without-entry`.
    """
    keys = _checked_keys(applied, rows)
    wraps = _checked_wraps(transaction, applied, rows)
    joiner = _joiner(applied.new)
    if rows.name is not None and joiner is None and _joiner(applied.repeated) is None:
        raise Refused("rows-without-entry", "a name travels with a `join` to role member or lead")
    # Beside a new entry in another space, the one in `leads` may be there already: its answer was lost.
    if rows.taken and not any(_is_sealed_in(one, applied.after, "leads") for one in [*applied.new, *applied.repeated]):
        raise Refused("rows-without-entry", "taken names travel with an entry in `leads`")
    writers = _personal_writers(applied.new, applied.after)
    if rows.slip is not None and not writers and not _personal_writers(applied.repeated, applied.after):
        raise Refused("rows-without-entry", "a slip travels with a sealed entry in `personal`")
    programme = applied.after.programme
    _store_keys(transaction, programme, keys)
    _store_wraps(transaction, programme, wraps)
    drop_stale(transaction, applied)
    if rows.name is not None and joiner is not None:
        row = {"programme": programme, "account": joiner.account, "sealed": rows.name}
        transaction.connection.execute(insert(NameRow), row)
    if rows.taken:
        _delete_names(transaction, programme, rows.taken)
    if rows.slip is not None and writers:
        transaction.driver.execute(_SLIP, (programme, *writers, rows.slip))


def _checked_keys(applied: Applied, rows: Rows) -> dict[bytes, bytes]:
    given = {hpke_key_hash(key): key for key in rows.keys}
    called = keys_called_for(applied.new)
    extra = given.keys() - called - keys_called_for(applied.repeated)
    carried = any(entry.header.kind in (SEALED, Announce.kind) for entry in applied.new)
    repairs = extra & named_keys(applied.after) if extra and carried else set()
    if len(given) != len(rows.keys) or extra - repairs or called - given.keys():
        raise Refused("keys-wrong", "the keys are not exactly those that the new statements name by hash")
    for hash_ in called | repairs:
        try:
            check_hpke_key(given[hash_])
        except KeyRefused as error:
            raise Refused("key-refused", str(error)) from None
    return {hash_: given[hash_] for hash_ in called | repairs}


def _checked_wraps(transaction: Transaction, applied: Applied, rows: Rows) -> dict[WrapKey, bytes]:
    given = dict(rows.wraps)
    called = wraps_called_for(applied.after, applied.new)
    lacking = called - given.keys()
    if len(given) != len(rows.wraps) or (lacking and _wrappable(transaction, applied, rows, lacking)):
        raise Refused("wraps-wrong", f"{len(called)} wraps are called for, each once")
    # A client that lost an answer may send an old statement with its rows beside a new entry: they are ignored.
    ignored = {log for log, _, _ in wraps_called_for(applied.after, applied.repeated)}
    extra = given.keys() - called
    repairs = extra & _repairable(applied, {log for log, _, _ in extra}) if extra else set()
    if any(log not in ignored for log, _, _ in extra - repairs):
        raise Refused("wraps-wrong", "a wrap is not called for: another epoch, reader or space")
    # Another device may have given a reader its wrap meanwhile: that one stays.
    return {
        key: given[key]
        for key in (called - lacking) | {key for key in repairs if not _is_held(transaction, applied, key)}
    }


def _repairable(applied: Applied, logs: set[bytes]) -> set[WrapKey]:
    """The current epoch for each reader of those of `logs` in which a new sealed entry was pushed."""
    spaces = {log: applied.after.spaces[log].epoch for log in logs & _sealed_logs(applied)}
    return {(log, epoch, reader) for log, epoch in spaces.items() for reader in readers(applied.after, log)}


def _wrappable(transaction: Transaction, applied: Applied, rows: Rows, wraps: set[WrapKey]) -> bool:
    """Whether there is a key for any of these wraps. One that a restore has lost must not hold up a revocation."""
    named = {reader: hash_ for log, _, _ in wraps for reader, hash_ in readers(applied.after, log).items()}
    wanted = {named[reader] for _, _, reader in wraps if reader in named}
    if wanted & {hpke_key_hash(key) for key in rows.keys} or len(wraps) > sum(key[2] in named for key in wraps):
        return True
    held = select(HpkeKeyRow.hash).where(HpkeKeyRow.programme == applied.after.programme)
    return transaction.connection.execute(held.where(col(HpkeKeyRow.hash).in_(sorted(wanted)))).first() is not None


def _is_held(transaction: Transaction, applied: Applied, key: WrapKey) -> bool:
    log, epoch, reader = key
    of_log = WrapRow.programme == applied.after.programme, WrapRow.log == log
    held = select(WrapRow.reader).where(*of_log, WrapRow.epoch == epoch, WrapRow.reader == reader)
    return transaction.connection.execute(held).first() is not None


def _sealed_logs(applied: Applied) -> set[bytes]:
    return {entry.header.log for entry in applied.new if entry.header.kind == SEALED}


def _joiner(entries: Sequence[Entry]) -> Join | None:
    for entry in entries:
        if entry.header.kind == Join.kind:
            join = decode_statement(Join.kind, entry.check_body())
            if isinstance(join, Join) and join.member_key_hash:
                return join
    return None


def _is_sealed_in(entry: Entry, roster: RosterState, name: str) -> bool:
    return entry.header.kind == SEALED and roster.spaces[entry.header.log].name == name


def _personal_writers(entries: Sequence[Entry], roster: RosterState) -> set[bytes]:
    """The account of a device that wrote in its own `personal` space; none, or one, since all entries are its own."""
    spaces = (roster.spaces.get(entry.header.log) for entry in entries if entry.header.kind == SEALED)
    return {space.account for space in spaces if space is not None and space.account}


def _store_keys(transaction: Transaction, programme: bytes, keys: dict[bytes, bytes]) -> None:
    if keys:
        transaction.driver.executemany(_KEY, [(programme, hash_, key) for hash_, key in keys.items()])


def _store_wraps(transaction: Transaction, programme: bytes, wraps: dict[WrapKey, bytes]) -> None:
    if wraps:
        rows = [(programme, log, reader, epoch, wrap) for (log, epoch, reader), wrap in wraps.items()]
        transaction.driver.executemany(_WRAP, rows)


def drop_stale(transaction: Transaction, applied: Applied) -> None:
    """Of a rotated space only the current epoch stays; nothing of readers that left, nor names and slips of accounts.

    An open code keeps what it had: a thief's phone may rotate with garbage for it, and the code must still open all
    that was written before.
    """
    before, after = applied.before, applied.after
    if before is after:
        return
    for log, space in after.spaces.items():
        older = before.spaces.get(log)
        if older is not None and older.epoch < space.epoch:
            codes = list(after.open_invites("recovery", account=space.account)) if space.account else []
            old = col(WrapRow.epoch) < space.epoch, col(WrapRow.reader).not_in(codes)
            _delete_wraps(transaction, after.programme, log, *old)
    for log, reader in sorted(_left(before, after)):
        _delete_wraps(transaction, after.programme, log, col(WrapRow.reader) == reader)
    if gone := [account for account in before.accounts if account not in after.accounts]:
        _delete_names(transaction, after.programme, gone)
        of_gone = col(SlipRow.programme) == after.programme, col(SlipRow.account).in_(gone)
        transaction.connection.execute(delete(SlipRow).where(*of_gone))
    if after.offers and (before.time, before.openings) != (after.time, after.openings):
        _delete_keys(transaction, after.programme, offer_keys_over(after) - offer_keys_over(before))


def _delete_wraps(transaction: Transaction, programme: bytes, log: bytes, *which: ColumnElement[bool]) -> None:
    of_log = col(WrapRow.programme) == programme, col(WrapRow.log) == log
    transaction.connection.execute(delete(WrapRow).where(*of_log, *which))


def _delete_keys(transaction: Transaction, programme: bytes, hashes: Iterable[bytes]) -> None:
    for hash_ in hashes:
        which = col(HpkeKeyRow.programme) == programme, col(HpkeKeyRow.hash) == hash_
        transaction.connection.execute(delete(HpkeKeyRow).where(*which))


def _delete_names(transaction: Transaction, programme: bytes, accounts: Iterable[bytes]) -> None:
    of_accounts = col(NameRow.programme) == programme, col(NameRow.account).in_(list(accounts))
    transaction.connection.execute(delete(NameRow).where(*of_accounts))


def _left(before: RosterState, after: RosterState) -> set[tuple[bytes, bytes]]:
    """(log, reader) of the invites that closed, the devices that left, the member keys that were replaced."""
    left = {
        (after.space_log(*space), invite)
        for invite in _open_invites(before) - _open_invites(after)
        for space in spaces_of(before, invite)
    }
    for id_, account in before.accounts.items():
        now = after.accounts.get(id_)
        if now is account:
            continue
        left |= {
            (after.space_log("personal", id_), device) for device in account.devices if device not in after.devices
        }
        if now is None or now.member_key_hash != account.member_key_hash:
            left |= {(after.space_log(name), account.member_key_hash) for name in ("commons", "leads")}
    return left


def _open_invites(roster: RosterState) -> set[bytes]:
    return {id_ for ids in roster.opened.values() for id_ in ids if roster.invites[id_].is_open(roster.time)}
