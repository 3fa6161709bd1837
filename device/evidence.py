"""What the server signed that this phone can hold against it: kept in the vault, given out as the values of files.

Of each log the newest answer whose head was verified, and of its first contradiction the two answers: no more, however
often a server contradicts itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from crypto.public.ids import genesis
from device.branch import fetch_branch
from device.exchange import Believed
from device.ledger import entries_above, heads_of, own_heads
from device.transport import Malformed, ServerProblem, Unreachable
from sync.answer import Answer, Standing
from sync.device.replica import RulesNewer, ServerFault
from sync.evidence import Evidence, Signed, contradicts, is_impossible
from sync.half import Half, Links
from sync.log import Cursor, Entry
from sync.state import RosterState

if TYPE_CHECKING:
    from device.engine import Engine

Conflict = tuple[bytes, Signed, Signed, Sequence[bytes]]
"""A log, the two answers that contradict each other about it, and links."""
NEWEST, FIRST, SECOND = "newest", "first", "second"


def remember(connection: Any, believed: Believed) -> None:
    """Keep this answer for each log whose head the phone has verified.

    Not if it came with a roster that is another, or only part of one: nobody could tell then whose key signed it.
    """
    whole = {one.log for one in believed.logs if one.known and not one.more and not one.fault}
    if believed.roster.programme in whole:
        for log in whole:
            _put(connection, log, NEWEST, believed.signed)


def contradicted(connection: Any, programme: bytes, signed: Signed) -> list[tuple[bytes, Signed]]:
    """Logs about which an answer contradicts itself, or what the server had signed before; with that.

    Whether it is signed is not asked here.
    """
    found = []
    for standing in signed.answer.logs:
        log = standing.log
        if not standing.known or is_impossible(standing):
            newest = signed if is_impossible(standing) else _get(connection, log, NEWEST)
            if newest is not None:
                links = own_links(connection, programme, log, newest.answer, signed.answer)
                if contradicts(newest.answer, signed.answer, log, links):
                    found.append((log, newest))
    return found


def keep(connection: Any, found: Iterable[tuple[bytes, Signed]], second: Signed) -> None:
    """Keep the first contradiction of each log: a server could push it out with later, weaker ones."""
    for log, first in found:
        if _get(connection, log, SECOND) is None:
            _put(connection, log, FIRST, first)
            _put(connection, log, SECOND, second)


def forget(connection: Any, log: bytes | None = None) -> None:
    """After a declared restore: the old answers, about one log or all, are about a history that this phone has left."""
    connection.execute("DELETE FROM answers WHERE ?1 IS NULL OR log = ?1", (log,))


def own_links(connection: Any, programme: bytes, log: bytes, first: Answer, second: Answer) -> list[bytes]:
    """From where the second answer's head should have been to the first one's, along this phone's own chain."""
    low, high = second.standing(log), first.standing(log)
    if low is None or high is None or low.head.position >= high.head.position:
        return []
    start = heads_of(connection, Cursor(0, genesis(programme, log)), log)(low.head.position)
    leaves = connection.execute(
        "SELECT leaf FROM entries WHERE log = ? AND position > ? AND position <= ? ORDER BY position",
        (log, low.head.position, high.head.position),
    )
    return [] if start is None else [start, *(bytes(leaf) for (leaf,) in leaves)]


def conflicts(connection: Any, programme: bytes) -> Iterator[Conflict]:
    """What is kept of each log with a contradiction, the roster first."""
    rows = connection.execute("SELECT log FROM answers WHERE part = ? ORDER BY log <> ?, log", (SECOND, programme))
    for (log,) in rows.fetchall():
        first, second = _get(connection, log, FIRST), _get(connection, log, SECOND)
        if first is not None and second is not None:
            yield log, first, second, own_links(connection, programme, log, first.answer, second.answer)


def half(connection: Any, programme: bytes) -> Half:
    """What the server told this phone, to be joined with what it told another one. No network is asked."""
    kept = connection.execute("SELECT DISTINCT message, signature FROM answers ORDER BY message, signature").fetchall()
    answers = [Signed(*row) for row in kept]
    told = sorted({one.log for signed in answers for one in signed.answer.logs} - {programme})
    return Half(
        list(entries_above(connection, programme, 0)), answers, [links(connection, programme, log) for log in told]
    )


def links(connection: Any, programme: bytes, log: bytes) -> Links:
    start, _ = own_heads(connection, programme, log)
    leaves = connection.execute("SELECT leaf FROM entries WHERE log = ? ORDER BY position", (log,)).fetchall()
    return Links(log, start, [bytes(leaf) for (leaf,) in leaves])


async def gather(engine: "Engine") -> list[Evidence]:
    """Evidence of each log with a contradiction, the roster first.

    Asks the server for its roster if that is another; of a server that will not show it the file holds none.
    """
    connection, programme = engine.vault.read(), engine.identity.programme
    roster, found = list(entries_above(connection, programme, 0)), list[Evidence]()
    other: Sequence[Entry] | None = None
    for log, first, second, links in conflicts(connection, programme):
        branch: Sequence[Entry] = ()
        if not on_roster(engine.roster, second.answer):
            other = branch = await _other_roster(engine) if other is None else other
        found.append(Evidence(roster, branch, first, second, log, links))
    return found


async def _other_roster(engine: "Engine") -> Sequence[Entry]:
    try:
        return (await fetch_branch(engine)).entries
    except (ServerFault, ServerProblem, RulesNewer, Unreachable, Malformed):
        # What can be shown of the other logs must not hang upon the server's goodwill.
        return ()


def on_roster(roster: RosterState, answer: Answer) -> bool:
    """Whether this phone's roster shows where the server's stood."""
    standing: Standing | None = answer.standing(roster.programme)
    return standing is not None and roster.head_at(standing.head.position) == standing.head.head


def _get(connection: Any, log: bytes, part: str) -> Signed | None:
    row = connection.execute(
        "SELECT message, signature FROM answers WHERE log = ? AND part = ?", (log, part)
    ).fetchone()
    return None if row is None else Signed(*row)


def _put(connection: Any, log: bytes, part: str, signed: Signed) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO answers(log, part, message, signature) VALUES (?, ?, ?, ?)",
        (log, part, signed.message, signed.signature),
    )
