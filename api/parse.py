"""A sync request from its bytes: the hot path's own reading of `schemas.wire.SyncRequest`.

It accepts exactly what the model accepts (a property test holds it to that) in a tenth of the time; what it does
not accept is given to the model, which finds the words for it.
"""

from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from api.problems import ShapeWrong
from crypto.errors import EncodingError
from crypto.public.base64url import unb64
from schemas.octets import BODY_LIMIT, HEADER_LIMIT
from schemas.wire import (
    DEFAULT_BUDGET,
    INTEGER_LIMIT,
    MAX_BUDGET,
    MAX_ENTRIES,
    MAX_KEYS,
    MAX_LOGS,
    MAX_TAKEN,
    MAX_WRAPS,
    MIN_BUDGET,
    SyncRequest,
    whole,
)
from store.rows import Rows
from sync.errors import Refused
from sync.log import Cursor, Entry
from sync.readers import WrapKey

_SYNC = {"challenge", "budget", "logs", "keys", "wraps", "name", "slip", "taken"}
_LOG = {"log", "cursor", "entries", "own", "offer"}
_ENTRY = {"header", "body", "signature"}
_WRAP = {"log", "epoch", "reader", "wrap"}
_CURSOR = {"position", "head"}


class _Wrong(Exception):
    """The shape is wrong somewhere."""


@dataclass(frozen=True, slots=True)
class AskedLog:
    """One log of a request."""

    log: bytes
    cursor: Cursor
    entries: list[Entry]
    own: bool
    offer: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A sync request; `challenge` is the client's, `budget` in bytes."""

    challenge: bytes
    budget: int
    logs: list[AskedLog]
    rows: Rows

    @property
    def pushes(self) -> bool:
        """Whether it wants to add anything new."""
        return bool(self.rows) or any(one.entries for one in self.logs)

    @property
    def offers(self) -> bool:
        """Whether it gives back what the server lost."""
        return any(one.offer for one in self.logs)


def parse_sync(raw: bytes) -> Asked:
    """Raises Refused `json-malformed`, ShapeWrong."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Refused("json-malformed", "the body is not JSON") from None
    try:
        return _asked(value)
    except (_Wrong, EncodingError):
        try:
            SyncRequest.model_validate(value)
        except ValidationError as error:
            raise ShapeWrong(error) from None
        raise


def _asked(value: Any) -> Asked:
    _closed(value, _SYNC)
    name, slip = value.get("name"), value.get("slip")
    return Asked(
        _octets(value.get("challenge"), 32),
        _integer(value.get("budget", DEFAULT_BUDGET), MIN_BUDGET, MAX_BUDGET),
        [_log(one) for one in _list(value.get("logs"), MAX_LOGS, least=1)],
        Rows(
            [_octets(key, 1216) for key in _list(value.get("keys", []), MAX_KEYS)],
            [_wrap(wrap) for wrap in _list(value.get("wraps", []), MAX_WRAPS)],
            None if name is None else _octets(name, 1392),
            [_octets(account, 16) for account in _list(value.get("taken", []), MAX_TAKEN)],
            None if slip is None else _octets(slip, 1264),
        ),
    )


def _log(value: Any) -> AskedLog:
    _closed(value, _LOG)
    own, offer = value.get("own", False), value.get("offer", False)
    if type(own) is not bool or type(offer) is not bool:
        raise _Wrong
    return AskedLog(
        _octets(value.get("log"), 32),
        _cursor(value.get("cursor")),
        [_entry(entry) for entry in _list(value.get("entries", []), MAX_ENTRIES)],
        own,
        offer,
    )


def _cursor(value: Any) -> Cursor:
    _closed(value, _CURSOR)
    return Cursor(_integer(value.get("position"), 0, INTEGER_LIMIT - 1), _octets(value.get("head"), 32))


def _entry(value: Any) -> Entry:
    _closed(value, _ENTRY)
    body = value.get("body", "")
    return Entry(
        _octets_up_to(value.get("header"), HEADER_LIMIT),
        _octets(value.get("signature"), 64),
        None if body is None else _octets_up_to(body, BODY_LIMIT),
    )


def _wrap(value: Any) -> tuple[WrapKey, bytes]:
    _closed(value, _WRAP)
    epoch = _integer(value.get("epoch"), 1, INTEGER_LIMIT - 1)
    return (_octets(value.get("log"), 32), epoch, _octets(value.get("reader"), 32)), _octets(value.get("wrap"), 1168)


def _closed(value: Any, members: set[str]) -> None:
    if type(value) is not dict or not value.keys() <= members:
        raise _Wrong


def _list(value: Any, most: int, *, least: int = 0) -> list[Any]:
    if type(value) is not list or not least <= len(value) <= most:
        raise _Wrong
    return value


def _integer(value: Any, low: int, high: int) -> int:
    value = whole(value)
    if type(value) is not int or not low <= value <= high:
        raise _Wrong
    return value


def _octets(value: Any, length: int) -> bytes:
    if type(value) is not str:
        raise _Wrong
    return unb64(value, length)


def _octets_up_to(value: Any, most: int) -> bytes:
    if type(value) is not str:
        raise _Wrong
    data = unb64(value)
    if not 1 <= len(data) <= most:
        raise _Wrong
    return data
