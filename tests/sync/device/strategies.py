"""Contents and histories as hypothesis makes them."""

from typing import NamedTuple

from hypothesis import strategies as st

from crypto.public.encoding import Canonical
from sync.device.changes import Change, Content, Group, Origin
from sync.shape import INTEGER_LIMIT

integers = st.integers(0, INTEGER_LIMIT - 1)
names = st.text(min_size=1, max_size=64)
record_ids = st.binary(min_size=16, max_size=16).filter(any)
leaves = st.one_of(st.integers(-(2**64), 2**64 - 1), st.booleans(), st.binary(max_size=8), st.text(max_size=8))
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=6
)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    deleted = draw(st.booleans())
    fields = {} if deleted else draw(st.dictionaries(names, values, max_size=4))
    removed = set() if deleted else draw(st.sets(names, max_size=2)) - fields.keys()
    version = draw(st.integers(1, INTEGER_LIMIT - 1))
    return Change(draw(record_ids), draw(names), version, deleted, fields, tuple(sorted(removed)))


origins = st.none() | st.builds(Origin, st.binary(min_size=32, max_size=32), st.integers(1, INTEGER_LIMIT - 1))
groups = st.builds(
    Group,
    origins,
    integers,
    integers,
    st.lists(changes(), min_size=1, max_size=3, unique_by=lambda change: change.record).map(tuple),
)
contents = st.builds(Content, integers, st.lists(groups, max_size=3).map(tuple))


class Step(NamedTuple):
    """A change of one record with its place."""

    change: Change
    stamp: int
    device: bytes
    position: int
    seen: int


RECORD = b"r" * 16
DEVICES = tuple(bytes([letter]) * 32 for letter in b"ABC")
# 1, True and a removal beside each other: Python takes the first two for equal.
SMALL: st.SearchStrategy[Canonical] = st.sampled_from([1, True, 0, False, "x", b"x", [1], [True]])
FIELDS = st.sampled_from(["a", "b", "c"])


@st.composite
def steps(draw: st.DrawFn, authors: dict[int, bytes]) -> Step:
    position = draw(st.sampled_from(sorted(authors)))
    deleted = draw(st.integers(0, 30)) == 30
    fields: dict[str, Canonical] = {} if deleted else draw(st.dictionaries(FIELDS, SMALL, max_size=3))
    removed = () if deleted else tuple(sorted(draw(st.sets(FIELDS, max_size=1)) - fields.keys()))
    change = Change(RECORD, draw(st.sampled_from(["t", "u"])), draw(st.integers(1, 2)), deleted, fields, removed)
    return Step(change, draw(st.integers(1, 4)), authors[position], position, draw(st.integers(0, position - 1)))


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Changes of one record by a few devices. A `seen` may go back, and one entry say two things of a field."""
    authors = {position: draw(st.sampled_from(DEVICES)) for position in range(1, 9)}
    return draw(st.lists(steps(authors), min_size=1, max_size=10))
