"""Display names of those who joined: opened by a lead's phone, kept in the leads' space."""

from typing import Any

from crypto.errors import OpenFailed
from crypto.secret.epoch import MAX_NAME_BYTES, inbox_key, open_name
from device import outbox
from device.engine import Engine
from device.keyring import epoch_key, missing_keys
from device.ledger import stored_entry
from device.outbox import Rows
from device.report import Report
from device.reserved import MEMBER, reserved_values, stage_reserved
from schemas.records import Sentence
from schemas.wire import MAX_TAKEN, SealedName
from sync.state import RosterState


class NameWrong(ValueError):
    """A display name that cannot be sealed: there is none, or it is too long."""


def check_name(name: str) -> None:
    """Raises NameWrong."""
    size = len(name.encode("utf-8", "surrogatepass"))
    if not 0 < size <= MAX_NAME_BYTES or not name.isprintable():
        raise NameWrong(f"a display name has 1 to {MAX_NAME_BYTES} bytes of UTF-8, this one {size}, and is printable")


async def take_names(engine: Engine) -> list[str]:
    """Fetch, open and store the names that wait; the server forgets each when the leads' space has it.

    Only its own joining device names an account, and a name that the space has already is not replaced. Returns
    sentences about names that do not open, or are signed by nobody; they stay on the server.
    """
    roster, log = engine.roster, engine.roster.space_log("leads")
    if engine.identity.account not in roster.leads or engine.writer.silenced:
        return []
    if outbox.waiting(engine.vault.read(), log, most=1):
        # What was taken last time may be among it.
        return []
    opened, closed = await open_names(engine, log)
    if closed:
        # Since the last pull somebody may have joined, or another lead may have changed the inbox.
        await engine.pull(Report(), set())
        opened, closed = await open_names(engine, log)
    if missing_keys(engine.vault.read(), engine.roster, [log]):
        closed = 0
    if opened:
        known = names_known(engine.vault.read(), log)
        with engine.vault.write() as connection:
            for account in opened.keys() - known.keys():
                stage_reserved(connection, log, account, MEMBER, {"display_name": opened[account], "account": account})
            engine.writer.flush(connection, log, empty=True, rows=Rows(taken=tuple(sorted(opened))))
        await engine.sync(flush=False)
    return [Sentence("note_name_closed")] * closed


async def open_names(engine: Engine, log: bytes) -> tuple[dict[bytes, str], int]:
    """Account -> name, of those that wait on the server and are of an account; and how many others wait."""
    answer = await engine.patiently(lambda: engine.session.call(engine.transport.names))
    opened = dict[bytes, str]()
    names = answer.names[:MAX_TAKEN]
    for one in names:
        joiner = joining_device(engine.vault.read(), engine.roster, one.account)
        if joiner is None:
            continue
        name = open_with_any(engine.vault.read(), engine, log, one, joiner)
        if name is not None:
            opened[one.account] = name
    return opened, len(names) - len(opened)


def joining_device(connection: Any, roster: RosterState, account: bytes) -> bytes | None:
    """Signing key of the device with which an account joined; None for an account that is none, or none any more."""
    known = roster.accounts.get(account)
    entry = None if known is None else stored_entry(connection, roster.programme, known.joined)
    device = None if entry is None else roster.known_device(entry.header.device)
    return None if device is None else device.signing_key


def open_with_any(connection: Any, engine: Engine, log: bytes, one: SealedName, joiner: bytes) -> str | None:
    """The name under the inbox of any epoch of `leads`: the joiner may have used the one before the last rotation."""
    for epoch in range(engine.roster.spaces[log].epoch, 0, -1):
        key = epoch_key(connection, log, epoch)
        if key is None:
            continue
        try:
            return open_name(inbox_key(key), engine.roster.programme, one.account, one.sealed, joiner)
        except OpenFailed:
            continue
    return None


def names_known(connection: Any, log: bytes) -> dict[bytes, str]:
    """Account -> display name, as the leads' space holds it."""
    known = {}
    for values in reserved_values(connection, log, MEMBER):
        account, name = values.get("account"), values.get("display_name")
        if isinstance(account, bytes) and isinstance(name, str):
            known[account] = name
    return known
