"""What a phone does whenever it is online: a sync, what is due after it, and once a day the tidying."""

from collections.abc import Awaitable, Callable
from typing import Any

from crypto.public.encoding import decode, encode
from device import erasing, healing, outbox, repacking, repairing, retention, unwrapped, witnessing
from device.ceremonies import announcing, lost_keys, mending, naming, reissuing, rotating
from device.days import SECONDS, day_of
from device.engine import REFUSED, Engine
from device.records import Records
from device.report import Report
from device.statistics import desk
from device.telling import remember_refusal, wait_for_lead
from device.transport import Malformed, ServerProblem, Transport, Unreachable
from device.witnessed import alarms

_TIDIED, _FLUSH = "tidied_on", "flush_at"


async def sync(engine: Engine, records: Records, at: Callable[[str], Transport], *, flush: bool) -> Report:
    """Flush, push and pull, then all that is due. `at`: the transport to an address. Raises as `Engine.sync`."""
    tidying, epoch = flush and _first_today(engine), _personal_epoch(engine)
    report = Report()
    try:
        if tidying:
            report.notes += retention.delete_old(engine, records)
        report.join(await _at_its_address(engine, at, flush=flush))
    except ServerProblem as problem:
        if problem.name == REFUSED:
            remember_refusal(engine)
        raise
    if engine.owes:
        report.notes += await reissuing.reissue(engine)
        report.join(await engine.sync(flush=flush))
    records.refresh_card()
    if engine.healing:
        report.notes.append(wait_for_lead(records))
        return report
    await announcing.announce(engine)
    report.notes += await naming.take_names(engine)
    report.notes += await rotating.rotate_due(engine)
    await healing.refill(engine)
    await repairing.repair(engine)
    report.notes += rotating.audit(engine.roster)
    report.notes += unwrapped.notes(engine.vault.read(), engine.roster)
    await witnessing.witness(engine)
    report.notes += alarms(engine.vault.read(), engine.roster)
    report.notes += await erasing.keep_up(engine)
    report.notes += await desk.keep_up(engine, records)
    retention.note_day(engine)
    if tidying or (flush and epoch != _personal_epoch(engine)):
        # A code on paper may just have ended an epoch whose key this phone has.
        await lost_keys.ask_again(engine)
        await mending.mend_all(engine)
    if tidying and await repacking.repack_due(engine):
        # Another phone may have had erased, meanwhile, what this one counted on.
        await erasing.put_right(engine)
    report.waiting = outbox.count(engine.vault.read())
    return report


async def tick(engine: Engine, sync_now: Callable[[], Awaitable[Report]]) -> Report | None:
    """A sync if its moment has come: one a day, at random, also with nothing to say."""
    now = int(engine.clock())
    due = _number(engine, _FLUSH)
    if due is not None and due > now + 2 * SECONDS:
        # The clock was set back; a moment far ahead must not silence the phone.
        due = None
    if due is not None and now < due:
        return None
    report = await sync_now() if due is not None else None
    moment = (now // SECONDS + 1) * SECONDS + int.from_bytes(engine.randomness(4), "big") % SECONDS
    _keep(engine, _FLUSH, moment)
    return report


async def _at_its_address(engine: Engine, at: Callable[[str], Transport], *, flush: bool) -> Report:
    """At the address that the roster names; until a server answers there, where the phone met it last."""
    here = engine.transport
    named = here.address if engine.ledger.roster is None else engine.roster.address
    if named == here.address:
        return await engine.sync(flush=flush)
    engine.turn_to(at(named))
    try:
        return await engine.sync(flush=flush)
    except (Unreachable, Malformed, ServerProblem):
        if engine.identity.address == named:
            raise
        engine.turn_to(here)
        return await engine.sync(flush=flush)


def _personal_epoch(engine: Engine) -> int:
    space = None if engine.ledger.roster is None else engine.roster.spaces.get(engine.writer.personal)
    return 0 if space is None else space.epoch


def _first_today(engine: Engine) -> bool:
    """Whether the daily work has not been begun yet on this day of the phone's clock."""
    day = day_of(engine.clock())
    if _number(engine, _TIDIED) == day:
        return False
    _keep(engine, _TIDIED, day)
    return True


def _number(engine: Engine, key: str) -> int | None:
    row: Any = engine.vault.read().execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    value = None if row is None else decode(row[0])
    return value if isinstance(value, int) else None


def _keep(engine: Engine, key: str, number: int) -> None:
    with engine.vault.write() as connection:
        connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", (key, encode(number)))
