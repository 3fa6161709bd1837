"""A new key for a space, and changes of policy."""

from dataclasses import replace
from functools import partial

from crypto.secret.epoch import commitment, inbox_key
from device import unwrapped
from device.ceremonies.mending import sealed_previous
from device.engine import Engine, Publication
from device.keyring import hold_key
from device.ledger import stored_entry
from device.outbox import Rows
from device.wrapping import KeyNotHere, seal_to
from sync.device.replica import ServerFault
from sync.readers import readers
from sync.state import RosterState
from sync.statements import Policy, Rotate, SetPolicy, decode_statement

SHARED = ("commons", "leads")
REST = 7
"""Days of roster time between two rotations of a shared key by themselves."""
PATIENCE = 14
"""Days after which a departure without rotation is said to everybody."""


async def rotate(engine: Engine, space: str) -> None:
    """Rotate the key of a space: new entries are closed to everyone who is no reader now."""
    await engine.publish(partial(decide_rotation, engine, space))


async def decide_rotation(engine: Engine, space: str, roster: RosterState) -> Publication:
    """The new key is durable before the statement that promises it."""
    account = engine.identity.account if space == "personal" else b""
    log = roster.space_log(space, account)
    epoch = roster.spaces[log].epoch
    key = engine.randomness(32)
    older = sealed_previous(engine, roster, log, epoch + 1, key)
    inbox = inbox_key(key) if space == "leads" else None
    day = engine.writer.day()
    # Those of the roster after the statement: its day may be the first that an invite does not see.
    wanted = readers(replace(roster, time=max(roster.time, day)), log)
    publics = await engine.known_publics(wanted.values())
    wraps = tuple(
        seal_to(roster.programme, log, epoch + 1, reader, publics[hash_], key)
        for reader, hash_ in wanted.items()
        if hash_ in publics
    )
    statement = Rotate(
        day,
        space,
        account,
        epoch + 1,
        commitment(epoch + 1, key),
        older,
        inbox.hash if inbox else b"",
    )
    with engine.vault.write() as connection:
        hold_key(connection, log, epoch + 1, key)
        unwrapped.note(connection, log, epoch + 1, (reader for reader in wanted if wanted[reader] not in publics))
    return statement, Rows(keys=(inbox.public,) if inbox else (), wraps=wraps)


async def set_policy(engine: Engine, policy: Policy) -> None:
    """Change what `apply` enforces; within the floors."""

    async def decide(_: RosterState) -> Publication:
        return SetPolicy(engine.writer.day(), policy), Rows()

    await engine.publish(decide)


async def rotate_due(engine: Engine) -> list[str]:
    """A lead's phone takes the shared keys out of the hands of those who left. Returns sentences about what it cannot.

    At most once in REST days of roster time, for all who left since.
    """
    notes = []
    if engine.writer.silenced or engine.identity.account not in engine.roster.leads:
        return []
    for space in SHARED:
        if not is_due(engine, engine.roster, space):
            continue
        try:
            await engine.publish(partial(decide_due_rotation, engine, space))
        except (KeyNotHere, ServerFault) as problem:
            notes.append(f"{space} is due for a new key since somebody left, but: {problem}")
    return notes


async def decide_due_rotation(engine: Engine, space: str, roster: RosterState) -> Publication | None:
    """None if another lead's phone was faster."""
    return await decide_rotation(engine, space, roster) if is_due(engine, roster, space) else None


def is_due(engine: Engine, roster: RosterState, space: str) -> bool:
    """Whether somebody left who still holds the key, and the last rotation is long enough ago."""
    if due_since(roster, space) is None:
        return False
    current = roster.spaces[roster.space_log(space)]
    if current.epoch == 1:
        return True
    last = stored_entry(engine.vault.read(), roster.programme, current.current.since)
    stated = 0 if last is None else decode_statement(last.header.kind, last.check_body()).day
    return max(roster.time, engine.writer.day()) >= stated + REST


def due_since(roster: RosterState, space: str) -> int | None:
    """Roster time of the first departure that the current key of a shared space does not shut out."""
    return roster.commons_due if space == "commons" else roster.leads_due


def audit(roster: RosterState) -> list[str]:
    """Sentences about shared keys that those who left still hold although they were to be replaced."""
    overdue = {space: due_since(roster, space) for space in SHARED}
    return [
        f"{space}: somebody left {roster.time - since} days ago and still holds its key; ask a lead to sync"
        for space, since in overdue.items()
        if since is not None and roster.time > since + PATIENCE
    ]
