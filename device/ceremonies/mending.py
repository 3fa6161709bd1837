"""After the chain of a space's keys was broken (docs/protocol/7-ceremonies.md, "Recovering from paper", "Rotating")."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from crypto.secret.epoch import SEALED_PREVIOUS_SIZE, seal_previous
from crypto.secret.invite import InviteKeys
from device import outbox
from device.ceremonies.due import is_overdue
from device.ceremonies.inviting import old_code
from device.days import day_of
from device.engine import ATTEMPTS, Engine
from device.erasing import lacking, survivors
from device.keyring import held_key, learn_key, missing_keys, reach
from device.ledger import stored_entry
from device.opening import quarantined, retry_quarantined
from device.repacking import writable
from device.session import Session
from device.wrapping import KeyNotHere, open_wraps, own_readers
from schemas import wire
from sync.device.repack import repack
from sync.state import RosterState

WITHHELD = (
    "the server withholds, or lost, a key that this invite opens: if it was put back from a backup, a lead has to say"
    " so first"
)


@dataclass(frozen=True)
class LostKey:
    """The current personal key, if it does not open here after a recovery. `maker`: the phone that began its epoch.

    `why`: `garbage`, the server has a wrap of it that does not open; `lost`, it has none, and a restore may have lost
    it; `withheld`, it has none, and nothing explains that.
    """

    maker: bytes
    why: Literal["garbage", "lost", "withheld"]


def came_from_paper(engine: Engine) -> bool:
    """Whether this phone still holds the code it was recovered with: it need not have every key of the account."""
    return old_code(engine) is not None


def may_be_lost(roster: RosterState, log: bytes) -> bool:
    """Whether a server that a lead declared to be put back may have had wraps of a space's current key, and lost them.

    Without the declaration a server that lies could end any epoch by withholding its wraps.
    """
    return roster.restored > roster.spaces[log].current.since


async def lost_key(engine: Engine) -> LostKey | None:
    """The current personal key, if this phone came in from paper and does not have it even when it asks once more.

    Raises as `Session.call`.
    """
    wraps = await ask_again(engine)
    roster, log, connection = engine.roster, engine.writer.personal, engine.vault.read()
    code, device = old_code(engine), roster.devices.get(engine.identity.device)
    if code is None or device is None or not missing_keys(connection, roster, [log]):
        return None
    space = roster.spaces[log]
    entry = stored_entry(connection, roster.programme, space.current.since)
    if entry is None:
        return None
    # The wrap to this phone of an epoch that began before it came in is the one that it made itself, of no key.
    readers = {code.id} if space.current.since < device.enrolled else {code.id, device.id}
    if any((one.log, one.epoch) == (log, space.epoch) and one.reader in readers for one in wraps):
        return LostKey(entry.header.device, "garbage")
    if may_be_lost(roster, log):
        return LostKey(entry.header.device, "lost")
    # For a code that is closed the server has nothing: what the wraps held cannot be told any more.
    return LostKey(entry.header.device, "withheld" if _is_open(roster, code) else "garbage")


async def ask_again(engine: Engine) -> list[wire.OwnWrap]:
    """The wraps that the server has by now for this phone, and for the code it came by; the keys in them are learnt.

    Another phone may have given back to the code what a restored server had lost. Empty if no key is wanted. Raises
    as `Session.call`.
    """
    roster, log, connection = engine.roster, engine.writer.personal, engine.vault.read()
    code = old_code(engine)
    if code is None or log not in roster.spaces:
        return []
    if all(held_key(connection, roster, log, epoch + 1) is not None for epoch in range(roster.spaces[log].epoch)):
        return []
    sessions = [engine.session]
    if _is_open(roster, code):
        sessions.append(Session(engine.transport, code.id, code.signing))
    answers = [await engine.patiently(partial(session.call, engine.transport.wraps)) for session in sessions]
    wraps = [one for answer in answers for one in answer.wraps]
    own = own_readers(connection, log, engine.identity.device, engine.identity.hpke)
    opened = open_wraps(roster, own | {code.id: code.hpke}, [log], wraps).get(log, {})
    with engine.vault.write() as writing:
        for epoch, key in sorted(opened.items(), reverse=True):
            learn_key(writing, roster, log, epoch, key)
        retry_quarantined(writing, log)
    return wraps


def _is_open(roster: RosterState, code: InviteKeys) -> bool:
    account = roster.invites[code.id].account if code.id in roster.invites else b""
    return code.id in roster.open_invites("recovery", account=account)


def told(engine: Engine, lost: LostKey | None) -> list[str]:
    """A sentence for the owner about a key that the code on paper does not open, if there is one."""
    if lost is None:
        return []
    if lost.why == "garbage":
        who = f"phone {lost.maker.hex()[:8]} changed the key of your entries, and left nothing that your code opens"
        return [f"{who}: it is taken off your account, and what was written under its key cannot be read here"]
    if lost.why == "withheld":
        return [WITHHELD]
    number = quarantined(engine.vault.read(), engine.writer.personal)
    sentence = (
        "the server was put back from a backup, and says that it lost the newest key of your entries:"
        f" {number} of your phones' flushes cannot be read here. If another phone of yours still works, sync it now,"
        " and again after you have made a new code here: it may have the key, and then says again what they hold"
    )
    return [sentence]


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
