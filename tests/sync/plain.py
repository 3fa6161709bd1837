"""A state as plain values, taken apart to the last one: two of them differ if anything differs."""

from dataclasses import fields, is_dataclass
from typing import Any

from immutables import Map


def plain(value: Any) -> Any:
    if is_dataclass(value):
        return [type(value).__name__, *(plain(getattr(value, item.name)) for item in fields(value))]
    if isinstance(value, Map):
        return sorted((key, plain(item)) for key, item in value.items())
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value
