"""What a field may hold: canonical CBOR data without floats, null or tags."""

from collections.abc import Mapping
from typing import TypeAlias

from crypto.public.encoding import Canonical

Value: TypeAlias = Canonical
Fields: TypeAlias = Mapping[str, object]
"""Field name -> value, as read from anywhere: whoever takes one checks it."""


def copied(value: object) -> Value:
    """A deep copy of `value`.

    Raises TypeError for what would not encode: a float, a null, a key that is not text.
    """
    match value:
        case bool() | int() | bytes() | str():
            return value
        case list() | tuple():
            return [copied(item) for item in value]
        case Mapping() if all(isinstance(key, str) for key in value):
            return {key: copied(item) for key, item in value.items()}
    raise TypeError(f"not CBOR data: {type(value).__name__}")
