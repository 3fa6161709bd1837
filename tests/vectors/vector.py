"""What a vector is."""

from collections.abc import Callable
from typing import Any, TypeAlias

Vector: TypeAlias = dict[str, Any]
Lists: TypeAlias = dict[str, Callable[[], list[Vector]]]
Pages: TypeAlias = dict[str, Callable[[], str]]


def vector(name: str, expect: str, comment: str, **fields: Any) -> Vector:
    """A vector; byte strings in `fields`, however deep, become hexadecimal."""
    plain: Vector = in_hex(fields)
    return {"name": name, "expect": expect, "comment": comment, **plain}


def in_hex(value: Any) -> Any:
    """JSON for a value of byte strings, numbers, texts, lists and maps."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [in_hex(item) for item in value]
    if isinstance(value, dict):
        return {in_hex(key): in_hex(item) for key, item in value.items()}
    return value
