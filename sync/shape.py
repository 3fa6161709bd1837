"""Exact shapes of decoded arrays: the codecs of headers and statements state them as tables."""

from collections.abc import Callable, Sequence
from typing import Any

from crypto.errors import EncodingError
from crypto.public.encoding import decode
from sync.errors import Refused

INTEGER_LIMIT = 2**53
"""All integers of the protocol are at least 0 and below this (page "terms")."""

Check = Callable[[Any], bool]


def octets(*lengths: int) -> Check:
    """Byte string of one of these lengths."""
    return lambda value: type(value) is bytes and len(value) in lengths


def blob(most: int) -> Check:
    """Byte string of 1 to `most` bytes."""
    return lambda value: type(value) is bytes and 1 <= len(value) <= most


def integer(low: int = 0, high: int = INTEGER_LIMIT - 1) -> Check:
    """Integer from `low` to `high`, both included; `True` is not an integer."""
    return lambda value: type(value) is int and low <= value <= high


def text(low: int = 1, high: int = 64, *, of: Sequence[str] | None = None) -> Check:
    """Text of `low` to `high` characters, or one of the words `of`."""
    if of is not None:
        return lambda value: type(value) is str and value in of
    return lambda value: type(value) is str and low <= len(value) <= high


def array(*checks: Check) -> Check:
    """Array with exactly these elements."""
    return lambda value: (
        type(value) is list
        and len(value) == len(checks)
        and all(check(element) for check, element in zip(checks, value, strict=True))
    )


def boolean() -> Check:
    """True or False, and no number."""
    return lambda value: type(value) is bool


def several(check: Check, low: int, high: int) -> Check:
    """Array of `low` to `high` elements, each of which `check` admits."""
    return lambda value: type(value) is list and low <= len(value) <= high and all(check(one) for one in value)


def optional(check: Check) -> Check:
    """The empty array, or what `check` admits."""
    return lambda value: value == [] or check(value)


def decode_array(raw: bytes, check: Check, what: str) -> list[Any]:
    """Decode canonical bytes to an array of the given shape; raises Refused `entry-malformed`."""
    try:
        value = decode(raw)
    except EncodingError as error:
        raise Refused("entry-malformed", f"the {what} is not canonical: {error}") from None
    if not isinstance(value, list) or not check(value):
        raise Refused("entry-malformed", f"the {what} does not have its specified elements")
    return value
