"""After the chain of a space's keys was broken (docs/protocol/7-ceremonies.md, "Recovering from paper", "Rotating")."""

from crypto.secret.epoch import SEALED_PREVIOUS_SIZE, seal_previous
from device import outbox
from device.ceremonies.due import is_overdue
from device.ceremonies.inviting import old_code
from device.days import day_of
from device.engine import ATTEMPTS, Engine
from device.erasing import lacking, survivors
from device.keyring import held_key, missing_keys, reach
from device.repacking import writable
from device.wrapping import KeyNotHere
from sync.device.repack import repack
from sync.state import RosterState


def came_from_paper(engine: Engine) -> bool:
    """Whether this phone still holds the code it was recovered with: it need not have every key of the account."""
    return old_code(engine) is not None


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


async def mend_all(engine: Engine) -> None:
    """The same for every space that this phone writes. What another one alone could read, that one says.

    Raises as `Engine.sync`.
    """
    signed = [restate(engine, log) for log in writable(engine)]
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
