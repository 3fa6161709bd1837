"""Vectors of the content of sealed bodies, and of merging.

A value is the hexadecimal of its canonical encoding; a removal is null.
"""

from typing import Any

from crypto.public.encoding import Canonical, encode
from crypto.public.hashing import H
from tests.vectors.seeded import seeded
from tests.vectors.vector import Lists, Vector, vector

draw = seeded("records and devices")
RECORD, OTHER = draw(16), draw(16)
A, B, C = sorted(draw(32) for _ in range(3))
FAR = 2**20

FIELDS: dict[str, Canonical] = {
    "contact_kind": "one_to_one",
    "disposition": "a code of tomorrow",
    "reasons": {"others": ["grief_bereavement"], "primary": "adverse_event"},
    "tier": 0,
}
CHANGE: list[Any] = [RECORD, "contact", 1, False, FIELDS, ["unit_group"]]


def body(*groups: list[Any], written_at: int = 1_700_000_000) -> list[Any]:
    return [1, written_at, list(groups)]


def group(*changes: list[Any], origin: list[Any] | None = None, stamp: int = 4, seen: int = 7) -> list[Any]:
    return [origin or [], stamp, seen, list(changes)]


def change(**elements: Any) -> list[Any]:
    order = ("record", "type", "version", "deleted", "fields", "removed")
    return [elements.get(name, default) for name, default in zip(order, CHANGE, strict=True)]


def rendered(content: list[Any]) -> dict[str, Any]:
    return {
        "written_at": content[1],
        "groups": [
            {
                "origin": {"device": origin[0].hex(), "position": origin[1]} if origin else None,
                "stamp": stamp,
                "seen": seen,
                "changes": [
                    {
                        "record": record.hex(),
                        "type": kind,
                        "version": version,
                        "deleted": deleted,
                        "fields": {name: encode(value).hex() for name, value in fields.items()},
                        "removed": removed,
                    }
                    for record, kind, version, deleted, fields, removed in changes
                ],
            }
            for origin, stamp, seen, changes in content[2]
        ],
    }


def content() -> list[Vector]:
    """Plaintexts of an entry at position 9 whose header has seen 7."""
    accepted = {
        "nothing to say": body(),
        "one change": body(group(change())),
        "a change that sets nothing": body(group(change(fields={}, removed=[]))),
        "a deletion": body(group(change(deleted=True, fields={}, removed=[]))),
        "unknown type and fields": body(group(change(type="séance", version=9, fields={"aura": [b"\0", -1, True]}))),
        "two changes": body(group(change(), change(record=OTHER))),
        "a record in two groups": body(group(change(), seen=7), group(change(), seen=3)),
        "a repack": body(group(change(), origin=[A, 3], stamp=2, seen=2), group(change(), origin=[B, 8])),
        "the highest stamp": body(group(change(), stamp=9 + FAR)),
        "the highest stamp of a repack": body(group(change(), origin=[A, 3], seen=0, stamp=3 + FAR)),
        "stamp, seen and moment are 0": body(group(change(), stamp=0, seen=0), written_at=0),
        "names of 64 characters": body(group(change(type="é" * 64, fields={"é" * 64: 1}, removed=[]))),
    }
    malformed: dict[str, Any] = {
        "a map": {"version": 1},
        "empty": [],
        "without groups": [1, 0],
        "one element more": [*body(), 0],
        "groups as a map": [1, 0, {}],
        "written before 1970": body(written_at=-1),
        "written at 2^53": body(written_at=2**53),
        "a group without changes": body(group()),
        "a group of three elements": body([[], 4, 7]),
        "a stamp of 2^53": body(group(change(), stamp=2**53)),
        "a stamp below 0": body(group(change(), stamp=-1)),
        "a stamp that is true": body([[], True, 7, [CHANGE]]),
        "seen as text": body([[], 4, "7", [CHANGE]]),
        "an origin without position": body(group(change(), origin=[A])),
        "an origin at position 0": body(group(change(), origin=[A, 0])),
        "an origin of 31 bytes": body(group(change(), origin=[A[:31], 3])),
        "a record twice in a group": body(group(change(), change(fields={}))),
        "a change of five elements": body(group(CHANGE[:5])),
        "a record id of 15 bytes": body(group(change(record=RECORD[:15]))),
        "a record id of zeros": body(group(change(record=bytes(16)))),
        "an empty type": body(group(change(type=""))),
        "a type of 65 characters": body(group(change(type="t" * 65))),
        "version 0": body(group(change(version=0))),
        "deleted as 0": body(group(change(deleted=0))),
        "a deletion with fields": body(group(change(deleted=True, removed=[]))),
        "a deletion with removals": body(group(change(deleted=True, fields={}))),
        "fields as an array": body(group(change(fields=[]))),
        "an empty field name": body(group(change(fields={"": 1}))),
        "a field name of 65 characters": body(group(change(fields={"f" * 65: 1}))),
        "removed out of order": body(group(change(removed=["b", "a"]))),
        "removed twice": body(group(change(removed=["b", "b"]))),
        "removed and set": body(group(change(removed=["tier"]))),
        "removed as bytes": body(group(change(removed=[b"b"]))),
    }
    misplaced = {
        ("a stamp too far ahead", "stamp"): body(group(change(), stamp=10 + FAR)),
        ("a repack's stamp, far ahead of its origin", "stamp"): body(
            group(change(), origin=[A, 3], seen=0, stamp=4 + FAR)
        ),
        ("seen above the header's", "seen"): body(group(change(), seen=8)),
        ("a repack that has seen its own origin", "seen"): body(group(change(), origin=[A, 3], seen=3)),
        ("first carried by itself", "origin"): body(group(change(), origin=[A, 9], seen=0)),
        ("first carried later", "origin"): body(group(change(), origin=[A, 10], seen=0)),
    }
    plain = encode(body(group(change())))
    place = {"position": 9, "seen": 7}

    def refused(name: str, reason: str, plaintext: bytes) -> Vector:
        return vector(name, "refused-content", "", plaintext=plaintext, reason=reason, **place)

    return [
        *(
            vector(name, "ok", "", plaintext=encode(raw), content=rendered(raw), **place)
            for name, raw in accepted.items()
        ),
        *(refused(name, "shape", encode(raw)) for name, raw in malformed.items()),
        *(refused(name, reason, encode(raw)) for (name, reason), raw in misplaced.items()),
        refused("format 2", "format", encode([2, 0, []])),
        refused("no bytes", "encoding", b""),
        refused("a byte more", "encoding", plain + b"\0"),
        refused("a byte less", "encoding", plain[:-1]),
        refused("the version in two bytes", "encoding", b"\x83\x18\x01" + plain[2:]),
    ]


