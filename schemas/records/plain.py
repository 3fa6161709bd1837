"""Values as JSON and back, without loss.

Names are in the order of their characters, so that equal values are equal text. Bytes are {"$bytes": unpadded
base64url}; a name that begins with "$" has one more of it, so that nothing else reads so.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from crypto.errors import EncodingError
from crypto.public.base64url import b64, unb64
from schemas.records.values import Value

Json: TypeAlias = "int | str | bool | list[Json] | dict[str, Json]"

_BYTES = "$bytes"


def to_plain(value: Value) -> Json:
    match value:
        case bytes():
            return {_BYTES: b64(value)}
        case list():
            return [to_plain(item) for item in value]
        case dict():
            return {
                f"${name}" if name.startswith("$") else name: to_plain(item) for name, item in sorted(value.items())
            }
    return value


def from_plain(value: object) -> Value:
    """What `to_plain` was given. Raises ValueError for what it never gives: a number with a point, a null."""
    match value:
        case bool() | int() | str():
            return value
        case list():
            return [from_plain(item) for item in value]
        case {"$bytes": str(text), **others} if not others:
            return _bytes(text)
        case Mapping():
            return {_name(name): from_plain(item) for name, item in value.items()}
    raise ValueError("there are whole numbers, text, yes and no, lists and maps, and nothing else")


def parse(text: str) -> Any:
    """JSON in which no name stands twice among its neighbours. Raises ValueError."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _bytes(text: str) -> bytes:
    try:
        return unb64(text)
    except EncodingError as error:
        raise ValueError(str(error)) from None


def _name(name: str) -> str:
    if not name.startswith("$"):
        return name
    if not name.startswith("$$"):
        raise ValueError(f"{name} has no meaning")
    return name[1:]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    # json keeps the last of two equal names: nobody would see what was dropped.
    if len(members) != len(pairs):
        raise ValueError(f"a name stands twice among {', '.join(name for name, _ in pairs)}")
    return members


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
