"""What a vector is."""

from collections.abc import Callable
from typing import Any, TypeAlias

from conformance.reference.shown import in_hex

__all__ = ["Lists", "Pages", "Vector", "in_hex", "vector"]

Vector: TypeAlias = dict[str, Any]
Lists: TypeAlias = dict[str, Callable[[], list[Vector]]]
Pages: TypeAlias = dict[str, Callable[[], str]]


def vector(name: str, expect: str, comment: str, **fields: Any) -> Vector:
    """A vector; byte strings in `fields`, however deep, become hexadecimal."""
    plain: Vector = in_hex(fields)
    return {"name": name, "expect": expect, "comment": comment, **plain}
