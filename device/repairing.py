"""Gives a server that was put back what is not in entries: HPKE keys that the roster names, wraps of current keys."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from crypto.public.encoding import decode, encode
from crypto.public.hpkekey import hpke_key_hash
from crypto.secret.epoch import inbox_key
from device import outbox, public_keys, unwrapped
from device.keyring import held_key
from device.outbox import Rows
from device.vault import Vault
from device.wrapping import own_readers, wrap_for
from schemas import wire
from sync.device.replica import ServerFault
from sync.readers import named_keys, readers
from sync.space import writes
from sync.state import RULES, RosterState
from sync.statements import Announce

if TYPE_CHECKING:
    from device.engine import Engine, Publication

REST = 7
"""Days after which a phone looks again: what it could give may have been lost without its noticing."""
NOW = [0, 0]
MOST_WRAPS = 2_048
"""Of one look: with the flushes beside them they still fit one request."""


def mark_due(vault: Vault) -> None:
    """This phone has given entries back: keys and wraps are lost, too."""
    with vault.write() as connection:
        _remember(connection, NOW)


async def repair(engine: "Engine") -> None:
    """Ask what the server lacks, and send what this phone has of it with an entry of its own; once in REST days,
    and at once after a restore. Raises as `Engine.sync`.
    """
    roster = engine.roster
    if engine.writer.silenced or not engine.enrolled or not _is_due(engine, roster):
        return
    waits, left_out = outbox.count(engine.vault.read()) > 0, _is_left_out(engine, roster)
    if waits and not left_out:
        # What was sent last time may be among it, and a request holds only so many rows.
        return
    answer = await engine.patiently(lambda: engine.session.call(engine.transport.missing))
    await _keep_public_keys(engine, roster, set(answer.keys))
    spaces = _rows(engine, roster, answer)
    if left_out and (rows := spaces.pop(engine.writer.personal, None)):
        await _announce(engine, rows)
    if waits:
        return
    sent = [len(rows.keys) + len(rows.wraps) for rows in spaces.values()]
    # What another phone must give first is looked for again tomorrow.
    rest = 0 if sum(sent) == len(answer.keys) + len(answer.wraps) else REST - 1
    with engine.vault.write() as connection:
        unwrapped.keep(connection, {(one.log, one.reader) for one in answer.wraps})
        for log, rows in spaces.items():
            engine.writer.flush(connection, log, empty=True, rows=rows)
        _remember(connection, [max(0, engine.writer.day() - rest), roster.restored])
    if spaces:
        await engine.sync(flush=False)


def _is_left_out(engine: "Engine", roster: RosterState) -> bool:
    """Whether this phone lacks the newest key of its own space."""
    personal = engine.writer.personal
    return held_key(engine.vault.read(), roster, personal, roster.spaces[personal].epoch) is None


async def _announce(engine: "Engine", lost: Rows) -> None:
    """Keys without a sealed entry: nobody could wrap the newest key of the space to this phone, so it can seal none."""

    async def decide(roster: RosterState) -> "Publication | None":
        keys = tuple(key for key in lost.keys if hpke_key_hash(key) in named_keys(roster))
        return (Announce(engine.writer.day(), RULES), Rows(keys=keys)) if keys else None

    # What this phone owes may be a revocation, which waits for that very key.
    await engine.publish(decide, owed=True)


def _rows(engine: "Engine", roster: RosterState, answer: wire.MissingAnswer) -> dict[bytes, Rows]:
    """What to send, by the space whose entry carries it. A server that asks for what nobody lacks gets nothing."""
    connection, personal = engine.vault.read(), engine.writer.personal
    known = _known_keys(engine, roster, set(answer.keys))
    found = {personal: Rows(keys=tuple(known[hash_] for hash_ in sorted(known)[: wire.MAX_KEYS]))} if known else {}
    room = MOST_WRAPS
    for log in sorted({one.log for one in answer.wraps} & {log for log in engine.logs() if log in roster.spaces}):
        space = roster.spaces[log]
        if not writes(roster, space, roster.devices[engine.identity.device]):
            continue
        if held_key(connection, roster, log, space.epoch) is None:
            continue
        wanted = readers(roster, log)
        lacking = {one.reader for one in answer.wraps if one.log == log} & wanted.keys()
        held = {reader: known.get(wanted[reader]) or public_keys.load(connection, wanted[reader]) for reader in lacking}
        publics = {reader: key for reader, key in held.items() if key is not None}
        wanted_now = [(log, space.epoch, reader) for reader in sorted(publics)][:room]
        wraps = wrap_for(connection, roster, wanted_now, publics)
        room -= len(wraps)
        if wraps:
            found[log] = found.get(log, Rows()) + Rows(wraps=wraps)
    return found


async def _keep_public_keys(engine: "Engine", roster: RosterState, lost: set[bytes]) -> None:
    """Fetch the keys of all to whom this phone may wrap: the next restore may lose them, and their phones with them."""
    connection, device = engine.vault.read(), roster.devices[engine.identity.device]
    spaces = [log for log in engine.logs() if log in roster.spaces]
    written = [log for log in spaces if writes(roster, roster.spaces[log], device)]
    hashes = {hash_ for log in written for hash_ in readers(roster, log).values()} - lost
    # One that the server says it holds, and does not give, waits for another phone.
    with suppress(ServerFault):
        await engine.publics([hash_ for hash_ in sorted(hashes) if public_keys.load(connection, hash_) is None])


def _known_keys(engine: "Engine", roster: RosterState, lost: set[bytes]) -> dict[bytes, bytes]:
    """Those of the lost keys that this phone made, was given, or derives."""
    connection, identity = engine.vault.read(), engine.identity
    own = own_readers(connection, engine.writer.personal, identity.device, identity.hpke)
    known = {key.hash: key.public for key in own.values()}
    leads = roster.space_log("leads")
    leads_key = held_key(connection, roster, leads, roster.spaces[leads].epoch)
    if leads_key is not None:
        inbox = inbox_key(leads_key)
        known[inbox.hash] = inbox.public
    for hash_ in lost - known.keys():
        key = public_keys.load(connection, hash_)
        if key is not None:
            known[hash_] = key
    return {hash_: known[hash_] for hash_ in lost & known.keys()}


def _is_due(engine: "Engine", roster: RosterState) -> bool:
    row = engine.vault.read().execute("SELECT value FROM meta WHERE key = 'repaired'").fetchone()
    today = engine.writer.day()
    if row is None:
        with engine.vault.write() as connection:
            _remember(connection, [today, roster.restored])
        return False
    day, restored = _numbers(row[0])
    return roster.restored > restored or not today - REST < day <= today


def _numbers(raw: bytes) -> tuple[int, int]:
    value: Any = decode(raw)
    day, restored = value
    return int(day), int(restored)


def _remember(connection: Any, marks: list[int]) -> None:
    """Day of the last look, and position of the last `restored` that was known then."""
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('repaired', ?)", (encode([*marks]),))
