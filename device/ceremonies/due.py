"""Shared keys that somebody who left still holds, and since when (docs/protocol/7-ceremonies.md, *Rotating*)."""

from device.engine import Engine
from device.ledger import stored_entry
from sync.state import RosterState
from sync.statements import decode_statement

SHARED = ("commons", "leads")
REST = 7
"""Days of roster time between two rotations of a shared key by themselves."""
PATIENCE = 14
"""Days after which a departure without rotation is said to everybody, and a lead's phone without the key ends it."""


def due_since(roster: RosterState, space: str) -> int | None:
    """Roster time of the first departure that the current key of a shared space does not shut out."""
    return roster.commons_due if space == "commons" else roster.leads_due


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


def is_overdue(roster: RosterState, space: str, day: int) -> bool:
    """Whether by this day it has been due for longer than any lead's phone that holds the key should take."""
    since = due_since(roster, space)
    return since is not None and day > since + PATIENCE
