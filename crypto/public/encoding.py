"""The one encoding of everything that is hashed, signed or sealed (docs/protocol/1-encoding.md).

CBOR in the core deterministic encoding of RFC 8949 section 4.2.1, restricted to 64-bit integers, byte
strings, text strings, booleans, arrays, and maps with text keys.
"""

from typing import Any, NoReturn, TypeAlias

import cbor2

from crypto.errors import EncodingError

Canonical: TypeAlias = int | bool | bytes | str | list[Any] | dict[str, Any]

MAX_DEPTH = 12

_LEAVES = frozenset({bytes, str, bool})
_INT_MIN, _INT_MAX = -(2**64), 2**64 - 1


def encode(value: Canonical) -> bytes:
    """The canonical encoding of `value`.

    Raises EncodingError for any other type (also for subclasses, tuples, floats and None), integers outside
    64 bits, text with lone surrogates, and more than 12 nested containers.
    """
    _check(value, MAX_DEPTH)
    try:
        # cbor2 sorts the older, length-first way; for text keys that is the order of RFC 8949 (see the page).
        return cbor2.dumps(value, canonical=True)
    except UnicodeEncodeError:
        raise EncodingError("text is not valid Unicode") from None


def decode(data: bytes) -> Canonical:
    """The value whose canonical encoding is `data`.

    Raises EncodingError unless `encode(decode(data)) == data`.
    """
    try:
        value = cbor2.loads(
            data,
            max_depth=MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            strict_hashable_types=True,
            semantic_decoders=_NO_TAGS,
        )
    except (cbor2.CBORError, EncodingError) as error:
        raise EncodingError("not CBOR of the accepted kind") from error
    _check(value, MAX_DEPTH, ordered=True)
    # Longer forms and trailing bytes show here. The order of keys is checked already, and sorting again would
    # take a third of the time of this function.
    if cbor2.dumps(value) != data:
        raise EncodingError("not the canonical encoding")
    return value  # type: ignore[no-any-return]


def u64(number: int) -> bytes:
    """Eight bytes, big-endian, as formulas write a number. Raises OverflowError outside 64 bits."""
    return number.to_bytes(8, "big")


def _check(value: object, depth: int, *, ordered: bool = False) -> None:
    kind = type(value)
    if kind in _LEAVES:
        return
    if kind is int:
        # cbor2 encodes larger integers as tag 2 or 3.
        if not _INT_MIN <= value <= _INT_MAX:  # type: ignore[operator]
            raise EncodingError("integer outside 64 bits")
        return
    if depth == 0:
        # cbor2 lets an empty container stand one deeper than its limit, and deep values crash its encoder.
        raise EncodingError("nested too deep")
    if kind is list:
        for item in value:  # type: ignore[attr-defined]
            if type(item) not in _LEAVES:
                _check(item, depth - 1, ordered=ordered)
    elif kind is dict:
        last = -1, ""
        for key, item in value.items():  # type: ignore[attr-defined]
            if type(key) is not str:
                raise EncodingError("map key is not text")
            if ordered:
                # Text in the order of code points is UTF-8 in bytewise order.
                rank = len(key if key.isascii() else key.encode()), key
                if rank <= last:
                    raise EncodingError("map keys are not sorted")
                last = rank
            if type(item) not in _LEAVES:
                _check(item, depth - 1, ordered=ordered)
    else:
        raise EncodingError(f"type {kind.__name__} is not part of the encoding")


class _NoTags(dict[int, Any]):
    """Refuses every tag, so that no parser of dates, regular expressions or MIME sees hostile bytes."""

    def __getitem__(self, tag: int) -> Any:
        return _refuse_tag


def _refuse_tag(*_: object) -> NoReturn:
    raise EncodingError("tags are not part of the encoding")


_NO_TAGS = _NoTags()
