"""The word list, of which passcodes are drawn."""

import math

from crypto.secret import local
from crypto.secret.words import word_list, word_set


def test_the_list() -> None:
    words = word_list()
    assert len(words) == len(word_set()) == 7776
    assert all(word == word.strip().lower() and word.isascii() and " " not in word for word in words)
    assert local.WORDS * math.log2(len(words)) > 64
