"""Repacking a space in parts: what stands is written again, and the bodies that said it before are erased.

Decided and signed in one transaction; whatever happens then, the entries wait in the outbox until they came back, or
are dropped together (`Writer.reseal`) and decided again.
"""

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from typing import Any

from crypto.errors import BodyTooLarge
from crypto.secret.invite import InviteKeys
from device import erasures, outbox
from device.ceremonies.inviting import cosign
from device.engine import Engine
from device.keyring import epoch_key, held_key, reach
from device.ledger import stored_entry
from device.reauthoring import record_states
from device.voided import load_void
from sync.device.author import open_entry
from sync.device.changes import Content, decode_content
from sync.device.cleaning import Body, Plan, clean, repacked
from sync.erasure import MOST_LEAVES, Erase
from sync.log import Cursor, Header
from sync.space import SEALED, writes


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


async def repack_due(engine: Engine) -> bool:
    """Repack the spaces in which it is worth it; whether there were any. Raises as `Engine.sync`."""
    decided = [(log, plan) for log in writable(engine) if (plan := decide(engine, log)) is not None]
    for log, plan in decided:
        sign(engine, log, plan)
    if decided:
        await engine.sync(flush=False)
    return bool(decided)


def decide(engine: Engine, log: bytes, *, at_once: bool = False) -> Plan | None:
    """The repack of a space, if it is due; `at_once`: if anything can be erased at all, also what waits for its day."""
    connection, now = engine.vault.read(), max(0, int(engine.clock()))
    waiting = erasures.in_force(connection, log)
    bodies = standing_bodies(engine, log, () if at_once else waiting)
    # What another erasure takes, or lies under a key that no later reader gets to, says nothing for good.
    lowest = reach(connection, engine.roster, log)
    bodies = [body._replace(lasts=body.epoch >= lowest and body.position not in waiting) for body in bodies]
    known, (_, void) = record_states(connection, log), load_void(connection, log)
    try:
        if not at_once:
            return clean(bodies, known, void, now, MOST_LEAVES)
        chosen = [body.position for body in bodies if not body.kept][:MOST_LEAVES]
        return repacked(bodies, chosen, known, void, now) if chosen else None
    except BodyTooLarge:
        return None


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
    return [
        Body(
            position,
            device,
            leaf,
            size,
            kept=position == newest.get(device),
            content=opened(connection, log, position),
            epoch=Header.decode(raw).epoch,
        )
        for position, device, leaf, raw, size in sealed
    ]


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
