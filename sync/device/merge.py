"""Merging record changes, field by field (docs/protocol/5-sealed.md, "Merging").

A join semilattice: states form by `join` alone, which is commutative, associative and idempotent, so any order and
any repetition of the same changes ends in the same bytes.

Of all changes of a field only two things matter: the highest `seen` of any of them, and the changes above it.
A change x is seen by another exactly if `x.position <= max(seen)` (no change has seen its own position, so the one
with the highest `seen` is another) or if x is not the newest of its device. Hence a field keeps its highest `seen`
even when the change it came from no longer stands: forgetting it would let an older change rise again.
"""

from collections.abc import Collection
from enum import Enum
from typing import Any, Final, NamedTuple, TypeAlias

from crypto.public.encoding import Canonical, decode, encode
from crypto.public.hashing import H
from sync.device.changes import Change, Content


class Removed(Enum):
    """The value of a field that was taken away."""

    REMOVED = "removed"


REMOVED: Final = Removed.REMOVED

Value: TypeAlias = Canonical | Removed


class Standing(NamedTuple):
    """A change of a field that no other change has seen.

    `device` and `position` are those of the entry that first carried it; `seen` is the highest of all changes
    of the field, these included.
    """

    value: Value
    stamp: int
    device: bytes
    position: int
    seen: int


class Layer(NamedTuple):
    """What stands of one change of a record: the fields it set and removed that no other change has seen."""

    stamp: int
    device: bytes
    position: int
    seen: int
    fields: dict[str, Canonical]
    removed: tuple[str, ...]


class RecordState(NamedTuple):
    """Everything there is to know about one record, as the least changes that say it.

    `type` and `version` are those of the change with the highest `named` (stamp, device id, position); of several
    in one entry, the highest version, then type. A deleted record has no layers, for ever.
    """

    type: str
    version: int
    named: tuple[int, bytes, int]
    deleted: bool
    layers: tuple[Layer, ...]

    @property
    def fields(self) -> dict[str, tuple[Standing, ...]]:
        """Field -> its standing changes, never none, the winner first."""
        found: dict[str, list[Standing]] = {}
        for stamp, device, position, seen, fields, removed in self.layers:
            for name, value in fields.items():
                found.setdefault(name, []).append(Standing(value, stamp, device, position, seen))
            for name in removed:
                found.setdefault(name, []).append(Standing(REMOVED, stamp, device, position, seen))
        return {name: _ranked(standing) for name, standing in found.items()}

    def values(self) -> dict[str, Canonical]:
        """Field -> the value that won; removed fields are left out."""
        if len(self.layers) == 1:
            return dict(self.layers[0].fields)
        winners = {name: standing[0].value for name, standing in self.fields.items()}
        return {name: value for name, value in winners.items() if value is not REMOVED}

    def conflicts(self) -> dict[str, list[Standing]]:
        """Field -> the standing changes that lost and say something else than the winner; of equal ones the highest."""
        if len(self.layers) < 2:
            return {}
        lost = {name: _otherwise(standing) for name, standing in self.fields.items() if len(standing) > 1}
        return {name: losers for name, losers in lost.items() if losers}

    def encode(self) -> bytes:
        """The one encoding of this state: equal states, equal bytes."""
        layers = [[*layer[:5], list(layer.removed)] for layer in self.layers]
        return encode([self.type, self.version, list(self.named), self.deleted, layers])

    @classmethod
    def decode(cls, blob: bytes) -> "RecordState":
        """The state whose encoding is `blob`. Raises EncodingError, ValueError or TypeError for anything else."""
        raw: Any = decode(blob)
        kind, version, named, deleted, layers = raw
        parsed = [Layer._make((*write, tuple(removed))) for *write, removed in layers]
        stamp, device, position = named
        return cls(kind, version, (stamp, device, position), deleted, tuple(parsed))


