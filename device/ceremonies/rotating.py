"""A new key for a space, and changes of policy."""

from dataclasses import replace
from functools import partial

from crypto.secret.epoch import commitment, inbox_key
from device import unwrapped
from device.ceremonies.due import SHARED, due_since, is_due, is_overdue
from device.ceremonies.mending import mend_all, sealed_previous
from device.engine import Engine, Publication
from device.keyring import hold_key
from device.outbox import Rows
from device.wrapping import KeyNotHere, seal_to
from schemas.records import Sentence
from sync.device.replica import ServerFault
from sync.readers import readers
from sync.state import RosterState
from sync.statements import Policy, Rotate, SetPolicy


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
        else:
            await mend_all(engine)
    return notes


async def decide_due_rotation(engine: Engine, space: str, roster: RosterState) -> Publication | None:
    """None if another lead's phone was faster."""
    return await decide_rotation(engine, space, roster) if is_due(engine, roster, space) else None


def audit(roster: RosterState) -> list[str]:
    """Sentences about shared keys that those who left still hold although they were to be replaced."""
    return [
        Sentence("note_key_held", space=space, days=roster.time - (due_since(roster, space) or 0))
        for space in SHARED
        if is_overdue(roster, space, roster.time)
    ]
