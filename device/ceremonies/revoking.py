"""Taking a phone off an account, and an account off the programme (docs/protocol/4-roster.md)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from crypto.public.ids import body_hash
from crypto.secret.epoch import commitment
from crypto.secret.invite import InviteKeys
from device import unwrapped
from device.ceremonies.inviting import cosign
from device.ceremonies.mending import came_from_paper, mend, sealed_previous
from device.engine import Engine, Publication
from device.keyring import held_key, hold_key
from device.ledger import entries_above
from device.member_key import is_held, next_key
from device.outbox import Rows
from device.wrapping import KeyNotHere, Wrapped, seal_to
from sync import departure
from sync.errors import Refused
from sync.log import Entry, Header
from sync.readers import readers, wraps_called_for
from sync.state import RosterState
from sync.statement import Cosignature
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
    await mend(engine)


async def decide_revocation(
    engine: Engine, device: bytes, since: int | None, code: InviteKeys | None, roster: RosterState
) -> Publication | None:
    """None if the phone is off already. New epoch and member key are durable before the statement is signed."""
    account, connection = engine.identity.account, engine.vault.read()
    known = roster.known_device(device)
    if known is None or known.account != account:
        raise Unknown("this account has no phone of this id")
    if code is not None and code.id not in roster.open_invites("recovery", account=account):
        raise Refused("cosignature-invalid", "this code is not open any more")
    log = roster.space_log("personal", account)
    epoch = roster.spaces[log].epoch + 1
    key = engine.randomness(32)
    older = sealed_previous(engine, roster, log, epoch, key)
    with engine.vault.write() as writing:
        member = next_key(writing, roster, account, log, engine.randomness)
        hold_key(writing, log, epoch, key)
    statement = Revoke(
        engine.writer.day(),
        device,
        roster.chain.position if since is None else since,
        (),
        epoch,
        commitment(epoch, key),
        older,
        member.hash,
        None if code is None else Cosignature(code.id, b""),
    )
    # Judged here, nothing leaves that would be refused; and the roster after it knows who departs, and who reads.
    try:
        after = foreseen(engine, roster, statement)
    except Refused:
        # With a code it is worth trying: whoever took that phone off may be the thief.
        if device in roster.former:
            return None
        raise
    gone = {id_ for id_, former in after.former.items() if former.position == after.chain.position}
    last = last_of(connection, gone, [log, *shared(roster, account)], statement.since)
    statement = replace(statement, last=last)
    if code is not None:
        statement = replace(statement, cosignature=cosign(statement, code, roster.programme, roster.chain.cursor))
    wraps = await wraps_after(engine, after, statement, {log: key}, member.public)
    return statement, Rows(keys=(member.public,), wraps=wraps)


def foreseen(engine: Engine, roster: RosterState, statement: Revoke) -> RosterState:
    """The roster as it will be; signatures aside, by the rule that judges everybody's. Raises Refused."""
    chain = replace(roster.chain, position=roster.chain.position + 1)
    now = replace(roster, chain=chain, time=max(roster.time, statement.day))
    return departure.revoke(now, unsigned(engine, statement).header, statement)


def unsigned(engine: Engine, statement: Revoke) -> Entry:
    """The entry as it will stand in the roster, but for its signature."""
    raw = statement.encode()
    header = engine.writer.place(engine.vault.read(), engine.identity.programme).header(statement.kind, 0)
    return Entry(replace(header, body_hash=body_hash(raw)).encode(), b"", raw)


async def wraps_after(
    engine: Engine, after: RosterState, statement: Revoke, fresh: Mapping[bytes, bytes], member: bytes
) -> tuple[Wrapped, ...]:
    """The wraps that a revocation calls for: the `fresh` keys (by log) to all readers, the others to `member`.

    Raises KeyNotHere.
    """
    hidden = came_from_paper(engine) or not is_held(engine.vault.read(), engine.roster, engine.identity.account)
    wanted = wraps_called_for(after, [unsigned(engine, statement)])
    hashes = {reader: hash_ for log in fresh for reader, hash_ in readers(after, log).items()}
    publics = await engine.known_publics(hashes.values())
    lost = {reader for reader, hash_ in hashes.items() if hash_ not in publics}
    wraps = []
    for log, epoch, reader in sorted(wanted):
        if log in fresh and reader in lost:
            continue
        key = fresh.get(log) or held_key(engine.vault.read(), after, log, epoch)
        if key is None and hidden:
            # With the member key, which a thief's revocation kept to itself or a restored server lost: nothing but
            # this one brings another, and the rotation that is due now brings this account its wraps.
            key = engine.randomness(32)
        if key is None:
            raise KeyNotHere(f"the key of {after.spaces[log].name} is not on this phone yet")
        wraps.append(
            seal_to(after.programme, log, epoch, reader, publics[hashes[reader]] if log in fresh else member, key)
        )
    with engine.vault.write() as connection:
        for log in fresh:
            unwrapped.note(connection, log, after.spaces[log].epoch, lost)
    return tuple(wraps)


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


async def remove(engine: Engine, account: bytes, code: InviteKeys | None = None) -> None:
    """Take an account off the programme: by a lead, or by itself, with the consent of its `code` if it has one.

    May be repeated until it is done. Raises Unknown, ServerProblem (`not-authorised`: also of the last lead), and as
    `Engine.publish`.
    """
    await engine.publish(partial(decide_removal, engine, account, code))


async def decide_removal(
    engine: Engine, account: bytes, code: InviteKeys | None, roster: RosterState
) -> Publication | None:
    """None if the account is off already."""
    if account in roster.departed:
        return None
    if account not in roster.accounts:
        raise Unknown("the programme has no account of this id")
    devices = roster.accounts[account].devices
    last = last_of(engine.vault.read(), devices, shared(roster, account), roster.chain.position)
    statement = Remove(engine.writer.day(), account, last)
    if code is not None:
        statement = replace(statement, cosignature=cosign(statement, code, roster.programme, roster.chain.cursor))
    return statement, Rows()
