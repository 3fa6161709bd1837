"""Reads what lies above each cursor, up to heads that are committed: logs only grow, so that is one state."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from crypto.public.ids import genesis
from store.database import Driver
from sync.log import Cursor

_ABOVE = """
    SELECT position, sequence, device = ?5, header, signature, CASE WHEN device = ?5 THEN NULL ELSE body END
    FROM entries WHERE programme = ?1 AND log = ?2 AND position > ?3 AND position <= ?4 ORDER BY position
"""
_HEAD = "SELECT head FROM entries WHERE programme = ?1 AND log = ?2 AND position = ?3"

AT_ONCE = 32
"""Entries of one statement: PostgreSQL hands over all that a statement finds, and a body may be of a megabyte."""
OWN_COST = 64
"""What an entry that is answered by its number alone takes of the budget, in bytes."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The client's cursor in a log, and the committed head up to which it is answered.

    `short`: the device whose entries are answered by their numbers alone, or empty for none.
    """

    log: bytes
    cursor: Cursor
    head: Cursor
    short: bytes = b""


@dataclass(frozen=True, slots=True)
class Pulled:
    """An entry above a cursor; `own` ones carry no bytes that matter."""

    position: int
    sequence: int
    own: bool
    header: bytes
    signature: bytes
    body: bytes | None

    @property
    def cost(self) -> int:
        return OWN_COST if self.own else len(self.header) + len(self.signature) + len(self.body or b"")


@dataclass(frozen=True, slots=True)
class Page:
    """`known`: the cursor lies on the stored chain; `more`: the budget cut this log."""

    known: bool
    entries: Sequence[Pulled] = ()
    more: bool = False


def pull(driver: Driver, programme: bytes, asks: Sequence[Ask], budget: int) -> list[Page]:
    """One page for each ask; at least one entry if any lies above a known cursor, however small the budget."""
    pages = []
    left = budget
    for ask in asks:
        if not is_known(driver, programme, ask):
            pages.append(Page(known=False))
            continue
        entries: list[Pulled] = []
        more = False
        with closing(_above(driver, programme, ask)) as above:
            for entry in above:
                if entry.cost > left and left < budget:
                    more = True
                    break
                left -= entry.cost
                entries.append(entry)
        pages.append(Page(known=True, entries=entries, more=more))
    return pages


def is_known(driver: Driver, programme: bytes, ask: Ask) -> bool:
    """Whether the asked cursor is a state that the log has had."""
    position, head = ask.cursor.position, ask.cursor.head
    if position == 0:
        return head == genesis(programme, ask.log)
    if position >= ask.head.position:
        return ask.cursor == ask.head
    row = driver.execute(_HEAD, (programme, ask.log, position)).fetchone()
    return row is not None and row[0] == head


def _above(driver: Driver, programme: bytes, ask: Ask) -> Generator[Pulled]:
    for low, high in stretches(ask.cursor.position, ask.head.position):
        # A cursor left open would keep its read transaction, and the write-ahead log could never be emptied.
        with closing(driver.execute(_ABOVE, (programme, ask.log, low, high, ask.short))) as rows:
            for position, sequence, own, header, signature, body in rows:
                yield Pulled(position, sequence, bool(own), header, signature, body)


def stretches(above: int, end: int) -> Iterator[tuple[int, int]]:
    """The positions above one and up to another, in parts: each above its first number and up to its second."""
    return ((low, min(low + AT_ONCE, end)) for low in range(above, end, AT_ONCE))
