"""Finds resources offline: whole words, beginnings of words, small typing errors."""

import re
import unicodedata
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from schemas.records.assurance import Freshness, freshness, is_offered
from schemas.records.labels import label
from schemas.records.values import Fields

K = TypeVar("K", bound=Hashable)

_WEIGHTS = {
    "name": 8,
    "organization": 4,
    "description": 2,
    "eligibility_description": 2,
    "service_area": 2,
    "alert": 1,
}
_CATEGORY_WEIGHT = 5
_NUMBER_WEIGHT = 4
_EXACT, _PREFIX, _TYPO = 4, 3, 1
_FRESHNESS_ORDER = tuple(Freshness)


@dataclass(frozen=True, slots=True)
class Hit(Generic[K]):
    """One result. `matched` is False for a crisis entry that is shown although the query did not find it."""

    key: K
    score: int
    freshness: Freshness
    matched: bool = True


def search(
    resources: Mapping[K, Fields],
    query: str,
    *,
    today: date,
    lang: str = "en",
    category: str | None = None,
    limit: int = 20,
) -> list[Hit[K]]:
    """The resources that match `query`, best first: at most `limit` (at least 1) of them.

    An entry is better the more words of the query it holds, then the better they match and the more telling the
    field; then come active before temporarily closed, fresh before stale, and the name. An empty query lists
    everything. Inactive and defunct resources are left out. But a directory that has a crisis entry always
    answers with one, whatever the query, its status or its age: the only crisis entry is never hidden.
    """
    wanted = _words(query)
    ranked = []
    for key, fields in resources.items():
        in_category = category is None or category in _codes(fields)
        found, points = _rank(wanted, _index(fields, lang)) if in_category else (0, 0)
        matched = in_category and is_offered(fields) and (found > 0 or not wanted)
        fresh = freshness(fields, today)
        hit = Hit(key, points, fresh, matched)
        ranked.append(((-found, -points, *_order(fields, fresh)), fields.get("is_crisis") is True, hit))
    ranked.sort(key=lambda row: row[0])
    hits = [row for row in ranked if row[2].matched][: max(limit, 1)]
    if not any(is_crisis for _, is_crisis, _ in hits):
        crisis = sorted((row for row in ranked if row[1]), key=lambda row: not row[2].matched)[:1]
        hits = [*hits[: max(limit, 1) - len(crisis)], *crisis]
    return [hit for _, _, hit in hits]


def _order(fields: Fields, fresh: Freshness) -> tuple[bool, bool, int, str]:
    status = fields.get("status")
    not_crisis = fields.get("is_crisis") is not True
    return not_crisis, status != "active", _FRESHNESS_ORDER.index(fresh), str(fields.get("name", "")).casefold()


def _index(fields: Fields, lang: str) -> dict[str, int]:
    """The words of a resource, each with the weight of the best field it stands in."""
    texts = [(str(fields[name]), weight) for name, weight in _WEIGHTS.items() if name in fields]
    for code in _codes(fields):
        texts.append((code, _CATEGORY_WEIGHT))
        texts += [(label(each, "resource_category", code), _CATEGORY_WEIGHT) for each in {lang, "en"}]
    phones = fields.get("phones")
    for phone in phones if isinstance(phones, list) else []:
        if isinstance(phone, dict):
            texts.append((str(phone.get("number", "")), _NUMBER_WEIGHT))
    index: dict[str, int] = {}
    for text, weight in texts:
        for word in _words(text):
            index[word] = max(weight, index.get(word, 0))
    return index


def _codes(fields: Fields) -> list[str]:
    codes = fields.get("categories")
    return [code for code in codes if isinstance(code, str)] if isinstance(codes, list) else []


def _words(text: str) -> list[str]:
    """Words in lower case, without accents, each once."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return list(dict.fromkeys(re.findall(r"[^\W_]+", plain.casefold())))


def _rank(wanted: Iterable[str], index: Mapping[str, int]) -> tuple[int, int]:
    points = [max((_match(word, other) * weight for other, weight in index.items()), default=0) for word in wanted]
    return sum(value > 0 for value in points), sum(points)


def _match(wanted: str, word: str) -> int:
    if wanted == word:
        return _EXACT
    if word.startswith(wanted):
        return _PREFIX
    allowed = 2 if len(wanted) >= 8 else 1 if len(wanted) >= 4 else 0
    return _TYPO if allowed and within(wanted, word, allowed) else 0


def within(left: str, right: str, limit: int) -> bool:
    """Whether `limit` insertions, deletions, replacements or swaps of neighbours make `left` into `right`.

    The optimal string alignment distance: no part is edited twice.
    """
    if abs(len(left) - len(right)) > limit:
        return False
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
            return False
    return row[-1] <= limit
