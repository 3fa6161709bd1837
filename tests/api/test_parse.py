"""The hot path's reading of a request and the model's are one: they accept the same, and mean the same by it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.parse import Asked, parse_sync
from api.problems import ShapeWrong
from crypto.public.base64url import b64
from schemas.wire import SyncRequest
from sync.errors import Refused


def octets(low: int, high: int | None = None) -> st.SearchStrategy[str]:
    return st.binary(min_size=low, max_size=low if high is None else high).map(b64)


CURSORS = st.fixed_dictionaries({"position": st.integers(0, 2**53 - 1), "head": octets(32)})
ENTRIES = st.fixed_dictionaries({"header": octets(1, 40), "body": st.none() | octets(1, 60), "signature": octets(64)})
WRAPS = st.fixed_dictionaries(
    {"log": octets(32), "epoch": st.integers(1, 2**53 - 1), "reader": octets(32), "wrap": octets(1168)}
)
LOGS = st.fixed_dictionaries(
    {"log": octets(32), "cursor": CURSORS},
    optional={"entries": st.lists(ENTRIES, max_size=3), "own": st.booleans()},
)
REQUESTS = st.fixed_dictionaries(
    {"challenge": octets(32), "logs": st.lists(LOGS, min_size=1, max_size=3)},
    optional={
        "budget": st.integers(4096, 8_388_608),
        "keys": st.lists(octets(1216), max_size=2),
        "wraps": st.lists(WRAPS, max_size=2),
        "name": st.none() | octets(1392),
        "taken": st.lists(octets(16), max_size=2),
    },
)
OFFERS = st.fixed_dictionaries(
    {"challenge": octets(32), "logs": st.lists(LOGS.map(lambda log: {**log, "offer": True}), min_size=1, max_size=3)}
)
ODD_NUMBERS: list[Any] = [0, -1, 1.0, 1.5, 2**53, 2**63, 2**64, 4095, 8_388_609]
ODD_TEXTS: list[Any] = ["", "A", "A" * 43, "A" * 42 + "B", "A" * 44, "=" * 43, "é" * 43]
JUNK = st.sampled_from([None, True, False, *ODD_NUMBERS, *ODD_TEXTS, [], {}, [[]], {"position": 0}, ["A" * 43]])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of everything inside a JSON value."""
    found = [path]
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        found += places(one, (*path, key))
    return found


def changed(value: Any, path: tuple[Any, ...], change: str, junk: Any) -> Any:
    """A copy with one place replaced, removed, or joined by a member that does not belong there."""
    copy = json.loads(json.dumps(value))
    if not path:
        return junk if change == "replace" else {**copy, "more": junk}
    holder = copy
    for key in path[:-1]:
        holder = holder[key]
    if change == "remove":
        del holder[path[-1]]
    elif change == "add" and isinstance(holder[path[-1]], dict):
        holder[path[-1]]["more"] = junk
    else:
        holder[path[-1]] = junk
    return copy


def by_hand(value: Any) -> Asked | None:
    try:
        return parse_sync(json.dumps(value).encode())
    except (Refused, ShapeWrong):
        return None


def by_model(value: Any) -> SyncRequest | None:
    try:
        return SyncRequest.model_validate(value)
    except ValidationError:
        return None


def same(asked: Asked, model: SyncRequest) -> bool:
    rows = asked.rows
    return (
        (asked.challenge, asked.budget, rows.name) == (model.challenge, model.budget, model.name)
        and list(rows.keys) == model.keys
        and list(rows.taken) == model.taken
        and [(*key, wrap) for key, wrap in rows.wraps]
        == [(wrap.log, wrap.epoch, wrap.reader, wrap.wrap) for wrap in model.wraps]
        and [(one.log, one.cursor.position, one.cursor.head, one.own, one.offer) for one in asked.logs]
        == [(one.log, one.cursor.position, one.cursor.head, one.own, one.offer) for one in model.logs]
        and [(entry.raw_header, entry.body, entry.signature) for one in asked.logs for entry in one.entries]
        == [(entry.header, entry.body, entry.signature) for one in model.logs for entry in one.entries]
    )


@given(value=REQUESTS | OFFERS)
def test_what_is_well_formed_means_the_same(value: Any) -> None:
    asked, model = by_hand(value), by_model(value)
    assert asked is not None
    assert model is not None
    assert same(asked, model)


@given(value=REQUESTS | OFFERS, change=st.sampled_from(["replace", "remove", "add"]), junk=JUNK, data=st.data())
def test_what_is_changed_is_accepted_by_both_or_by_neither(
    value: Any, change: str, junk: Any, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(places(value)))
    other = changed(value, path, change, junk)
    asked, model = by_hand(other), by_model(other)
    assert (asked is None) == (model is None)
    if asked is not None and model is not None:
        assert same(asked, model)


@pytest.mark.parametrize(
    ("member", "low", "high"),
    [("logs", 1, 16), ("keys", 0, 128), ("wraps", 0, 4096), ("taken", 0, 1024), ("entries", 0, 64)],
)
def test_both_count_alike(member: str, low: int, high: int) -> None:
    log: dict[str, Any] = {"log": "A" * 43, "cursor": {"position": 0, "head": "A" * 43}}
    one: dict[str, Any] = {
        "logs": log,
        "keys": b64(bytes(1216)),
        "wraps": {"log": "A" * 43, "epoch": 1, "reader": "A" * 43, "wrap": b64(bytes(1168))},
        "taken": b64(bytes(16)),
        "entries": {"header": "AA", "body": "AA", "signature": "A" * 86},
    }
    for count in (low - 1, low, high, high + 1):
        if count < 0:
            continue
        value: dict[str, Any] = {"challenge": "A" * 43, "logs": [dict(log)]}
        (value["logs"][0] if member == "entries" else value)[member] = [one[member]] * count
        assert (by_hand(value) is None) == (by_model(value) is None) == (not low <= count <= high)


@pytest.mark.parametrize("raw", [b"", b"{", b"nonsense", b"\xff\xfe", b"[" * 100_000, b'{"a": NaN}', b"{} {}"])
def test_what_is_not_json_is_said(raw: bytes) -> None:
    with pytest.raises(Refused) as caught:
        parse_sync(raw)
    assert caught.value.problem == "json-malformed"


@pytest.mark.parametrize("raw", [b"null", b"[]", b"1", b'"text"', b"{}"])
def test_json_of_another_shape_is_said(raw: bytes) -> None:
    with pytest.raises(ShapeWrong) as caught:
        parse_sync(raw)
    assert caught.value.errors
