"""Bodies that the server leaves out though nobody erased them (docs/protocol/5-sealed.md, "A missing body")."""

from functools import partial
from typing import TYPE_CHECKING, Any

from crypto.public.ids import genesis
from device import erasures
from device.exchange import LogState, check_signature, pulled_log, signed_answer
from device.ledger import heads_of, stored_entry
from device.opening import land_entry
from device.voided import load_void
from schemas import wire
from schemas.records import Sentence
from sync.device.replica import Pulled, ServerFault
from sync.errors import Refused
from sync.log import Cursor
from sync.space import SEALED

if TYPE_CHECKING:
    from device.engine import Engine


def note_missing(connection: Any, one: LogState, day: int) -> None:
    """Remember the entries of a believed answer that came without their bodies; at the end of the log, settle.

    What allows a body to be missing stands above its entry, so it is judged on the `day` of the last answer. In the
    caller's transaction.
    """
    rows = [
        (one.log, placed.position)
        for placed in one.placed
        if placed.entry.body is None and placed.entry.header.kind == SEALED
    ]
    connection.executemany("INSERT OR IGNORE INTO omissions(log, position) VALUES (?, ?)", rows)
    if not one.more and lowest(connection, one.log) is not None:
        allowed = [(one.log, position) for position in erasures.may_be_missing(connection, one.log, day)]
        connection.executemany("DELETE FROM omissions WHERE log = ? AND position = ?", allowed)


def lowest(connection: Any, log: bytes) -> int | None:
    row = connection.execute("SELECT MIN(position) FROM omissions WHERE log = ?", (log,)).fetchone()
    return None if row[0] is None else int(row[0])


async def ask_again(engine: "Engine") -> list[str]:
    """Ask for the lowest missing body of each space once more, for the next while they come. Returns `notes`.

    Raises as `Engine.round`.
    """
    for log in engine.logs()[1:]:
        while (position := lowest(engine.vault.read(), log)) is not None:
            try:
                pulled = await _ask(engine, log, position)
            except ServerFault:
                break
            if not _take(engine, pulled):
                break
    return notes(engine.vault.read())


def notes(connection: Any) -> list[str]:
    """Sentences about what is missing."""
    rows = connection.execute(
        "SELECT name, COUNT(*) FROM omissions JOIN logs USING (log) GROUP BY log, name ORDER BY name"
    ).fetchall()
    return [Sentence("note_left_out", space=name, number=number) for name, number in rows]


async def _ask(engine: "Engine", log: bytes, position: int) -> Pulled:
    """The signed answer for the log from `position` on; raises ServerFault."""
    connection, roster = engine.vault.read(), engine.roster
    heads = heads_of(connection, Cursor(0, genesis(roster.programme, log)), log)
    cursor = wire.Cursor(position=position - 1, head=heads(position - 1) or b"")
    asked = wire.LogRequest(log=log, cursor=cursor, own=True)
    request = wire.SyncRequest(challenge=engine.randomness(32), budget=wire.MIN_BUDGET, logs=[asked])
    answer = await engine.patiently(partial(engine.session.call, partial(engine.transport.sync, request)))
    check_signature({engine.identity.server_key, roster.server_key}, signed_answer(roster.programme, request, answer))
    return pulled_log(connection, asked, answer.logs[0])


def _take(engine: "Engine", pulled: Pulled) -> bool:
    """Store and land the bodies that came after all; whether the first one did."""
    came = False
    with engine.vault.write() as connection:
        _, void = load_void(connection, pulled.log)
        for position, entry in enumerate(pulled.entries, start=pulled.asked.position + 1):
            key, stored = (pulled.log, position), stored_entry(connection, pulled.log, position)
            if stored is None or stored.leaf != entry.leaf or entry.body is None:
                continue
            try:
                body = entry.check_body()
            except Refused:
                continue
            if not connection.execute("DELETE FROM omissions WHERE log = ? AND position = ?", key).rowcount:
                # What this phone has erased itself stays erased.
                continue
            connection.execute("UPDATE entries SET body = ? WHERE log = ? AND position = ?", (body, *key))
            came |= position == pulled.asked.position + 1
            if position not in void:
                land_entry(connection, pulled.log, position, entry, void)
            erasures.check_again(connection, pulled.log)
    return came
