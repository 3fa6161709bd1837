"""Refusals by name."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import pytest

from sync.errors import Refused

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def refused(problem: str) -> Iterator[None]:
    """The block raises Refused with exactly this problem."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.problem == problem, caught.value


def outcome(judge: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> tuple[str, T | None]:
    """(`ok`, what `judge` returns), or (the problem, None)."""
    try:
        return "ok", judge(*args, **kwargs)
    except Refused as refusal:
        return refusal.problem, None
