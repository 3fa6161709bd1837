"""Repacking a space: what stands is written again, and the bodies that said it before are erased.

Decided and signed in one transaction; whatever happens then, the entries wait in the outbox until they came back, or
are dropped together (`Writer.reseal`) and decided again.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from crypto.errors import BodyTooLarge
from crypto.secret.invite import InviteKeys
from device import erasures, outbox
from device.ceremonies.inviting import cosign
from device.days import SECONDS
from device.engine import Engine
from device.keyring import epoch_key, held_key
from device.ledger import stored_entry
from device.voided import load_void
from sync.device.author import open_entry
from sync.device.changes import Content, decode_content
from sync.device.merge import RecordState
from sync.device.repack import is_worth, repack, rung
from sync.erasure import MOST_LEAVES, Erase
from sync.log import Cursor, Header
from sync.space import SEALED, writes

STANDS = 7 * SECONDS
"""Seconds for which something deleted may stay readable, until it is repacked away."""


class Body(NamedTuple):
    """A sealed body that no erasure names; `size` in bytes. `kept`: not for this phone to name."""

    position: int
    leaf: bytes
    size: int
    kept: bool


class Plan(NamedTuple):
    """The plaintexts of a repack, and the leaves that are erased behind it, ascending."""

    plaintexts: list[bytes]
    leaves: tuple[bytes, ...]


def spaces(engine: Engine) -> list[bytes]:
    """The logs with sealed entries that this phone reads."""
    return [log for log in engine.logs() if log in engine.roster.spaces]


def writable(engine: Engine) -> list[bytes]:
    """The spaces in which this phone may write something of its own accord now."""
    connection, roster, device = engine.vault.read(), engine.roster, engine.roster.devices.get(engine.identity.device)
    if engine.writer.silenced or device is None:
        return []
    return [
        log
        for log in spaces(engine)
        if writes(roster, roster.spaces[log], device)
        and held_key(connection, roster, log, roster.spaces[log].epoch) is not None
        and not outbox.waiting(connection, log, most=1)
        and not _troubled(connection, log)
    ]


def _troubled(connection: Any, log: bytes) -> bool:
    row = connection.execute("SELECT note FROM logs WHERE log = ?", (log,)).fetchone()
    return row is None or bool(row[0])


async def repack_due(engine: Engine) -> None:
    """Repack the spaces in which it is worth it. Raises as `Engine.sync`."""
    decided = [(log, plan) for log in writable(engine) if (plan := decide(engine, log)) is not None]
    for log, plan in decided:
        sign(engine, log, plan)
    if decided:
        await engine.sync(flush=False)


def decide(engine: Engine, log: bytes, *, at_once: bool = False) -> Plan | None:
    """The repack of a space, if it is due; `at_once`: if anything can be erased at all, also what waits for its day."""
    connection, now = engine.vault.read(), int(engine.clock())
    named = frozenset[int]() if at_once else erasures.in_force(connection, log)
    unnamed = standing_bodies(engine, log, named)
    bodies = [body for body in unnamed if not body.kept]
    if not bodies:
        return None
    size = sum(body.size for body in bodies)
    rows = connection.execute("SELECT record, deleted, state FROM records WHERE log = ?", (log,)).fetchall()
    gone = {record for record, deleted, _ in rows if deleted}
    stands = bool(gone) and not at_once and deleted_stand(connection, log, unnamed, gone, now)
    if not at_once and not stands and not is_worth(size, 0):
        return None
    try:
        plaintexts = repack([(record, RecordState.decode(state)) for record, _, state in rows], max(0, now))
    except BodyTooLarge:
        return None
    if not at_once and not stands and not is_worth(size, sum(rung(plaintext) for plaintext in plaintexts)):
        return None
    return Plan(plaintexts, tuple(sorted(body.leaf for body in bodies[:MOST_LEAVES])))


def standing_bodies(engine: Engine, log: bytes, named: Collection[int]) -> list[Body]:
    """The bodies that this phone could open and that are none of the `named` ones, nor void, the oldest first.

    The newest entry of every other active device stays: it tells when that one
    was last heard from.
    """
    connection = engine.vault.read()
    _, void = load_void(connection, log)
    aside = {row[0] for row in connection.execute("SELECT position FROM quarantine WHERE log = ?", (log,)).fetchall()}
    rows = connection.execute(
        "SELECT position, device, leaf, header, LENGTH(body) FROM entries WHERE log = ? AND body IS NOT NULL"
        " ORDER BY position",
        (log,),
    ).fetchall()
    without = {*void, *aside, *named}
    sealed = [row for row in rows if row[0] not in without and Header.decode(row[3]).kind == SEALED]
    others = set(engine.roster.devices) - {engine.identity.device}
    newest = {device: position for position, device, *_ in sealed if device in others}
    return [Body(row[0], row[2], row[4], row[0] == newest.get(row[1])) for row in sealed]


def deleted_stand(connection: Any, log: bytes, bodies: Iterable[Body], gone: set[bytes], now: int) -> bool:
    """Whether bodies that may be named still say something of records deleted more than STANDS seconds ago."""
    said, since = set[bytes](), dict[bytes, int]()
    for body in bodies:
        content = opened(connection, log, body.position)
        for change in (change for group in content.groups for change in group.changes if change.record in gone):
            if change.deleted:
                since[change.record] = min(content.written_at, since.get(change.record, content.written_at))
            elif change.fields and not body.kept:
                said.add(change.record)
    # A clock far ahead on the phone that deleted must not keep it standing.
    return any(not now - STANDS <= since.get(record, 0) <= now + SECONDS for record in said)


def opened(connection: Any, log: bytes, position: int) -> Content:
    """The content of a stored entry that has landed once."""
    entry = stored_entry(connection, log, position)
    key = None if entry is None else epoch_key(connection, log, entry.header.epoch)
    if entry is None or key is None:
        raise LookupError("an entry that has landed is stored, and so is its key")
    return decode_content(open_entry(entry, key))


def sign(engine: Engine, log: bytes, plan: Plan, code: InviteKeys | None = None) -> None:
    """Put a repack and its `erase` into the outbox, co-signed by `code` if there is one."""
    statement = Erase(engine.writer.day(), plan.leaves)
    with engine.vault.write() as connection:
        engine.writer.tidy(connection, log, plan.plaintexts, partial(_consented, statement, code, log))


def _consented(statement: Erase, code: InviteKeys | None, log: bytes, seen: Cursor) -> Erase:
    return statement if code is None else replace(statement, cosignature=cosign(statement, code, log, seen))
