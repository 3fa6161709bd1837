"""Which bodies may be missing, from the statements of a log alone."""

from crypto.public.ids import body_hash
from simulation.erased import named
from sync.erasure import Erase, Withdraw
from sync.log import Cursor, Entry, Header
from sync.statement import Cosignature

ONE, OTHER = b"1" * 32, b"2" * 32


def stated(statement: Erase | Withdraw, position: int) -> tuple[int, Entry]:
    body = statement.encode()
    seen = Cursor(position - 1, bytes(32))
    header = Header(1, b"l" * 32, b"d" * 32, position, statement.kind, 0, body_hash(body), seen, seen, bytes(32))
    return position, Entry(header.encode(), bytes(64), body)


def test_what_is_named_is_due_on_its_day_and_with_the_paper_at_once() -> None:
    entries = [stated(Erase(100, (ONE,)), 1), stated(Erase(100, (OTHER,), Cosignature(ONE, bytes(64))), 2)]
    assert named(entries, 113) == ({OTHER}, set())
    assert named(entries, 114) == ({ONE, OTHER}, set())


def test_what_was_withdrawn_is_not_due_unless_another_erasure_names_it() -> None:
    first = stated(Erase(100, (ONE, OTHER)), 1)
    withdrawn = stated(Withdraw(101, first[1].leaf), 2)
    assert named([first, withdrawn], 200) == (set(), {ONE, OTHER})
    assert named([first, withdrawn, stated(Erase(102, (ONE,)), 3)], 200) == ({ONE}, {ONE, OTHER})
