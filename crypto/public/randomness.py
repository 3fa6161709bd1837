"""Randomness is an argument, so that vectors and simulations repeat; a product passes `os.urandom`."""

from collections.abc import Callable
from typing import TypeAlias

Randomness: TypeAlias = Callable[[int], bytes]
