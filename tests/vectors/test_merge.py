"""Content and merging judged by the vectors: the same files, and the same words, as for any other implementation."""

from collections.abc import Iterable
from typing import Any

import pytest

from crypto.public.encoding import decode, encode
from sync.device.changes import Change, Content, ContentError, check_place, decode_content, encode_content
from sync.device.merge import REMOVED, RecordState, Value, merge_change
from tests.vectors import make
from tests.vectors.vector import Vector

RECORD = b"r" * 16


def rendered(content: Content) -> dict[str, Any]:
    return {
        "written_at": content.written_at,
        "groups": [
            {
                "origin": None
                if group.origin is None
                else {"device": group.origin[0].hex(), "position": group.origin[1]},
                "stamp": group.stamp,
                "seen": group.seen,
                "changes": [
                    {
                        "record": change.record.hex(),
                        "type": change.type,
                        "version": change.version,
                        "deleted": change.deleted,
                        "fields": {name: encode(value).hex() for name, value in change.fields.items()},
                        "removed": list(change.removed),
                    }
                    for change in group.changes
                ],
            }
            for group in content.groups
        ],
    }


def change_of(row: dict[str, Any]) -> Change:
    fields = {name: decode(bytes.fromhex(value)) for name, value in row["fields"].items()}
    return Change(RECORD, row["type"], row["version"], row["deleted"], fields, tuple(row["removed"]))


def merged(rows: Iterable[dict[str, Any]]) -> RecordState:
    state: RecordState | None = None
    for row in rows:
        device, position = bytes.fromhex(row["device"]), row["position"]
        state = merge_change(
            state, change_of(row), stamp=row["stamp"], device=device, position=position, seen=row["seen"]
        )
    assert state is not None
    return state


def hexed(value: Value) -> str | None:
    return None if value is REMOVED else encode(value).hex()


def result(state: RecordState) -> dict[str, Any]:
    return {
        "type": state.type,
        "version": state.version,
        "deleted": state.deleted,
        "values": {name: hexed(value) for name, value in state.values().items()},
        "conflicts": {name: [hexed(each.value) for each in lost] for name, lost in state.conflicts().items()},
    }


def by_name(vector: Vector) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("vector", make.load("content"), ids=by_name)
def test_content(vector: Vector) -> None:
    plaintext = bytes.fromhex(vector["plaintext"])
    if vector["expect"] == "refused-content":
        with pytest.raises(ContentError) as refused:
            check_place(decode_content(plaintext), vector["position"], vector["seen"])
        assert refused.value.reason == vector["reason"]
        return
    content = decode_content(plaintext)
    check_place(content, vector["position"], vector["seen"])
    assert rendered(content) == vector["content"]
    assert encode_content(content) == plaintext


@pytest.mark.parametrize("vector", make.load("merge"), ids=by_name)
def test_merge(vector: Vector) -> None:
    rows = vector["changes"]
    state = merged(rows)
    assert (result(state) == vector["result"]) == (vector["expect"] == "ok")
    assert merged([*reversed(rows), *rows]).encode() == state.encode()


@pytest.mark.parametrize("name", ["content", "merge"])
def test_most_vectors_are_negative(name: str) -> None:
    vectors = make.load(name)
    assert sum(vector["expect"] != "ok" for vector in vectors) > len(vectors) / 2