Fields = dict[str, Canonical | None]


def said(
    fields: Fields | None, *, by: bytes, at: int, stamp: int, seen: int = 0, kind: str = "contact", version: int = 1
) -> dict[str, Any]:
    """One change of one record; None deletes it, a field that is None is removed."""
    return {
        "device": by.hex(),
        "position": at,
        "stamp": stamp,
        "seen": seen,
        "type": kind,
        "version": version,
        "deleted": fields is None,
        "fields": {name: encode(value).hex() for name, value in (fields or {}).items() if value is not None},
        "removed": sorted(name for name, value in (fields or {}).items() if value is None),
    }


def state(values: Fields, conflicts: dict[str, list[Canonical | None]] | None = None, **named: Any) -> dict[str, Any]:
    return {
        "type": named.get("kind", "contact"),
        "version": named.get("version", 1),
        "deleted": named.get("deleted", False),
        "values": {name: encode(value).hex() for name, value in values.items() if value is not None},
        "conflicts": {
            name: [None if value is None else encode(value).hex() for value in lost]
            for name, lost in (conflicts or {}).items()
        },
    }


def merge() -> list[Vector]:
    """Changes of one record in any order; `wrong-result` shows where a mistake, named in the comment, would end."""
    first = said({"a": "x", "b": 1}, by=A, at=1, stamp=1)
    unseen = said({"a": "y"}, by=B, at=2, stamp=1)
    lower = said({"a": "y"}, by=B, at=2, stamp=3)
    higher = said({"a": "x"}, by=A, at=1, stamp=9)
    overtaken = [
        said({"a": "x"}, by=A, at=1, stamp=1),
        said({"a": "y"}, by=B, at=2, stamp=2, seen=1),
        said({"a": "z"}, by=B, at=3, stamp=3, seen=0),
    ]
    deletion = said(None, by=B, at=2, stamp=1)
    later = said({"a": "z"}, by=A, at=3, stamp=5, seen=2)
    removal = said({"a": None}, by=B, at=2, stamp=2)
    alike = [said({"a": 1}, by=A, at=1, stamp=1), said({"a": True}, by=B, at=2, stamp=1)]
    by_hash = [said({"a": "x"}, by=A, at=2, stamp=1), said({"a": "y"}, by=A, at=2, stamp=1)]
    win, lose = sorted(("x", "y"), key=_digest, reverse=True)
    renamed = [
        said({"a": "x"}, by=B, at=1, stamp=7, kind="newer", version=1),
        said({"b": "y"}, by=C, at=2, stamp=2, seen=1, kind="older", version=8),
    ]
    cases: list[tuple[str, list[dict[str, Any]], dict[str, Any], list[tuple[str, dict[str, Any]]]]] = [
        (
            "two fields apart",
            [first, said({"c": 3}, by=B, at=2, stamp=1)],
            state({"a": "x", "b": 1, "c": 3}),
            [("the later change replaces the record", state({"c": 3}))],
        ),
        (
            "seen, so replaced",
            [first, said({"a": "y"}, by=B, at=2, stamp=2, seen=1)],
            state({"a": "y", "b": 1}),
            [("a seen value kept as a conflict", state({"a": "y", "b": 1}, {"a": ["x"]}))],
        ),
        (
            "unseen, so in conflict",
            [first, unseen],
            state({"a": "y", "b": 1}, {"a": ["x"]}),
            [
                ("the loser is dropped", state({"a": "y", "b": 1})),
                ("the lower device id wins", state({"a": "x", "b": 1}, {"a": ["y"]})),
            ],
        ),
        (
            "the same value is no conflict",
            [first, said({"a": "x"}, by=B, at=2, stamp=1)],
            state({"a": "x", "b": 1}),
            [("a conflict of equal values", state({"a": "x", "b": 1}, {"a": ["x"]}))],
        ),
        (
            "written again after both",
            [first, unseen, said({"a": "x"}, by=A, at=3, stamp=2, seen=2)],
            state({"a": "x", "b": 1}),
            [("a resolved conflict rises again", state({"a": "x", "b": 1}, {"a": ["y"]}))],
        ),
        (
            "the higher stamp wins below the lower",
            [higher, lower],
            state({"a": "x"}, {"a": ["y"]}),
            [("the higher position wins", state({"a": "y"}, {"a": ["x"]}))],
        ),
        (
            "one device's newer entry, with a lower stamp",
            [said({"a": "x"}, by=A, at=1, stamp=9), said({"a": "y"}, by=A, at=2, stamp=1)],
            state({"a": "y"}),
            [
                ("the stamp of a seen change counts", state({"a": "x"})),
                ("a device in conflict with itself", state({"a": "x"}, {"a": ["y"]})),
            ],
        ),
        (
            "seen by an overtaken change",
            overtaken,
            state({"a": "z"}),
            [("the `seen` of the overtaken change is forgotten", state({"a": "z"}, {"a": ["x"]}))],
        ),
        (
            "deleted for ever",
            [first, deletion, later],
            state({}, deleted=True),
            [
                ("a later change revives", state({"a": "z"})),
                ("a later change sets fields of the tombstone", state({"a": "z"}, deleted=True)),
            ],
        ),
        (
            "a removal wins unseen",
            [first, removal],
            state({"b": 1}, {"a": ["x"]}),
            [
                ("a removal never wins", state({"a": "x", "b": 1}, {"a": [None]})),
                ("a removal is not compared", state({"b": 1})),
            ],
        ),
        (
            "a removal loses unseen",
            [higher, removal],
            state({"a": "x"}, {"a": [None]}),
            [("a lost removal is dropped", state({"a": "x"}))],
        ),
        (
            "1 and true",
            alike,
            state({"a": True}, {"a": [1]}),
            [("1 equals true", state({"a": True}))],
        ),
        (
            "two values of one entry, by their hash",
            by_hash,
            state({"a": win}, {"a": [lose]}),
            [
                ("the lower hash wins", state({"a": lose}, {"a": [win]})),
                ("the later in the entry replaces", state({"a": "y"})),
            ],
        ),
        (
            "type and version of the highest stamp",
            renamed,
            state({"a": "x", "b": "y"}, kind="newer", version=1),
            [
                ("the highest version", state({"a": "x", "b": "y"}, kind="older", version=8)),
                ("type and version apart", state({"a": "x", "b": "y"}, kind="newer", version=8)),
            ],
        ),
        (
            "type and version of the later entry of one flush",
            [
                said({"a": "x"}, by=A, at=1, stamp=7, kind="newer", version=8),
                said({"b": "y"}, by=A, at=2, stamp=7, kind="older", version=1),
            ],
            state({"a": "x", "b": "y"}, kind="older", version=1),
            [
                ("the highest version of one stamp", state({"a": "x", "b": "y"}, kind="newer", version=8)),
                ("the earlier entry", state({"a": "x", "b": "y"}, kind="newer", version=1)),
            ],
        ),
        (
            "three phones, two unseen",
            [first, said({"a": "y"}, by=B, at=2, stamp=2, seen=1), said({"a": "z"}, by=C, at=3, stamp=2, seen=1)],
            state({"a": "z", "b": 1}, {"a": ["y"]}),
            [
                ("seen is taken for the whole record", state({"a": "z", "b": 1}, {"a": ["y"], "b": [1]})),
                ("what both have seen stands", state({"a": "z", "b": 1}, {"a": ["y", "x"]})),
            ],
        ),
    ]
    vectors = []
    for name, changes, right, wrong in cases:
        vectors.append(vector(name, "ok", "", changes=changes, result=right))
        for number, (mistake, result) in enumerate(wrong, start=1):
            vectors.append(vector(f"{name}: mistake {number}", "wrong-result", mistake, changes=changes, result=result))
    return vectors


def _digest(value: str) -> bytes:
    return H("value", encode(value))


LISTS: Lists = {"content": content, "merge": merge}
