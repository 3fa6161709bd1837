"""After a phone broke the chain of personal keys (docs/protocol/7-ceremonies.md, "Recovering from paper")."""

from typing import Any

from crypto.secret.epoch import SEALED_PREVIOUS_SIZE, seal_previous
from device.ceremonies.inviting import old_code
from device.engine import Engine
from device.keyring import held_key, reach
from device.ledger import stored_entry
from device.pending import stage
from device.wrapping import KeyNotHere
from sync.device.changes import Change
from sync.device.merge import REMOVED, RecordState
from sync.log import Header
from sync.state import RosterState


def came_from_paper(engine: Engine) -> bool:
    """Whether this phone still holds the code it was recovered with: it need not have every key of the account."""
    return old_code(engine) is not None


def maker_of_lost_key(engine: Engine) -> bytes | None:
    """The phone that made the current personal key, if that key does not open here after a recovery; else None."""
    roster, log, connection = engine.roster, engine.writer.personal, engine.vault.read()
    space = roster.spaces[log]
    if not came_from_paper(engine) or held_key(connection, roster, log, space.epoch) is not None:
        return None
    entry = stored_entry(connection, roster.programme, space.current.since)
    return None if entry is None else entry.header.device


def told(engine: Engine) -> list[str]:
    """A sentence for the owner about a key that the code on paper does not open, if there is one."""
    maker = maker_of_lost_key(engine)
    if maker is None:
        return []
    who = f"phone {maker.hex()[:8]} changed the key of your entries, and left nothing that your code opens"
    return [f"{who}: it is taken off your account, and what was written under its key cannot be read here"]


def sealed_previous(engine: Engine, roster: RosterState, log: bytes, epoch: int, key: bytes) -> bytes:
    """The key before `key`, the one of `epoch`, sealed under it. Raises KeyNotHere.

    A phone that came from paper may not have it, and must end a thief's epoch all the same: then no later reader
    gets past this epoch, and `mend` says again what stood before it.
    """
    previous = held_key(engine.vault.read(), roster, log, epoch - 1)
    if previous is not None:
        return seal_previous(key, epoch, log, previous, epoch - 1)
    if log != engine.writer.personal or not came_from_paper(engine):
        raise KeyNotHere(f"the key of {roster.spaces[log].name} is not on this phone yet")
    return engine.randomness(SEALED_PREVIOUS_SIZE)


async def mend(engine: Engine) -> None:
    """Seal anew what later readers of the personal space could not read, if anything. May be repeated."""
    with engine.vault.write() as connection:
        staged = restate(connection, engine.roster, engine.writer.personal)
    if staged:
        await engine.sync()


def restate(connection: Any, roster: RosterState, log: bytes) -> int:
    """Stage all records that stand on entries of epochs which the current key does not lead to; how many.

    As changes of this phone: of values in conflict the one that is shown goes on. What waits to be sealed here is
    newer, and stays as it is.
    """
    lowest = reach(connection, roster, log)
    if lowest == 1:
        return 0
    rows = connection.execute("SELECT position, header FROM entries WHERE log = ?", (log,))
    old = {position for position, header in rows if Header.decode(header).epoch < lowest}
    states = {
        record: RecordState.decode(state)
        for record, state in connection.execute("SELECT record, state FROM records WHERE log = ?", (log,)).fetchall()
    }
    due = {record for record, state in states.items() if any(layer.position in old for layer in state.layers)}
    if due:
        # An old change that arrives late would raise a deleted record for those who never heard of its end.
        due |= {record for record, state in states.items() if state.deleted}
    staged = 0
    for record in sorted(due):
        change = standing_change(connection, log, record, states[record])
        if change.fields or change.removed or change.deleted:
            stage(connection, log, change)
            staged += 1
    return staged


def standing_change(connection: Any, log: bytes, record: bytes, state: RecordState) -> Change:
    """All that the phone shows of a landed record as one change, but for the fields of which something is pending."""
    rows = connection.execute("SELECT field FROM pending WHERE log = ? AND record = ?", (log, record)).fetchall()
    pending = {field for (field,) in rows}
    winners = {name: standing[0].value for name, standing in state.fields.items() if name not in pending}
    fields = {name: value for name, value in winners.items() if value is not REMOVED}
    removed = tuple(sorted(winners.keys() - fields.keys()))
    return Change(record, state.type, state.version, state.deleted and None not in pending, fields, removed)
