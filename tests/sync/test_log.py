"""Header, entry and chain (docs/protocol/3-log.md)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import encode
from crypto.public.hashing import H
from crypto.public.ids import body_hash, genesis
from crypto.public.signing import SigningKey
from sync.log import ZERO, Author, Chain, Cursor, Entry, Header
from tests.support.refusals import outcome, refused
from tests.sync.arrays import HEADER, changed, single_bits

PROGRAMME, LOG = b"P" * 32, b"L" * 32
KEYS = {name: SigningKey.from_seed(name.encode() * 32) for name in "ab"}


def device(name: str) -> bytes:
    return name.encode() * 32


HONEST = Header(1, LOG, device("a"), 1, "sealed", 1, ZERO, Cursor(0, ZERO), Cursor(1, ZERO), ZERO)


class Log:
    """A log as its reader knows it; nobody's authority is judged here."""

    def __init__(self) -> None:
        self.chain = Chain.start(PROGRAMME, LOG)
        self.heads = [self.chain.head]

    def head_at(self, position: int) -> bytes | None:
        return self.heads[position] if position < len(self.heads) else None

    def entry(self, name: str = "a", **different: Any) -> Entry:
        author = self.chain.author(device(name))
        header = replace(
            HONEST, device=device(name), sequence=author.sequence + 1, seen=self.chain.cursor, prev=author.leaf
        )
        return Entry.sign(replace(header, **different), b"body", KEYS[name])

    def check(self, entry: Entry) -> None:
        self.chain.check(entry.header, self.head_at)

    def add(self, name: str = "a", **different: Any) -> Entry:
        entry = self.entry(name, **different)
        self.check(entry)
        self.chain = self.chain.extend(entry)
        self.heads.append(self.chain.head)
        return entry


@pytest.fixture
def log() -> Log:
    """a, b, a, b, a."""
    log = Log()
    for name in "ababa":
        log.add(name)
    return log


# The header's codec.


def headers() -> st.SearchStrategy[list[Any]]:
    return HEADER.any().map(lambda value: [1, *value[1:]])


@given(headers())
def test_an_accepted_header_encodes_to_the_same_bytes(value: list[Any]) -> None:
    raw = encode(value)
    header = Header.decode(raw)
    assert header.encode() == raw
    assert header.sealing_fields() == encode([*value[:6], *value[7:]])
    assert (header.seen, header.roster) == (Cursor(*value[7]), Cursor(*value[8]))


@given(headers(), st.data())
def test_a_mutated_header_is_refused_or_means_the_same(value: list[Any], data: st.DataObject) -> None:
    raw = changed(encode(value), data)
    problem, header = outcome(Header.decode, raw)
    assert problem in ("entry-malformed", "suite-unknown") if header is None else header.encode() == raw


def test_every_element_of_a_header_has_its_type_and_bounds() -> None:
    for value in HEADER.good():
        if value[0] == 1:
            assert Header.decode(encode(value)).encode() == encode(value)
        else:
            with refused("suite-unknown"):
                Header.decode(encode(value))
    for value in HEADER.bad():
        with refused("entry-malformed"):
            Header.decode(encode(value))


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_header(raw: bytes) -> None:
    with refused("entry-malformed"):
        Header.decode(raw)


# The entry.


def test_a_leaf_covers_header_and_signature_and_not_the_body(log: Log) -> None:
    entry = log.entry()
    assert entry.leaf == H("leaf", entry.raw_header + entry.signature)
    assert Entry(entry.raw_header, entry.signature, None).leaf == entry.leaf
    for raw in single_bits(entry.raw_header):
        assert Entry(raw, entry.signature, b"body").leaf != entry.leaf


def test_a_body_is_the_one_in_the_header_or_refused(log: Log) -> None:
    entry = log.entry(body_hash=body_hash(b"body"))
    assert entry.check_body() == b"body"
    for body in (None, b"", b"bodY", b"body\0"):
        with refused("body-mismatch"):
            Entry(entry.raw_header, entry.signature, body).check_body()


# The chain: items 1, 5 and 6 of the reader's checks.


