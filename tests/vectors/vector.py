"""What a vector is."""

from collections.abc import Callable
from typing import Any, TypeAlias

Vector: TypeAlias = dict[str, Any]
Lists: TypeAlias = dict[str, Callable[[], list[Vector]]]


def vector(name: str, expect: str, comment: str, **fields: Any) -> Vector:
    """A vector; byte strings among `fields` become hexadecimal."""
    plain = {key: value.hex() if isinstance(value, bytes) else value for key, value in fields.items()}
    return {"name": name, "expect": expect, "comment": comment, **plain}
