"""A repack: what stands of records, as groups with their origins, and those as bodies (docs/protocol/5-sealed.md).

Landed on nothing, the groups of a state make that very state.
"""

from collections.abc import Iterable, Sequence

from crypto.errors import BodyTooLarge
from crypto.public.encoding import Canonical, encode
from crypto.secret import body
from sync.device.changes import Change, Content, Group, Origin, encode_content
from sync.device.merge import RecordState

SLACK = 64 * 1024
"""Bytes that dead content may always take."""

_CONTENT, _GROUP, _ARRAY = 32, 80, 5
"""Most bytes that a content and a group take beside their changes, and the head of an array beside its elements."""

Key = tuple[int, bytes, int, int]
"""position, device, stamp, seen"""
Item = tuple[Key, Change]


def is_worth(bodies: int, repacked: int) -> bool:
    """Whether `repacked` bytes should take the place of these `bodies`, in bytes."""
    return bodies > 2 * repacked and bodies > repacked + SLACK


def repack(states: Iterable[tuple[bytes, RecordState]], written_at: int) -> list[bytes]:
    """Plaintexts that say all of these records (id and state), as few bytes of padded bodies as simply found.

    None for no records. Raises BodyTooLarge for a single change that fits no body.
    """
    items = sorted(
        (item for record, state in states for item in _items(record, state)), key=lambda item: (item[0], item[1].record)
    )
    sizes = _sizes(items)
    found = []
    while items:
        taken = _fill(sizes)
        found.append(encode_content(Content(written_at, tuple(_groups(items[:taken])))))
        items, sizes = items[taken:], sizes[taken:]
    return found


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


def _sizes(items: Sequence[Item]) -> list[int]:
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


def _fill(sizes: Sequence[int]) -> int:
    """How many of the next items go into one body: all, or as many as fill one where all would leave half empty."""
    left, lower = _CONTENT + _GROUP + sum(sizes), 0
    for size in body.RUNGS:
        if left <= body.capacity(size):
            if not lower or 2 * left > size:
                return len(sizes)
            break
        lower = size
    return _fitting(sizes, lower)


def _fitting(sizes: Sequence[int], size: int) -> int:
    """How many items fit a body of `size` bytes; one at least, in a larger body if need be."""
    room, taken = body.capacity(size) - _CONTENT - _GROUP, 0
    for needed in sizes:
        room -= needed
        if room < 0:
            break
        taken += 1
    if not taken and sizes[0] + _CONTENT > body.capacity(body.RUNGS[-1]):
        raise BodyTooLarge("one record is larger than the highest rung")
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
