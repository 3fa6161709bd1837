"""The long word list of the EFF, 7,776 words of at least three letters: for passcodes, and for reading aloud."""

from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def word_list() -> tuple[str, ...]:
    """The words in the order of the list."""
    lines = files("crypto.secret").joinpath("words.txt").read_text("ascii").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))


@lru_cache(maxsize=1)
def word_set() -> frozenset[str]:
    return frozenset(word_list())
