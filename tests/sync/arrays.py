"""Arrays of the specification once more, as tables of page 3 and 4, and everything that is wrong with a value.

Written from docs/protocol alone, so that a slip in `sync.shape` does not excuse itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

FOREIGN: tuple[Any, ...] = (0, 1, -1, 2**53, True, False, b"", bytes(32), "", "text", [], [0], {}, {"a": 1})


class Element:
    """One element of an array: the values at its bounds, and those beyond."""

    def good(self) -> list[Any]:
        raise NotImplementedError

    def bad(self) -> list[Any]:
        raise NotImplementedError

    def any(self) -> st.SearchStrategy[Any]:
        raise NotImplementedError


@dataclass(frozen=True)
class Octets(Element):
    lengths: tuple[int, ...]

    def good(self) -> list[Any]:
        return [bytes(length) for length in self.lengths]

    def bad(self) -> list[Any]:
        near = {length + step for length in self.lengths for step in (-1, 1)} - set(self.lengths) - {-1}
        return [value for value in FOREIGN if type(value) is not bytes] + [bytes(length) for length in sorted(near)]

    def any(self) -> st.SearchStrategy[Any]:
        return st.one_of([st.binary(min_size=length, max_size=length) for length in self.lengths])


@dataclass(frozen=True)
class Integer(Element):
    low: int = 0

    def good(self) -> list[Any]:
        return [self.low, 2**53 - 1]

    def bad(self) -> list[Any]:
        return [value for value in FOREIGN if type(value) is not int] + [self.low - 1, -1, 2**53, 2**64 - 1, -(2**64)]

    def any(self) -> st.SearchStrategy[Any]:
        return st.integers(self.low, 2**53 - 1)


@dataclass(frozen=True)
class Text(Element):
    low: int
    high: int

    def good(self) -> list[Any]:
        return ["x" * self.low, "é" * self.high]

    def bad(self) -> list[Any]:
        return [value for value in FOREIGN if type(value) is not str] + ["x" * (self.low - 1), "x" * (self.high + 1)]

    def any(self) -> st.SearchStrategy[Any]:
        return st.text(st.characters(exclude_categories=["Cs"]), min_size=self.low, max_size=self.high)


@dataclass(frozen=True)
class Word(Element):
    words: tuple[str, ...]

    def good(self) -> list[Any]:
        return list(self.words)

    def bad(self) -> list[Any]:
        return [*FOREIGN, *(word.upper() for word in self.words), *(word.encode() for word in self.words)]

    def any(self) -> st.SearchStrategy[Any]:
        return st.sampled_from(self.words)


@dataclass(frozen=True)
class Array(Element):
    elements: tuple[Element, ...]
    empty: bool = False

    def good(self) -> list[Any]:
        first = [element.good()[0] for element in self.elements]
        return ([[]] if self.empty else []) + [
            [*first[:at], value, *first[at + 1 :]]
            for at, element in enumerate(self.elements)
            for value in element.good()
        ]

    def bad(self) -> list[Any]:
        whole = self.good()[-1]
        foreign = [value for value in FOREIGN if value != [] or not self.empty]
        return [
            *foreign,
            whole[:-1],
            whole[1:],
            [*whole, 0],
            [whole],
            *(
                [*whole[:at], value, *whole[at + 1 :]]
                for at, element in enumerate(self.elements)
                for value in element.bad()
            ),
        ]

    def any(self) -> st.SearchStrategy[Any]:
        full = st.tuples(*(element.any() for element in self.elements)).map(list)
        return st.one_of(st.just([]), full) if self.empty else full


@dataclass(frozen=True)
class Truth(Element):
    def good(self) -> list[Any]:
        return [True, False]

    def bad(self) -> list[Any]:
        return [value for value in FOREIGN if type(value) is not bool]

    def any(self) -> st.SearchStrategy[Any]:
        return st.booleans()


@dataclass(frozen=True)
class Several(Element):
    """An array of `low` to `high` elements of one kind."""

    element: Element
    low: int
    high: int

    def good(self) -> list[Any]:
        one = self.element.good()
        return [[one[0]] * self.low, [one[-1]] * self.high, *([each] * self.low for each in one)]

    def bad(self) -> list[Any]:
        one = self.element.good()[0]
        wrong = [[one] * (self.low - 1), [one] * (self.high + 1)]
        return [value for value in FOREIGN if value != []] + wrong + [[each] for each in self.element.bad()]

    def any(self) -> st.SearchStrategy[Any]:
        return st.lists(self.element.any(), min_size=self.low, max_size=min(self.high, 4))


@dataclass(frozen=True)
class Ascending(Element):
    """Rows of `row`, at most 1,024, strictly ascending by their first two elements."""

    row: Array

    def good(self) -> list[Any]:
        low, middle, high = ([bytes([n]) * 32, bytes([9 - n]) * 32, bytes(32)] for n in (1, 2, 3))
        same = [low[0], middle[0], bytes(32)]
        many = [[n.to_bytes(32, "big"), bytes(32), bytes(32)] for n in range(1_024)]
        return [[], [low], [low, middle, high], sorted([low, same]), many]

    def bad(self) -> list[Any]:
        low, high = [bytes(32), bytes(32), bytes(32)], [b"1" * 32, bytes(32), bytes(32)]
        many = [[n.to_bytes(32, "big"), bytes(32), bytes(32)] for n in range(1_025)]
        twice = [low, [*low[:2], b"2" * 32]]
        foreign = [value for value in FOREIGN if value != []]
        return [*foreign, low, [high, low], [low, low], twice, many, *([wrong] for wrong in self.row.bad())]

    def any(self) -> st.SearchStrategy[Any]:
        rows = st.lists(self.row.any(), max_size=4, unique_by=lambda row: (row[0], row[1]))
        return rows.map(lambda found: sorted(found, key=lambda row: (row[0], row[1])))


@dataclass(frozen=True)
class States(Element):
    """One or two of [log id, position, head], strictly ascending by log id."""

    def good(self) -> list[Any]:
        low, high = [bytes(32), 0, bytes(32)], [b"1" * 32, 2**53 - 1, bytes(32)]
        return [[low], [high], [low, high]]

    def bad(self) -> list[Any]:
        low, middle, high = ([bytes([n]) * 32, n, bytes(32)] for n in (1, 2, 3))
        wrong = array(ID, Integer(), HASH).bad()
        return [*FOREIGN, low, [high, low], [low, low], [low, middle, high], *([one] for one in wrong)]

    def any(self) -> st.SearchStrategy[Any]:
        state = array(ID, Integer(), HASH).any()
        found = st.lists(state, min_size=1, max_size=2, unique_by=lambda one: one[0])
        return found.map(lambda states: sorted(states, key=lambda one: one[0]))


@dataclass(frozen=True)
class Empty(Element):
    """The empty array alone."""

    def good(self) -> list[Any]:
        return [[]]

    def bad(self) -> list[Any]:
        return [value for value in FOREIGN if value != []]

    def any(self) -> st.SearchStrategy[Any]:
        return st.just([])


def array(*elements: Element, empty: bool = False) -> Array:
    return Array(elements, empty)


ID, KEY, HASH, SIGNATURE, ACCOUNT = Octets((32,)), Octets((32,)), Octets((32,)), Octets((64,)), Octets((16,))
ACCOUNT_OR_NONE, HASH_OR_NONE = Octets((0, 16)), Octets((0, 32))
CURSOR = array(Integer(), HASH)
DEVICE = array(KEY, HASH)
POLICY = array(Integer(), Integer(), Integer())
ROLE = Word(("member", "lead", "link", "recovery"))
SPACE = Word(("personal", "commons", "leads"))
COSIGNATURE = array(ID, SIGNATURE, empty=True)
LAST = Ascending(array(ID, ID, HASH))

HEADER = array(
    Integer(1), ID, ID, Integer(1), Text(1, 64), Integer(), HASH, CURSOR, CURSOR, HASH
)  # fmt: skip

AXIS = array(Text(1, 64), Several(Text(1, 64), 1, 64))
TASK = array(
    Text(1, 64), Several(AXIS, 1, 2), Word(("contact", "supporter")), Integer(), Integer(), Integer(),
    Word(("month", "quarter")), Integer(),
)  # fmt: skip

WITNESS = array(Integer(), HASH, States(), Empty())

STATEMENTS = {
    "found": array(
        Integer(), Integer(), Octets((32,)), Text(1, 200), KEY, ACCOUNT, DEVICE, HASH, array(HASH, HASH, HASH), HASH,
        POLICY, COSIGNATURE,
    ),
    "invite": array(
        Integer(), ROLE, ACCOUNT_OR_NONE, KEY, HASH, Integer(), Integer(), KEY, SIGNATURE, COSIGNATURE,
    ),
    "join": array(
        Integer(), ROLE, ID, ACCOUNT, DEVICE, HASH_OR_NONE, HASH_OR_NONE, SIGNATURE, COSIGNATURE,
    ),
    "rotate": array(
        Integer(), SPACE, ACCOUNT_OR_NONE, Integer(), HASH, Octets((48,)), HASH_OR_NONE, COSIGNATURE,
    ),
    "policy": array(Integer(), POLICY, COSIGNATURE),
    "close_invite": array(Integer(), ID, COSIGNATURE),
    "announce": array(Integer(), Integer(1), COSIGNATURE),
    "revoke": array(Integer(), ID, Integer(), LAST, Integer(), HASH, Octets((48,)), HASH, COSIGNATURE),
    "remove": array(Integer(), ACCOUNT, LAST, COSIGNATURE),
    "rules": array(Integer(), Integer(1), COSIGNATURE),
    "server": array(Integer(), KEY, Text(1, 200), Truth(), COSIGNATURE),
    "restored": array(Integer(), COSIGNATURE),
    "task": array(Integer(), TASK, COSIGNATURE),
    "aggregator": array(Integer(), Truth(), COSIGNATURE),
    "offer": array(Integer(), ID, Integer(), HASH, COSIGNATURE),
    "open": array(Integer(), ID, Integer(), Several(ID, 1, 2), HASH, COSIGNATURE),
    "close_period": array(Integer(), ID, HASH, COSIGNATURE),
}  # fmt: skip


def changed(raw: bytes, data: st.DataObject) -> bytes:
    """`raw` with some octets replaced, inserted or taken away."""
    out = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(out)))
        out[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    return bytes(out)


def single_bits(raw: bytes) -> Iterator[bytes]:
    """`raw` with each of its bits turned over, one at a time."""
    for at in range(len(raw)):
        for bit in range(8):
            yield raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
