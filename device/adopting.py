"""After a contradiction that a lead declared: the server's branch taken on, the own one set aside, nothing unlearnt.

Everything is fetched and verified first; then one transaction changes all that the phone believes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from device import deletions, echoes, erasures, evidence, landing, omissions, outbox
from device.branch import Branch, SpaceBranch, fetch_branch, fetch_space
from device.days import day_of
from device.debt import load_debt, owe, store_debt
from device.exchange import LogState
from device.keyring import hold_those_of
from device.ledger import store_entries
from device.notices import note_deeds
from device.opening import land_entries, written_by_copy
from device.reauthoring import record_states, stage_again
from device.rebuilding import rebuild, void_now
from device.voided import load_void
from device.witnessed import READ_ON
from sync.device.branches import Owed, is_declared, last_shared, unlearnt
from sync.device.replica import Placed, ServerFault
from sync.log import Header
from sync.space import logs_of
from sync.state import RosterState
from sync.witness import witness_log

if TYPE_CHECKING:
    from device.engine import Engine

ADOPTED = (
    "the server came back from a backup without all that this phone had of it; your lead has said so, and this phone"
    " gives back what is missing in its own name"
)


@dataclass(frozen=True)
class Shown:
    """What the server shows instead: its roster, unless it is this phone's, and spaces from their first entries.

    `witness`: the witness log, too; it is read anew.
    """

    roster: Branch | None
    spaces: Sequence[SpaceBranch]
    witness: bool


async def adopt(engine: "Engine", *, declaring: bool = False) -> str:
    """Go over to the server's branch if its break with this phone's was declared. A sentence about it, or nothing.

    `declaring`: the person here is about to declare it. Raises as `fetch_branch`; nothing has changed then.
    """
    shown = await _look(engine, declaring=declaring)
    if shown is None:
        return ""
    _go_over(engine, shown)
    engine.unknown.clear()
    return ADOPTED


async def _look(engine: "Engine", *, declaring: bool) -> Shown | None:
    """What to go over to, fetched and verified; None if nobody declared anything."""
    own, head = engine.roster, engine.unknown.get(engine.identity.programme)
    if head is None:
        declared = [log for log in engine.unknown if own.restored > _stood(engine.vault.read(), log)]
        witness = witness_log(own) in declared
        spaces = await _spaces(engine, own, declared)
        return Shown(None, spaces, witness) if spaces or witness else None
    if own.head_at(head.position) == head.head or (head == engine.undeclared and not declaring):
        return None
    branch = await fetch_branch(engine)
    if not declaring and not is_declared(own, branch.placed, last_shared(own, branch.roster)):
        engine.undeclared = head
        return None
    return Shown(branch, await _spaces(engine, branch.roster, list(engine.ledger.chains)), witness=True)


async def _spaces(engine: "Engine", roster: RosterState, logs: Sequence[bytes]) -> list[SpaceBranch]:
    """Those that may be read now, and stand; of the others this phone keeps what it has until they can be asked for."""
    found, readable = list[SpaceBranch](), logs_of(roster, engine.session.principal)
    for log in logs:
        if log in readable and log in roster.spaces:
            try:
                found.append(await fetch_space(engine, roster, log))
            except ServerFault as fault:
                if fault.log != log:
                    raise
    return found


def _stood(connection: Any, log: bytes) -> int:
    row = connection.execute("SELECT stood FROM logs WHERE log = ?", (log,)).fetchone()
    return 0 if row is None else int(row[0])


def _go_over(engine: "Engine", shown: Shown) -> None:
    own = engine.roster
    roster = own if shown.roster is None else shown.roster.roster
    with engine.vault.write() as connection:
        if shown.roster is not None:
            shared = last_shared(own, roster)
            owed = owe(connection, unlearnt(own, shared, roster)).owed
            for log in engine.ledger.chains:
                _note_last(connection, owed, own, log)
            _switch_roster(connection, engine, shown.roster, shared)
        for space in shown.spaces:
            own_ones = [one.entry for one in space.placed if one.entry.header.device == engine.identity.device]
            if not engine.vault.restored and any(written_by_copy(connection, space.chain.log, one) for one in own_ones):
                engine.writer.mark_cloned(connection)
            _switch_space(connection, engine, roster, space)
            evidence.forget(connection, space.chain.log)
        if shown.witness:
            _forget_witnesses(connection, roster)
        if shown.roster is not None:
            evidence.forget(connection)
    if shown.witness:
        engine.ledger.chains.pop(witness_log(roster), None)
        engine.ledger.starts.pop(witness_log(roster), None)
    if shown.roster is not None:
        engine.ledger.roster = roster
    engine.ledger.chains.update({space.chain.log: space.chain for space in shown.spaces})


def _switch_roster(connection: Any, engine: "Engine", branch: Branch, shared: int) -> None:
    programme, roster = engine.identity.programme, branch.roster
    fresh = branch.placed[shared:]
    _set_aside(connection, programme, shared, keep=False)
    store_entries(connection, programme, fresh)
    hold_those_of(connection, roster)
    _burn(connection, programme, roster)
    for log in engine.ledger.chains:
        _burn(connection, log, roster)
    # A notice of the old branch has not been shown yet, and its place may be taken now.
    connection.execute("UPDATE OR REPLACE notices SET position = -position WHERE position > ?", (shared,))
    note_deeds(connection, roster, engine.identity, [(one.position, one.entry) for one in fresh])
    # What is asked for later is declared, too: it stood on the branch that was left.
    connection.execute("UPDATE logs SET stood = MIN(stood, ?)", (shared,))
    _reach(connection, programme, roster.chain.position, roster.chain.head, roster.chain.position)


def _forget_witnesses(connection: Any, roster: RosterState) -> None:
    """The log is read anew: what others stated about the branch that was left accuses nobody any more."""
    log = witness_log(roster)
    evidence.forget(connection, log)
    _burn(connection, log)
    for table in ("entries", "logs"):
        connection.execute(f"DELETE FROM {table} WHERE log = ?", (log,))  # noqa: S608
    for table in ("witnessed", "claims", "forks"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608
    connection.execute("DELETE FROM meta WHERE key = ?", (READ_ON,))


def _switch_space(connection: Any, engine: "Engine", roster: RosterState, space: SpaceBranch) -> None:
    """The records as both histories have them, then what was set aside to be said again, then the server's entries."""
    log, device = space.chain.log, engine.identity.device
    shared = _last_shared_entry(connection, log, space.placed)
    before = record_states(connection, log)
    _note_last(connection, load_debt(connection).owed, roster, log, shared)
    writes = _writes(engine, roster, log)
    _set_aside(connection, log, shared, keep=not writes)
    fresh = space.placed[shared:]
    store_entries(connection, log, fresh)
    entries = [(one.position, one.entry) for one in fresh]
    _forget_erasures(connection, log)
    _fill_bodies(connection, log, space.placed[:shared])
    whole = [(one.position, one.entry) for one in space.placed]
    erasures.note_erasing(connection, log, whole, day_of(engine.clock()))
    page = LogState(log, known=True, head=space.chain.cursor, more=False, chain=space.chain, placed=fresh)
    omissions.note_missing(connection, page, engine.writer.day())
    void = void_now(connection, roster, space.chain, entries, anew=True)
    rebuild(connection, log, void, shared)
    if writes:
        stage_again(connection, log, before, record_states(connection, log), shared)
    connection.execute("UPDATE pending SET seen = MIN(seen, ?) WHERE log = ?", (shared, log))
    connection.execute("UPDATE heard SET position = MIN(position, ?) WHERE log = ?", (shared, log))
    land_entries(connection, device, log, entries, void)
    _burn(connection, log)
    for table in ("claims", "forks"):
        connection.execute(f"DELETE FROM {table} WHERE log = ?", (log,))  # noqa: S608
    _reach(connection, log, space.chain.position, space.chain.head, roster.chain.position)


