"""A repack: what stands of records, as groups with their origins, and those as bodies (docs/protocol/5-sealed.md).

Landed on nothing, the items of a state make that very state; beside what remains of it, those missing there do.
"""

from collections.abc import Iterable, Mapping, Sequence

from crypto.errors import BodyTooLarge
from crypto.public.encoding import Canonical, encode
from crypto.secret import body
from sync.device.changes import Change, Content, Group, Origin, encode_content
from sync.device.merge import RecordState, join, merge_change

PIECES = 16
"""A repack is cut into bodies of at most this part of what stands, so that a change makes little of it dead."""

_CONTENT, _GROUP, _ARRAY = 32, 80, 5
"""Most bytes that a content and a group take beside their changes, and the head of an array beside its elements."""

Key = tuple[int, bytes, int, int]
"""position, device, stamp, seen"""
Item = tuple[Key, Change]


def items_of(known: Mapping[bytes, RecordState]) -> list[Item]:
    """The changes that make these records, by id, those of the oldest entries first."""
    found = (item for record, state in known.items() for item in _items(record, state))
    return sorted(found, key=lambda item: (item[0], item[1].record))


def missing(known: Mapping[bytes, RecordState], remaining: Mapping[bytes, RecordState]) -> list[Item]:
    """The items of `known` that `remaining`, made from some of the same changes, does not say.

    Joined with it they make `known`, and none if it says everything: a state is the least upper bound of its items.
    """
    lacking = {
        record: state
        for record, state in known.items()
        if record not in remaining or not says(remaining[record], state)
    }
    return [item for item in items_of(lacking) if not _is_said(remaining.get(item[1].record), item)]


def says(state: RecordState, other: RecordState) -> bool:
    """Whether a state of a record knows all that another one does."""
    return join(state, other).encode() == state.encode()


def _is_said(state: RecordState | None, item: Item) -> bool:
    (position, device, stamp, seen), change = item
    return state is not None and says(
        state, merge_change(None, change, stamp=stamp, device=device, position=position, seen=seen)
    )


def repack(items: Sequence[Item], written_at: int, most: int = body.RUNGS[-1]) -> list[bytes]:
    """Plaintexts that say all of these `items`, as few bytes of padded bodies as simply found; none for none.

    `most`: size that no body is larger than, but for what fits no smaller one. Raises BodyTooLarge for a single change
    that fits no body.
    """
    sizes, found = sizes_of(items), []
    while items:
        taken = _fill(sizes, most)
        found.append(encode_content(Content(written_at, tuple(_groups(items[:taken])))))
        items, sizes = items[taken:], sizes[taken:]
    return found


def piece(size: int) -> int:
    """How large the bodies of a repack are at most where changes of `size` bytes stand: a rung."""
    return max((rung for rung in body.RUNGS if PIECES * rung <= size), default=body.RUNGS[0])


def rung(plaintext: bytes) -> int:
    """Length of the body that `plaintext` takes."""
    return next(size for size in body.RUNGS if len(plaintext) <= body.capacity(size))


def _items(record: bytes, state: RecordState) -> Iterable[Item]:
    named = False
    for layer in state.layers:
        named |= (layer.stamp, layer.device, layer.position) == state.named
        change = Change(record, state.type, state.version, deleted=False, fields=layer.fields, removed=layer.removed)
        yield (layer.position, layer.device, layer.stamp, layer.seen), change
    if not named:
        # The fields of the change that named it were overtaken, or the record is deleted.
        stamp, device, position = state.named
        yield (position, device, stamp, 0), Change(record, state.type, state.version, state.deleted, {}, ())


def sizes_of(items: Sequence[Item]) -> list[int]:
    """The bytes that each item adds at most to those before it."""
    sizes, last = [], None
    for key, change in items:
        removed: list[Canonical] = list(change.removed)
        size = len(encode([*change[:5], removed]))
        if last is None or last[0] != key or last[1] == change.record:
            position, device, stamp, seen = key
            size += len(encode([[device, position], stamp, seen])) + _ARRAY
        sizes.append(size)
        last = key, change.record
    return sizes


def _fill(sizes: Sequence[int], most: int) -> int:
    """How many of the next items go into one body: all, or as many as fill one where all would leave half empty."""
    first = _CONTENT + _GROUP + sizes[0]
    if first > body.capacity(body.RUNGS[-1]):
        raise BodyTooLarge("one record is larger than the highest rung")
    left, lower = _CONTENT + _GROUP + sum(sizes), 0
    for size in body.RUNGS:
        if lower >= most and first <= body.capacity(lower):
            break
        if left <= body.capacity(size):
            if not lower or 2 * left > size:
                return len(sizes)
            break
        lower = size
    room, taken = body.capacity(lower) - _CONTENT - _GROUP, 0
    for needed in sizes:
        room -= needed
        if room < 0:
            break
        taken += 1
    return max(taken, 1)


def _groups(items: Sequence[Item]) -> list[Group]:
    """The items by origin; a record that one entry changed twice stands in two groups of it."""
    found: dict[tuple[Key, int], list[Change]] = {}
    times: dict[tuple[Key, bytes], int] = {}
    for key, change in items:
        number = times.get((key, change.record), 0)
        times[key, change.record] = number + 1
        found.setdefault((key, number), []).append(change)
    return [
        Group(Origin(device, position), stamp, seen, tuple(changes))
        for ((position, device, stamp, seen), _), changes in found.items()
    ]
