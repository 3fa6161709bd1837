"""A new key for a space, and changes of policy."""

from dataclasses import replace
from functools import partial

from crypto.secret.epoch import commitment, inbox_key, seal_previous
from device.engine import Engine, Publication
from device.keyring import held_key, hold_key
from device.outbox import Rows
from device.wrapping import KeyNotHere, seal_to
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
    previous = held_key(engine.vault.read(), roster, log, epoch)
    if previous is None:
        raise KeyNotHere(f"the key of {space} is not on this phone yet")
    key = engine.randomness(32)
    inbox = inbox_key(key) if space == "leads" else None
    day = engine.writer.day()
    # Those of the roster after the statement: its day may be the first that an invite does not see.
    wanted = readers(replace(roster, time=max(roster.time, day)), log)
    publics = await engine.publics(wanted.values())
    wraps = tuple(
        seal_to(roster.programme, log, epoch + 1, reader, publics[hash_], key) for reader, hash_ in wanted.items()
    )
    statement = Rotate(
        day,
        space,
        account,
        epoch + 1,
        commitment(epoch + 1, key),
        seal_previous(key, epoch + 1, log, previous, epoch),
        inbox.hash if inbox else b"",
    )
    with engine.vault.write() as connection:
        hold_key(connection, log, epoch + 1, key)
    return statement, Rows(keys=(inbox.public,) if inbox else (), wraps=wraps)


async def set_policy(engine: Engine, policy: Policy) -> None:
    """Change what `apply` enforces; within the floors."""

    async def decide(_: RosterState) -> Publication:
        return SetPolicy(engine.writer.day(), policy), Rows()

    await engine.publish(decide)