def _forget_erasures(connection: Any, log: bytes) -> None:
    for table in ("erasures", "erased", "omissions"):
        connection.execute(f"DELETE FROM {table} WHERE log = ?", (log,))  # noqa: S608


def _fill_bodies(connection: Any, log: bytes, placed: Sequence[Placed]) -> None:
    """What was erased on the branch that is left may be all that the other one says of it: its repack goes."""
    connection.executemany(
        "UPDATE entries SET body = ? WHERE log = ? AND position = ? AND body IS NULL",
        [(one.entry.check_body(), log, one.position) for one in placed if one.entry.body is not None],
    )


def _last_shared_entry(connection: Any, log: bytes, placed: Sequence[Placed]) -> int:
    rows = connection.execute("SELECT position, head FROM entries WHERE log = ? ORDER BY position DESC", (log,))
    for position, head in rows:
        if position <= len(placed) and placed[position - 1].head == head:
            return int(position)
    return 0


def _set_aside(connection: Any, log: bytes, shared: int, *, keep: bool) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO aside (log, leaf, position, header, signature, body, kept)"
        " SELECT log, leaf, position, header, signature, body,"
        " ?3 OR EXISTS (SELECT 1 FROM quarantine WHERE log = ?1 AND position = entries.position)"
        " FROM entries WHERE log = ?1 AND position > ?2",
        (log, shared, keep),
    )
    connection.execute("DELETE FROM entries WHERE log = ? AND position > ?", (log, shared))
    echoes.forget(connection, log, shared)
    deletions.forget(connection, log, shared)


