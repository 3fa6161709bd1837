"""Months, quarters and years as people type them: 2026-11, 2026-q4, 2026."""

import re
from typing import Literal, TypeAlias

from cli.errors import Usage

Span: TypeAlias = Literal["month", "quarter", "year"]
_TYPED = re.compile(r"(\d{4})(?:-(?:q([1-4])|(\d{2})))?")


def span_of(typed: str) -> tuple[Span, int]:
    """Its kind and number. Raises Usage."""
    found = _TYPED.fullmatch(typed.strip().lower())
    if found is None or (found[3] and not 1 <= int(found[3]) <= 12) or int(found[1]) == 0:
        raise Usage(f"{typed!r} is no period", "Write a month as 2026-11, a quarter as 2026-q4, a year as 2026.")
    year = int(found[1])
    if found[2]:
        return "quarter", 4 * year + int(found[2]) - 1
    return ("month", 12 * year + int(found[3]) - 1) if found[3] else ("year", year)


def typed(kind: str, number: int) -> str:
    """How a person types it."""
    if kind == "quarter":
        return f"{number // 4:04}-q{number % 4 + 1}"
    return f"{number // 12:04}-{number % 12 + 1:02}" if kind == "month" else f"{number:04}"