def merge_change(
    state: RecordState | None, change: Change, *, stamp: int, device: bytes, position: int, seen: int
) -> RecordState:
    """The state after one more change of its record; None before the first.

    `device` and `position` are those of the entry that first carried the change. Raises ValueError unless
    `seen < position`: the reader quarantines such an entry before it merges anything.
    """
    if seen >= position:
        raise ValueError("a change cannot have seen its own position")
    layers: tuple[Layer, ...] = ()
    if change.fields or change.removed:
        layers = (Layer(stamp, device, position, seen, change.fields, change.removed),)
    fresh = RecordState(change.type, change.version, (stamp, device, position), change.deleted, layers)
    return fresh if state is None else join(state, fresh)


def merge_content(
    states: dict[bytes, RecordState], content: Content, position: int, device: bytes, void: Collection[int] = ()
) -> None:
    """Merge the content of the entry at `position`, by `device`, into the `states` of records.

    What a repack says for an entry at a `void` position is ignored.
    """
    for group in content.groups:
        author, place = (device, position) if group.origin is None else group.origin
        if place in void:
            continue
        for change in group.changes:
            states[change.record] = merge_change(
                states.get(change.record), change, stamp=group.stamp, device=author, position=place, seen=group.seen
            )


def join(one: RecordState, other: RecordState) -> RecordState:
    """The least state that knows everything both know about one record."""
    newest = max(one, other, key=_name_rank)
    deleted = one.deleted or other.deleted
    layers: tuple[Layer, ...] = ()
    if not deleted:
        fields = one.fields
        for name, standing in other.fields.items():
            fields[name] = _stand(fields[name] + standing) if name in fields else standing
        layers = _layers(fields)
    return RecordState(newest.type, newest.version, newest.named, deleted, layers)


def _name_rank(state: RecordState) -> tuple[tuple[int, bytes, int], int, str]:
    return state.named, state.version, state.type


def _stand(changes: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """Those of `changes` to one field that no other of them has seen, each with the highest `seen` of all."""
    seen = max(each.seen for each in changes)
    newest: dict[bytes, int] = {}
    for each in changes:
        newest[each.device] = max(each.position, newest.get(each.device, 0))
    return _ranked(
        [each._replace(seen=seen) for each in changes if each.position > seen and each.position == newest[each.device]]
    )


def _ranked(standing: list[Standing]) -> tuple[Standing, ...]:
    if len(standing) == 1:
        return (standing[0],)
    # Compared by hash, because 1 == True for Python. One change delivered twice has one rank.
    ranked = {(each.stamp, each.device, _digest(each.value), each.position): each for each in standing}
    return tuple(ranked[rank] for rank in sorted(ranked, reverse=True))


def _otherwise(standing: tuple[Standing, ...]) -> list[Standing]:
    said = {_digest(standing[0].value)}
    lost = []
    for each in standing[1:]:
        value = _digest(each.value)
        if value not in said:
            lost.append(each)
        said.add(value)
    return lost


def _layers(fields: dict[str, tuple[Standing, ...]]) -> tuple[Layer, ...]:
    layers: dict[tuple[int, bytes, int, int, int], tuple[dict[str, Canonical], list[str]]] = {}
    for name in sorted(fields):
        numbers: dict[tuple[int, bytes, int], int] = {}
        for value, stamp, device, position, seen in fields[name]:
            # One entry may say two things of one field, in two groups: a layer cannot, so there is a second one.
            number = numbers.get((stamp, device, position), 0)
            numbers[stamp, device, position] = number + 1
            values, removed = layers.setdefault((stamp, device, position, seen, number), ({}, []))
            if value is REMOVED:
                removed.append(name)
            else:
                values[name] = value
    return tuple(Layer(*key[:4], layers[key][0], tuple(layers[key][1])) for key in sorted(layers))


def _digest(value: Value) -> bytes:
    return H("value", b"" if value is REMOVED else encode(value))