def _burn(connection: Any, log: bytes, roster: RosterState | None = None) -> None:
    """Give up waiting entries, and their numbers; with a `roster` only those that witness another one.

    The others may have been accepted, their answer lost: said twice, an edit would come back after it was overwritten.
    """
    rows = connection.execute("SELECT sequence, header FROM outbox WHERE log = ?", (log,)).fetchall()
    for sequence, raw in rows:
        witness = Header.decode(raw).roster
        if roster is None or roster.head_at(witness.position) != witness.head:
            landing.unflush(connection, log, sequence)
            outbox.drop(connection, log, sequence)


def _reach(connection: Any, log: bytes, position: int, head: bytes, stood: int) -> None:
    connection.execute(
        "UPDATE logs SET position = ?, head = ?, note = '', stood = ? WHERE log = ?", (position, head, stood, log)
    )


def _note_last(connection: Any, owed: Sequence[Owed], roster: RosterState, log: bytes, shared: int = 2**53) -> None:
    """Remember, for those whose departure is owed, what stands of them here: no more than both histories have."""
    debt = load_debt(connection)
    last, (_, void) = dict(debt.last), load_void(connection, log)
    for device in _departing(owed, roster):
        rows = connection.execute(
            "SELECT position, leaf FROM entries WHERE log = ? AND device = ? AND position <= ? ORDER BY position DESC",
            (log, device, shared),
        )
        leaf = next((bytes(leaf) for position, leaf in rows if position not in void), None)
        last.pop((device, log), None)
        if leaf is not None:
            last[device, log] = leaf
    store_debt(connection, replace(debt, last=last))


def _departing(owed: Sequence[Owed], roster: RosterState) -> set[bytes]:
    found = {one.id for one in owed if one.kind == "revoke"}
    removed = {one.id for one in owed if one.kind == "remove"}
    found |= {id_ for id_, former in roster.former.items() if former.device.account in removed}
    return found | {
        id_ for account in removed if account in roster.accounts for id_ in roster.accounts[account].devices
    }


def set_all_aside(connection: Any, log: bytes) -> None:
    """A space of an account that the server's branch has never had: all of it is to be said again, elsewhere."""
    before = record_states(connection, log)
    _set_aside(connection, log, 0, keep=False)
    _forget_erasures(connection, log)
    for table in ("records", "quarantine"):
        connection.execute(f"DELETE FROM {table} WHERE log = ?", (log,))  # noqa: S608
    stage_again(connection, log, before, {}, 0)


def drop_aside(connection: Any, now: RosterState) -> None:
    """Forget what was set aside once all that it held has come back, and nothing of it is owed any more."""
    connection.execute(
        "DELETE FROM aside WHERE NOT kept AND log NOT IN (SELECT log FROM pending WHERE again = 1)"
        " AND (log <> ? OR NOT ?)",
        (now.programme, bool(load_debt(connection).open(now))),
    )


def _writes(engine: "Engine", roster: RosterState, log: bytes) -> bool:
    space, account = roster.spaces[log], engine.identity.account
    return account == space.account if space.name == "personal" else account in roster.leads
