"""What the account's other phones and other accounts have witnessed, against what this phone was shown.

All functions run inside the caller's transaction, after the entries concerned were verified and stored.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from crypto.public.encoding import decode, encode
from device.identity import Identity
from device.ledger import heads_of, stored_entry
from schemas.records import Sentence
from sync.log import Chain, Cursor, Entry
from sync.space import logs_of
from sync.state import RosterState
from sync.statements import decode_statement
from sync.witness import SILENT_AFTER, Witness, claims, digest, witness_log

READ_ON = "witness_read_on"


@dataclass(frozen=True)
class Silent:
    """An account without a witness. `days`: since its newest one, or since it joined."""

    account: bytes
    role: str
    days: int


def note_witnesses(
    connection: Any, roster: RosterState, identity: Identity, fresh: Iterable[tuple[int, Entry]]
) -> None:
    """Keep what new witnesses say of logs that this phone reads, and from whom they are signs of life."""
    followed = set(logs_of(roster, identity.device))
    for position, entry in fresh:
        header = entry.header
        author = roster.known_device(header.device)
        if author is None or accepted_late(connection, roster, header.device):
            continue
        stated = Witness.decode(entry.check_body())
        connection.execute(
            "INSERT INTO witnessed(account, position, day, roster) VALUES (?, ?, ?, ?) ON CONFLICT(account) DO UPDATE"
            " SET position = excluded.position, day = excluded.day, roster = MAX(roster, excluded.roster)",
            (author.account, position, stated.day, header.roster.position),
        )
        said: list[tuple[bytes, int | None, bytes]] = [
            (log, at.position, at.head) for log, at in claims(entry, roster.programme) if log in followed
        ]
        if author.account == identity.account:
            said.append((roster.space_log("personal", identity.account), None, stated.digest))
        connection.executemany(
            "INSERT OR REPLACE INTO claims(log, position, device, roster, at, head) VALUES (?, ?, ?, ?, ?, ?)",
            [(log, position, header.device, header.roster.position, at, head) for log, at, head in said],
        )


def accepted_late(connection: Any, roster: RosterState, device: bytes) -> bool:
    """Whether the log had seen this device leave already: a server with a stolen phone would keep an account alive."""
    former = roster.former.get(device)
    (seen,) = connection.execute("SELECT MAX(roster) FROM witnessed").fetchone()
    return former is not None and seen is not None and former.position <= seen


def settle(connection: Any, roster: RosterState, chain: Chain, *, at_end: bool) -> None:
    """Hold what was said of a log against this phone's chain, which reaches its signed end or not.

    What names another head is a fork, and is kept; what lies above the end is withheld until the chain reaches it.
    """
    log = chain.log
    rows = connection.execute("SELECT position, device, roster, at, head FROM claims WHERE log = ?", (log,)).fetchall()
    own = digests(connection, roster, chain) if any(at is None for _, _, _, at, _ in rows) else frozenset[bytes]()
    heads = heads_of(connection, Chain.start(roster.programme, log).cursor, log)
    for position, device, named, at, head in rows:
        if (at is None and head not in own) or (at is not None and at > chain.position):
            if at_end:
                connection.execute("UPDATE claims SET withheld = 1 WHERE log = ? AND position = ?", (log, position))
            continue
        author = roster.known_device(device)
        if at is not None and heads(at) != head and author is not None:
            note_fork(connection, log, author.account, Cursor(at, head), named)
        connection.execute("DELETE FROM claims WHERE log = ? AND position = ?", (log, position))


def digests(connection: Any, roster: RosterState, chain: Chain) -> frozenset[bytes]:
    """Of all states of the own space."""
    states = connection.execute("SELECT position, head FROM entries WHERE log = ?", (chain.log,)).fetchall()
    start = Chain.start(roster.programme, chain.log).cursor
    return frozenset(digest(position, head) for position, head in [(start.position, start.head), *states])


def note_fork(connection: Any, log: bytes, account: bytes, other: Cursor, roster: int) -> None:
    """That `account` was shown this state of a log; `roster`: position of the roster at which it was."""
    connection.execute(
        "INSERT OR IGNORE INTO forks(log, account, at, head, roster) VALUES (?, ?, ?, ?, ?)",
        (log, account, other.position, other.head, roster),
    )


def alarms(connection: Any, roster: RosterState) -> list[str]:
    """Sentences about forks and about what is withheld; a restore that a lead declared later explains both."""
    found = list[str]()
    names = dict(connection.execute("SELECT log, name FROM logs"))
    for log, account, at in connection.execute(
        "SELECT log, account, MIN(at) FROM forks WHERE roster >= ? GROUP BY log, account ORDER BY log, account",
        (roster.restored,),
    ).fetchall():
        name = names.get(log, "a log")
        found.append(
            Sentence("note_two_histories", log=name, account=account.hex()[:8], at=at)
            if account
            else Sentence("note_two_histories_compared", log=name, at=at)
        )
    for log, device, at in connection.execute(
        "SELECT log, device, at FROM claims WHERE withheld = 1 AND roster >= ? ORDER BY log, position",
        (roster.restored,),
    ).fetchall():
        author, name = roster.known_device(device), names.get(log, "a log")
        found.append(
            Sentence("note_withheld_own", log=name, phone=device.hex()[:8])
            if at is None or author is None
            else Sentence("note_withheld", log=name, account=author.account.hex()[:8])
        )
    return list(dict.fromkeys(found))


def note_read(connection: Any, day: int) -> None:
    """The witness log was read to its end on this day of the server."""
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", (READ_ON, encode(day)))


def silent_accounts(connection: Any, roster: RosterState) -> list[Silent]:
    """Accounts not heard from for more than SILENT_AFTER days, the longest first; none before the log was read."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (READ_ON,)).fetchone()
    if row is None:
        return []
    newest = dict(connection.execute("SELECT account, day FROM witnessed").fetchall())
    read_on: Any = decode(row[0])
    now = max(roster.time, read_on, *newest.values())
    days = {id_: now - newest.get(id_, joined_on(connection, roster, id_)) for id_ in roster.accounts}
    silent = [Silent(id_, roster.accounts[id_].role, days[id_]) for id_ in days if days[id_] > SILENT_AFTER]
    return sorted(silent, key=lambda one: (-one.days, one.account))


def newest_witness(connection: Any, account: bytes) -> tuple[int, int] | None:
    """Position and day of the newest witness of an account."""
    row = connection.execute("SELECT position, day FROM witnessed WHERE account = ?", (account,)).fetchone()
    return None if row is None else (int(row[0]), int(row[1]))


def joined_on(connection: Any, roster: RosterState, account: bytes) -> int:
    """Day of the statement by which an active account came in."""
    entry = stored_entry(connection, roster.programme, roster.accounts[account].joined)
    return roster.time if entry is None else decode_statement(entry.header.kind, entry.check_body()).day


def is_read(connection: Any, roster: RosterState) -> bool:
    """Whether anything of the witness log is stored."""
    log = witness_log(roster)
    return connection.execute("SELECT 1 FROM entries WHERE log = ? LIMIT 1", (log,)).fetchone() is not None
