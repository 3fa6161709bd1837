"""Taking a phone off an account, and an account off the programme (docs/protocol/4-roster.md)."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from crypto.public.ids import body_hash
from crypto.secret.epoch import commitment, seal_previous
from crypto.secret.invite import InviteKeys
from device.ceremonies.inviting import cosign
from device.engine import Engine, Publication
from device.keyring import held_key, hold_key
from device.ledger import entries_above
from device.member_key import next_key
from device.outbox import Rows
from device.wrapping import KeyNotHere, seal_to
from sync import departure
from sync.errors import Refused
from sync.log import Entry, Header
from sync.readers import readers, wraps_called_for
from sync.state import RosterState
from sync.statements import Last, Remove, Revoke, decode_statement


class Unknown(Exception):
    """There is no such phone in this account, or no such account in the programme."""


async def revoke(engine: Engine, device: bytes, *, since: int | None = None, code: InviteKeys | None = None) -> None:
    """Take a phone off this account, with every phone that came by it above the roster position `since`.

    What they wrote stands as far as this phone has verified it; with `since` only what was written before their
    author had seen more of the roster. `since` None: as of now, so that nothing they did is taken back. With the
    consent of a recovery `code` revocations that they signed after `since` are cancelled. May be repeated until it
    is done. Raises Unknown, Refused (also: this phone came by the other), KeyNotHere, and as `Engine.publish`.
    """
    await engine.publish(partial(decide_revocation, engine, device, since, code))
    # The private half of the new member key is the first thing under the new epoch.
    await engine.sync()


async def decide_revocation(
    engine: Engine, device: bytes, since: int | None, code: InviteKeys | None, roster: RosterState
) -> Publication | None:
    """None if the phone is off already. New epoch and member key are durable before the statement is signed."""
    account, connection = engine.identity.account, engine.vault.read()
    if is_former(roster, account, device):
        return None
    if account not in roster.accounts or device not in roster.accounts[account].devices:
        raise Unknown("this account has no phone of this id")
    log = roster.space_log("personal", account)
    epoch = roster.spaces[log].epoch + 1
    previous = held_key(connection, roster, log, epoch - 1)
    if previous is None:
        raise KeyNotHere("the key of personal is not on this phone yet")
    key, day = engine.randomness(32), engine.writer.day()
    with engine.vault.write() as writing:
        member = next_key(writing, roster, account, log, engine.randomness)
        hold_key(writing, log, epoch, key)
    statement = Revoke(
        day,
        device,
        roster.chain.position if since is None else since,
        (),
        epoch,
        commitment(epoch, key),
        seal_previous(key, epoch, log, previous, epoch - 1),
        member.hash,
    )
    statement = replace(statement, last=accepted(connection, roster, account, statement, code))
    if code is not None:
        if code.id not in roster.open_invites("recovery", account=account):
            raise Refused("cosignature-invalid", "this code is not open any more")
        statement = replace(statement, cosignature=cosign(statement, code, roster.programme, roster.chain.cursor))
    unsigned = draft(engine, statement)
    # The readers of the roster after the statement; judged here, nothing leaves that would be refused.
    after = departure.revoke(replace(roster, time=max(roster.time, day)), unsigned.header, statement)
    hashes = readers(after, log)
    publics = await engine.publics(hashes.values())
    wraps = []
    for space, number, reader in sorted(wraps_called_for(after, [unsigned])):
        held = key if space == log else held_key(connection, roster, space, number)
        if held is None:
            raise KeyNotHere(f"the key of {roster.spaces[space].name} is not on this phone yet")
        public = publics[hashes[reader]] if space == log else member.public
        wraps.append(seal_to(roster.programme, space, number, reader, public, held))
    return statement, Rows(keys=(member.public,), wraps=tuple(wraps))


def draft(engine: Engine, statement: Revoke) -> Entry:
    """The entry as it will stand in the roster, but for its signature."""
    raw = statement.encode()
    header = engine.writer.place(engine.vault.read(), engine.identity.programme).header(statement.kind, 0)
    return Entry(replace(header, body_hash=body_hash(raw)).encode(), b"", raw)


def is_former(roster: RosterState, account: bytes, device: bytes) -> bool:
    former = roster.former.get(device)
    return former is not None and former.device.account == account


def accepted(connection: Any, roster: RosterState, account: bytes, statement: Revoke, code: InviteKeys | None) -> Last:
    """`last` of a revocation: for each phone that it takes with it, and each log that the account writes."""
    line = departure.lineage(roster, account, statement)
    if code is not None:
        # What the code gives back belongs to the account again.
        roster = departure.cancel(roster, account, line, statement.since)
    gone = [id_ for id_ in sorted(line) if id_ in roster.devices]
    return last_of(connection, gone, [roster.space_log("personal", account), *shared(roster, account)], statement.since)


def position_before(connection: Any, programme: bytes, day: int) -> int:
    """The roster position before the first statement of this day (days since 1970) or a later one."""
    position = 0
    for entry in entries_above(connection, programme, 0):
        if decode_statement(entry.header.kind, entry.check_body()).day >= day:
            break
        position += 1
    return position


def shared(roster: RosterState, account: bytes) -> list[bytes]:
    """The shared spaces that an account writes."""
    return [roster.space_log("commons"), roster.space_log("leads")] if account in roster.leads else []


def last_of(connection: Any, devices: Iterable[bytes], logs: Iterable[bytes], since: int) -> Last:
    found = [(device, log, last_leaf(connection, device, log, since)) for device in devices for log in logs]
    return tuple(sorted((device, log, leaf) for device, log, leaf in found if leaf is not None))


def last_leaf(connection: Any, device: bytes, log: bytes, since: int) -> bytes | None:
    """The last of a phone's entries here before the first one that had seen the roster above `since`.

    Only so far: a thief could name an old position again in a later entry, and carry all before it along.
    """
    newest = None
    rows = connection.execute(
        "SELECT header, leaf FROM entries WHERE log = ? AND device = ? ORDER BY position", (log, device)
    )
    for header, leaf in rows:
        if Header.decode(header).roster.position > since:
            break
        newest = bytes(leaf)
    return newest


async def remove(engine: Engine, account: bytes) -> None:
    """Take an account off the programme: by a lead, or by itself. May be repeated until it is done.

    Raises Unknown, ServerProblem (`not-authorised`: also of the last lead), and as `Engine.publish`.
    """
    await engine.publish(partial(decide_removal, engine, account))


async def decide_removal(engine: Engine, account: bytes, roster: RosterState) -> Publication | None:
    """None if the account is off already."""
    if account in roster.departed:
        return None
    if account not in roster.accounts:
        raise Unknown("the programme has no account of this id")
    devices = roster.accounts[account].devices
    last = last_of(engine.vault.read(), devices, shared(roster, account), roster.chain.position)
    return Remove(engine.writer.day(), account, last), Rows()
