"""What this phone does about erasures: it checks that everything survives, writes again what would not, withdraws what
revoked phones wanted erased, and drops its own copies on their day (docs/protocol/5-sealed.md, "Erasing").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crypto.secret.invite import InviteKeys
from device import contents, erasures, omissions, outbox
from device.days import day_of
from device.engine import Engine
from device.erasures import Erasure
from device.ledger import entries_above
from device.reauthoring import record_states
from device.repacking import decide, sign, spaces, writable
from device.voided import load_void
from sync.device.merge import RecordState, merge_content
from sync.device.repack import Item, missing, repack
from sync.erasure import Withdraw
from sync.errors import Refused
from sync.space import writes


class ErasureUnknown(Exception):
    """There is no such erasure that could still be withdrawn."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An erasure that has not fallen due here. `id`: leaf of the `erase`; `due`: day since 1970; `bodies`: how many
    flushes go; `own`: by this phone.
    """

    id: bytes
    space: str
    device: bytes
    own: bool
    due: int
    cosigned: bool
    bodies: int


async def keep_up(engine: Engine) -> list[str]:
    """Everything that erasures ask of a phone after a sync; sentences about what the server leaves out.

    Raises as `Engine.sync`.
    """
    notes = await omissions.ask_again(engine)
    await put_right(engine)
    drop(engine)
    return notes


async def put_right(engine: Engine) -> None:
    """Withdraw, or write again what would be lost, wherever an erasure has come since the last time.

    Raises as `Engine.sync`.
    """
    wrote = False
    for log in spaces(engine):
        wrote |= withdraw_departed(engine, log)
        wrote |= check(engine, log)
    if wrote:
        await engine.sync(flush=False)


def withdraw_departed(engine: Engine, log: bytes) -> bool:
    """Withdraw what devices that this phone took off wanted erased. Whether anything waits to be sent now."""
    if log not in writable(engine):
        return False
    day, former = engine.writer.day(), engine.roster.former
    theirs = [
        one
        for one in _withdrawable(engine, log, day)
        if one.device in former and former[one.device].by == engine.identity.device
    ]
    for one in theirs:
        _sign_withdrawal(engine, log, one, day)
    return bool(theirs)


def check(engine: Engine, log: bytes) -> bool:
    """Compare what remains, without the bodies that are going to go, with what is known; write again what is missing.

    Whether anything was written. Until nothing is missing this phone drops nothing.
    """
    connection, roster = engine.vault.read(), engine.roster
    if all(one.withdrawn or one.checked for one in erasures.erasures(connection, log)):
        return False
    lost = lacking(connection, log, survivors(connection, log))
    device = roster.devices.get(engine.identity.device)
    reader = device is not None and not writes(roster, roster.spaces[log], device)
    if not lost or reader:
        with engine.vault.write() as writing:
            erasures.mark_checked(writing, log)
        return False
    if log not in writable(engine):
        return False
    with engine.vault.write() as writing:
        engine.writer.tidy(writing, log, repack(lost, max(0, int(engine.clock()))))
    return True


def lacking(connection: Any, log: bytes, remaining: Mapping[bytes, RecordState]) -> list[Item]:
    """What is known of the records here and not said by `remaining`, made from some of the same entries."""
    return missing(record_states(connection, log), remaining)


def survivors(connection: Any, log: bytes, lowest: int = 1) -> dict[bytes, RecordState]:
    """The records that the entries make which are neither void nor named by an erasure in force.

    `lowest`: those alone that keys from this epoch on open.
    """
    _, void = load_void(connection, log)
    without = void | erasures.in_force(connection, log)
    states: dict[bytes, RecordState] = {}
    for position, entry in enumerate(entries_above(connection, log, 0), start=1):
        if position in without or entry.header.epoch < lowest:
            continue
        content = contents.read(connection, log, position, entry)
        if content is not None:
            merge_content(states, content, position, entry.header.device, void)
    return states


def drop(engine: Engine) -> None:
    """Drop this phone's own copies of what may be missing."""
    day, own_day, dropped = engine.writer.day(), day_of(engine.clock()), 0
    logs = [log for log in spaces(engine) if erasures.erasures(engine.vault.read(), log)]
    if not logs:
        return
    with engine.vault.write() as connection:
        for log in logs:
            dropped += erasures.drop_bodies(connection, log, day, own_day)
    if dropped:
        # Older images of the pages would stay in the write-ahead log.
        engine.vault.read().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def planned(engine: Engine) -> list[Planned]:
    """The erasures in force that have not fallen due, the next ones first."""
    connection, day, found = engine.vault.read(), engine.writer.day(), []
    for log in spaces(engine):
        for one in erasures.erasures(connection, log):
            if one.withdrawn or one.due <= day:
                continue
            (bodies,) = connection.execute(
                "SELECT COUNT(*) FROM erased WHERE log = ? AND erasure = ?", (log, one.position)
            ).fetchone()
            space, own = engine.roster.spaces[log].name, one.device == engine.identity.device
            found.append(Planned(one.leaf, space, one.device, own, one.due, one.cosigned, bodies))
    return sorted(found, key=lambda one: (one.due, one.id))


async def withdraw(engine: Engine, leaf: bytes) -> None:
    """Undo an erasure before it falls due. Raises ErasureUnknown, CannotSign, and as `Engine.sync`."""
    await engine.sync(flush=False)
    day = engine.writer.day()
    for log in spaces(engine):
        for one in _withdrawable(engine, log, day):
            if one.leaf == leaf:
                engine.writer.check_may_sign()
                if not outbox.is_tidying(engine.vault.read(), log):
                    _sign_withdrawal(engine, log, one, day)
                await engine.sync(flush=False)
                if not any(
                    each.leaf == leaf and each.withdrawn for each in erasures.erasures(engine.vault.read(), log)
                ):
                    raise ErasureUnknown("the server did not take the withdrawal: sync, and look at the list again")
                return
    raise ErasureUnknown("there is no erasure of this id that could still be withdrawn")


async def erase_now(engine: Engine, code: InviteKeys) -> int:
    """Erase, with the consent of a recovery code, all that a repack of the personal space makes superfluous.

    At once on the server, and on each phone when it has checked that nothing is lost. Returns how many bodies go.
    Raises Refused if the code is not open, CannotSign, and as `Engine.sync`.
    """
    if code.id not in engine.roster.open_invites("recovery", account=engine.identity.account):
        raise Refused("cosignature-invalid", "this code is not open any more")
    await engine.sync()
    engine.writer.check_may_sign()
    log = engine.writer.personal
    plan = decide(engine, log, at_once=True) if log in writable(engine) else None
    if plan is None:
        return 0
    sign(engine, log, plan, code)
    await engine.sync(flush=False)
    await keep_up(engine)
    return len(plan.leaves)


def _withdrawable(engine: Engine, log: bytes, day: int) -> list[Erasure]:
    found = erasures.erasures(engine.vault.read(), log)
    return [one for one in found if not one.withdrawn and not one.cosigned and one.due > day]


def _sign_withdrawal(engine: Engine, log: bytes, one: Erasure, day: int) -> None:
    with engine.vault.write() as connection:
        engine.writer.tidy(connection, log, [], lambda _: Withdraw(day, one.leaf))
