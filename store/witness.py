"""The witness log as the server has it: what it demands of a new witness, and where a new reader may begin."""

from store.database import Driver
from store.transaction import Transaction
from sync.errors import Refused
from sync.log import Chain, Cursor, Entry
from sync.witness import READ_BACK, WITNESS, Witness

_ADD = "INSERT INTO logs (programme, log, kind) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"
_END = "SELECT MAX(position) FROM entries WHERE programme = ?1 AND log = ?2"
_BODY = "SELECT body FROM entries WHERE programme = ?1 AND log = ?2 AND position = ?3"
_HEAD = "SELECT head FROM entries WHERE programme = ?1 AND log = ?2 AND position = ?3"


def check_stated(transaction: Transaction, programme: bytes, entry: Entry, day: int) -> None:
    """Refused `day-off` unless the day is within one of the server's, `witness-unknown` for a state it never had."""
    stated = Witness.decode(entry.check_body())
    if abs(stated.day - day) > 1:
        raise Refused("day-off", f"the server's day is {day}", server_day=day)
    for log, at in stated.shared:
        if _head(transaction, programme, log, at.position) != at.head:
            raise Refused("witness-unknown", f"`shared` at position {at.position} is not a state of that log")


def _head(transaction: Transaction, programme: bytes, log: bytes, position: int) -> bytes | None:
    if position == 0:
        return Chain.start(programme, log).head
    return transaction.head_at(programme, log, position)


def add_log(transaction: Transaction, programme: bytes, log: bytes) -> None:
    """The row of the witness log, before its first entry; programmes may be older than it."""
    transaction.driver.execute(_ADD, (programme, log, WITNESS))


def beginning(driver: Driver, programme: bytes, log: bytes, day: int) -> Cursor:
    """The highest state of the witness log below all that was stated in the READ_BACK days before `day`.

    Found by halving: days rise with positions, but for the one by which a server's day and an author's may differ.
    """
    (end,) = driver.execute(_END, (programme, log)).fetchone()
    low, high = 0, end or 0
    while low < high:
        middle = (low + high) // 2
        (body,) = driver.execute(_BODY, (programme, log, middle + 1)).fetchone()
        if Witness.decode(body).day < day - READ_BACK:
            low = middle + 1
        else:
            high = middle
    if low == 0:
        return Chain.start(programme, log).cursor
    (head,) = driver.execute(_HEAD, (programme, log, low)).fetchone()
    return Cursor(low, head)