def test_heads_chain_from_programme_and_log() -> None:
    log = Log()
    assert log.chain.head == genesis(PROGRAMME, LOG) == H("genesis", PROGRAMME + LOG)
    for position in (1, 2, 3):
        before = log.chain.head
        entry = log.add()
        assert (log.chain.position, log.chain.head) == (position, H("head", before + entry.leaf))
    assert Chain.start(LOG, PROGRAMME).head != Chain.start(PROGRAMME, LOG).head


def test_extend_leaves_the_old_chain_alone(log: Log) -> None:
    before = log.chain
    held = (before.position, before.head, dict(before.authors))
    log.add("b")
    assert (before.position, before.head, dict(before.authors)) == held


def test_an_author_is_its_last_number_leaf_and_witness(log: Log) -> None:
    entry = log.add("b", sequence=77, seen=Cursor(3, log.heads[3]))
    assert log.chain.author(device("b")) == Author(77, entry.leaf, 3)
    assert log.chain.author(device("z")) == Author(0, ZERO, 0)


def test_another_log_is_refused(log: Log) -> None:
    with refused("entry-malformed"):
        log.check(log.entry(log=PROGRAMME))


def test_numbers_rise_strictly_and_may_leave_gaps(log: Log) -> None:
    last = log.chain.author(device("a")).sequence
    for used in (1, last - 1, last):
        with refused("sequence-used"):
            log.check(log.entry(sequence=used))
    log.add(sequence=last + 1_000)
    log.add(sequence=2**53 - 1)
    with refused("sequence-used"):
        log.check(log.entry(sequence=2**53 - 1))


def test_prev_is_the_leaf_of_the_last_entry_of_the_same_author(log: Log) -> None:
    of_a, of_b = log.chain.author(device("a")).leaf, log.chain.author(device("b")).leaf
    for wrong in (ZERO, of_b, log.chain.head):
        with refused("prev-mismatch"):
            log.check(log.entry("a", prev=wrong))
    log.check(log.entry("a", prev=of_a))


def test_a_first_entry_has_zeros_for_prev() -> None:
    log = Log()
    with refused("prev-mismatch"):
        log.check(log.entry("b", prev=log.chain.head))
    log.add("b")


def test_seen_is_any_state_from_the_authors_last_witness_to_the_newest(log: Log) -> None:
    last = log.chain.author(device("a")).seen
    for position in range(6):
        entry = log.entry("a", seen=Cursor(position, log.heads[position]))
        if position < last:
            with refused("witness-unknown"):
                log.check(entry)
        else:
            log.check(entry)
    assert 0 < last < 5


def test_seen_beyond_the_log_is_refused(log: Log) -> None:
    for position in (6, 7, 2**53 - 1):
        with refused("witness-unknown"):
            log.check(log.entry(seen=Cursor(position, log.chain.head)))


def test_seen_names_the_head_at_its_position(log: Log) -> None:
    for position in range(4, 6):
        for head in (ZERO, log.heads[position - 1], genesis(PROGRAMME, PROGRAMME)):
            with refused("witness-unknown"):
                log.check(log.entry(seen=Cursor(position, head)))


def test_a_reader_that_does_not_know_a_head_refuses(log: Log) -> None:
    with refused("witness-unknown"):
        log.chain.check(log.entry(seen=Cursor(4, log.heads[4])).header, lambda _: None)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.integers(0, 3)), max_size=12))
def test_any_honest_history_replays_to_the_same_chain(history: list[tuple[str, int, int]]) -> None:
    log = Log()
    entries = []
    for name, gap, behind in history:
        author = log.chain.author(device(name))
        position = max(author.seen, log.chain.position - behind)
        seen = Cursor(position, log.heads[position])
        entries.append(log.add(name, sequence=author.sequence + 1 + gap, seen=seen))
    again = Log()
    for entry in entries:
        received = Entry(entry.raw_header, entry.signature, None)
        again.check(received)
        again.chain = again.chain.extend(received)
        again.heads.append(again.chain.head)
    assert (again.chain, again.heads) == (log.chain, log.heads)
    for entry in entries:
        with refused("sequence-used"):
            again.check(entry)
