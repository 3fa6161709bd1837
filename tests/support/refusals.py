"""Refusals by name."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from sync.errors import Refused

T = TypeVar("T")


@contextmanager
def refused(problem: str) -> Iterator[None]:
    """The block raises Refused with exactly this problem."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.problem == problem, caught.value


def outcome(judge: Callable[[], T]) -> tuple[str, T | None]:
    """(`ok`, what `judge` returns), or (the problem, None)."""
    try:
        return "ok", judge()
    except Refused as refusal:
        return refusal.problem, None
