"""After the chain of a space's keys was broken (docs/protocol/7-ceremonies.md, "Recovering from paper", "Rotating")."""

from crypto.secret.epoch import SEALED_PREVIOUS_SIZE, seal_previous
from device import outbox
from device.ceremonies.due import is_overdue
from device.ceremonies.inviting import old_code
from device.days import day_of
from device.engine import ATTEMPTS, Engine
from device.erasing import lacking, survivors
from device.keyring import held_key, missing_keys, reach
from device.ledger import stored_entry
from device.repacking import writable
from device.wrapping import KeyNotHere
from sync.device.repack import repack
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

    A phone that came from paper may not have it, and must end a thief's epoch all the same; and of a shared space the
    last who had it may have left, after a restored server had lost the wraps. Then no later reader gets past this
    epoch, and `restate` says again what stood before it.
    """
    previous = held_key(engine.vault.read(), roster, log, epoch - 1)
    if previous is not None:
        return seal_previous(key, epoch, log, previous, epoch - 1)
    space = roster.spaces[log].name
    # A server that withholds the key and runs its days ahead would have the chain broken at once.
    day = min(day_of(engine.clock()), engine.writer.day())
    breaks = came_from_paper(engine) if space == "personal" else is_overdue(roster, space, day)
    if not breaks:
        raise KeyNotHere(f"the key of {space} is not on this phone yet")
    return engine.randomness(SEALED_PREVIOUS_SIZE)


async def mend(engine: Engine) -> None:
    """Repack what later readers of the personal space could not read, if anything. May be repeated.

    Raises as `Engine.sync`.
    """
    for _ in range(ATTEMPTS):
        if not restate(engine, engine.writer.personal):
            return
        await engine.sync()


async def mend_shared(engine: Engine) -> None:
    """The same for shared spaces, by a lead's phone. What another one alone could read, that one says.

    Raises as `Engine.sync`.
    """
    signed = [restate(engine, log) for log in writable(engine) if log != engine.writer.personal]
    if any(signed):
        await engine.sync(flush=False)


def restate(engine: Engine, log: bytes) -> bool:
    """Sign a repack of all that the entries which the current key leads to do not say; False if there is nothing."""
    connection = engine.vault.read()
    lowest = reach(connection, engine.roster, log)
    if lowest == 1 or missing_keys(connection, engine.roster, [log]):
        return False
    if not outbox.is_tidying(connection, log):
        missing = lacking(connection, log, survivors(connection, log, lowest))
        if not missing:
            return False
        with engine.vault.write() as writing:
            engine.writer.tidy(writing, log, repack(missing, max(0, int(engine.clock()))))
    return True
