"""What other phones did to this account, for its owner to see once: a thief's deeds must not pass in silence."""

import json
from collections.abc import Iterable
from typing import Any

from device.days import calendar_day
from device.identity import Identity
from schemas.records import Sentence
from sync.log import Entry
from sync.state import RosterState
from sync.statement import Statement
from sync.statements import CloseInvite, Invite, Join, Revoke, decode_statement
from sync.statistics import Aggregator


def note_deeds(connection: Any, roster: RosterState, identity: Identity, fresh: Iterable[tuple[int, Entry]]) -> None:
    """Keep a notice of each new statement about this account that another phone signed since this one came in."""
    own = roster.known_device(identity.device)
    if own is None:
        return
    for position, entry in fresh:
        author = roster.known_device(entry.header.device)
        if author is None or author.account != own.account or position <= own.enrolled:
            continue
        if entry.header.device != identity.device:
            statement = decode_statement(entry.header.kind, entry.check_body())
            if notice := told(roster, named(entry.header.device), statement):
                kept = json.dumps({"said": notice.name, **notice.values})
                connection.execute("INSERT OR IGNORE INTO notices(position, notice) VALUES (?, ?)", (position, kept))


def told(roster: RosterState, who: str, statement: Statement) -> Sentence | None:
    """A sentence about what the phone `who` did; None if it is nothing to be warned of."""
    match statement:
        case Join(role="link"):
            return Sentence("notice_linked", phone=who, maker=maker(roster, statement.invite))
        case Join(role="recovery"):
            return Sentence("notice_recovered", phone=who)
        case Invite(role="recovery"):
            return Sentence("notice_code", phone=who)
        case CloseInvite() if roster.invites[statement.invite].role == "recovery":
            closing = roster.invites[statement.invite].closing
            if closing and closing > roster.time:
                return Sentence("notice_code_closing", phone=who, day=calendar_day(closing))
            return Sentence("notice_code_closed", phone=who)
        case Aggregator(on=True):
            return Sentence("notice_aggregator", phone=who)
        case Aggregator():
            return Sentence("notice_no_aggregator", phone=who)
        case Revoke():
            return Sentence("notice_revoked", phone=who, other=named(statement.device))
    return None


def maker(roster: RosterState, invite: bytes) -> str:
    """The phone that made an invite."""
    return named(roster.invites[invite].device)


def named(device: bytes) -> str:
    return device.hex()[:8]


def load_notices(connection: Any) -> list[tuple[int, str]]:
    """Roster position and sentence of what was not shown yet."""
    return [(int(at), _said(text)) for at, text in connection.execute("SELECT * FROM notices ORDER BY position")]


def drop_notices(connection: Any, shown: Iterable[tuple[int, str]]) -> None:
    connection.executemany("DELETE FROM notices WHERE position = ?", [(position,) for position, _ in shown])


def _said(kept: str) -> str:
    """A sentence as it was kept: its name and values. An older version kept its English words."""
    if not kept.startswith("{"):
        return kept
    values = json.loads(kept)
    try:
        return Sentence(values.pop("said"), **values)
    except KeyError:
        # Kept by another version, under a name that this one has no words for.
        return Sentence("notice_unknown", phone=values.get("phone", "?"))
