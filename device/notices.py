"""What other phones did to this account, for its owner to see once: a thief's deeds must not pass in silence."""

from collections.abc import Iterable
from typing import Any

from device.days import calendar_day
from device.identity import Identity
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
                connection.execute("INSERT OR IGNORE INTO notices(position, notice) VALUES (?, ?)", (position, notice))


def told(roster: RosterState, who: str, statement: Statement) -> str:
    """A sentence about what the phone `who` did; empty if it is nothing to be warned of."""
    match statement:
        case Join(role="link"):
            return f"another phone was linked to your account: {who}, by a ticket of {maker(roster, statement.invite)}"
        case Join(role="recovery"):
            return f"your account was recovered from a code on paper, on phone {who}"
        case Invite(role="recovery"):
            return f"phone {who} made a recovery code"
        case CloseInvite() if roster.invites[statement.invite].role == "recovery":
            closing = roster.invites[statement.invite].closing
            still = f"; it works until {calendar_day(closing)}" if closing and closing > roster.time else ""
            return f"phone {who} closed a recovery code{still}"
        case Aggregator(on=on):
            return f"phone {who} said that you {'are an' if on else 'are no longer an'} aggregator of the statistics"
        case Revoke():
            return f"phone {who} took phone {named(statement.device)} off your account"
    return ""


def maker(roster: RosterState, invite: bytes) -> str:
    """The phone that made an invite."""
    return named(roster.invites[invite].device)


def named(device: bytes) -> str:
    return device.hex()[:8]


def load_notices(connection: Any) -> list[tuple[int, str]]:
    """Roster position and sentence of what was not shown yet."""
    return [(int(at), str(text)) for at, text in connection.execute("SELECT * FROM notices ORDER BY position")]


def drop_notices(connection: Any, shown: Iterable[tuple[int, str]]) -> None:
    connection.executemany("DELETE FROM notices WHERE position = ?", [(position,) for position, _ in shown])
