"""What becomes of a judged answer: first all of it is durable, then the phone's memory changes."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from device import debt, erasures, evidence, exchange, healing, omissions, witnessing
from device.days import day_of, note_server_day, today
from device.exchange import Believed
from device.identity import store_identity
from device.notices import note_deeds
from device.opening import land_entries, land_statements, written_by_copy
from device.rebuilding import void_now
from device.report import Report
from device.session import store_challenge
from device.witnessed import note_read, note_witnesses, settle
from schemas.records import Sentence
from sync.log import Cursor
from sync.witness import witness_log

if TYPE_CHECKING:
    from device.engine import Engine


def believe(engine: "Engine", believed: Believed, report: Report) -> None:
    """What was verified becomes durable in one transaction; only then does the phone's memory change."""
    device, landed, notes, behind = engine.identity.device, 0, list[str](), dict[bytes, Cursor]()
    met = replace(engine.identity, address=engine.transport.address, server_key=believed.signed_by)
    # Before it has arrived a phone believes the ticket's key alone.
    moved = met.stage == "active" and met.place != engine.identity.place
    if moved and met.address != engine.identity.address:
        notes.append(Sentence("note_address", address=met.address))
    with engine.vault.write() as connection:
        exchange.store(connection, believed)
        evidence.remember(connection, believed)
        if moved:
            store_identity(connection, met)
        note_server_day(connection, engine.clock(), believed.day)
        store_challenge(connection, believed.challenge)
        connection.execute("DELETE FROM meta WHERE key = 'refused_on'")
        healing.note_announced(connection, healing=believed.healing)
        for one in believed.logs:
            if exchange.is_behind(connection, believed.roster.programme, one):
                behind[one.log] = one.head
            entries = [(placed.position, placed.entry) for placed in one.placed]
            own = [entry for _, entry in entries if entry.header.device == device]
            if not engine.vault.restored and any(written_by_copy(connection, one.log, entry) for entry in own):
                engine.writer.mark_cloned(connection)
            if one.fault:
                notes.append(one.fault)
            if one.log == engine.identity.programme:
                landed += land_statements(connection, device, one.log, entries)
                note_deeds(connection, believed.roster, engine.identity, entries)
            elif one.log == witness_log(believed.roster):
                landed += land_statements(connection, device, one.log, entries)
                note_witnesses(connection, believed.roster, engine.identity, entries)
            elif one.known:
                # Of what is to be set aside the records stay as they were shown.
                void = void_now(connection, believed.roster, one.chain, entries)
                landed += land_entries(connection, device, one.log, entries, void)
                erasures.note_erasing(connection, one.log, entries, day_of(engine.clock()))
                omissions.note_missing(connection, one, believed.day)
        debt.settle(connection, believed.roster)
        _settle(engine, connection, believed)
    answered = {one.log for one in believed.logs}
    report.pulled += sum(len(one.placed) for one in believed.logs)
    report.landed += landed
    report.notes += notes
    engine.session.challenge = believed.challenge
    engine.healing = believed.healing
    engine.behind = {log: head for log, head in engine.behind.items() if log not in answered} | behind
    if moved:
        engine.identity = engine.writer.identity = met
    if believed.roster.chain.position:
        engine.ledger.roster = believed.roster
    engine.ledger.chains.update({one.log: one.chain for one in believed.logs if one.log != engine.identity.programme})
    for one in believed.logs:
        engine.unknown.pop(one.log, None)
        if not one.known and not one.fault:
            engine.unknown[one.log] = one.head


def _settle(engine: "Engine", connection: Any, believed: Believed) -> None:
    """What witnesses said of logs that this answer may have brought further; all of one state of the server."""
    for one in believed.logs:
        if not one.known or one.fault:
            continue
        at_end = not one.more
        settle(connection, believed.roster, one.chain, at_end=at_end)
        if at_end and one.log == witness_log(believed.roster):
            note_read(connection, believed.day)
            day = today(connection, engine.clock())
            witnessing.plan(connection, believed.roster, engine.identity.account, day, engine.randomness)
