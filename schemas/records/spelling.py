"""How words are compared when somebody types in a hurry: without case and accents, and with an error or two."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
# Letters that Unicode does not take apart into a letter and its mark.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


def words_of(text: str) -> list[str]:
    """The words of `text` in lower case, without accents, each once."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
        text = "".join(char for char in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(char))
    return list(dict.fromkeys(_WORD.findall(text.lower())))


def allowed_edits(word: str) -> int:
    """How many typing errors a word may hold: short ones must be right."""
    return 2 if len(word) >= 8 else 1 if len(word) >= 4 else 0


def letters(word: str) -> int:
    """The letters of `word` as a set of 64 bits: a letter may share its bit with others, and counts once."""
    mask = 0
    for char in word:
        mask |= 1 << (ord(char) & 63)
    return mask


def within(left: str, right: str, limit: int) -> bool:
    """Whether `limit` insertions, deletions, replacements or swaps of neighbours make `left` into `right`.

    The optimal string alignment distance: no part is edited twice.
    """
    if abs(len(left) - len(right)) > limit:
        return False
    row = _last_row(left, right, limit)
    return row is not None and row[-1] <= limit


def begins_within(left: str, right: str, limit: int) -> bool:
    """Whether as many edits make `left` into some beginning of `right`: a word with an error, still being typed."""
    if len(right) < len(left) - limit:
        return False
    row = _last_row(left, right[: len(left) + limit], limit)
    return row is not None and min(row) <= limit


def _last_row(left: str, right: str, limit: int) -> list[int] | None:
    """The distances of `left` to each beginning of `right`; None as soon as all of them are above `limit`."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return None
    return row
