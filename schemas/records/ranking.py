"""Finds resources offline: whole words, beginnings of words, small typing errors."""

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import takewhile
from typing import Generic, TypeVar

from schemas.records.assurance import Freshness, freshness, is_offered
from schemas.records.labels import labels_of
from schemas.records.spelling import allowed_edits, begins_within, letters, within, words_of
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
_CODE_WEIGHTS = {"categories": ("resource_category", 5), "languages": ("language", 2)}
_NUMBER_WEIGHT = 4
_EXACT, _PREFIX, _TYPO, _TYPO_IN_PREFIX = 8, 6, 2, 1
_FRESHNESS_ORDER = tuple(Freshness)


@dataclass(frozen=True, slots=True)
class Hit(Generic[K]):
    """One result. `matched` is False for a crisis entry that is shown although the query did not find it."""

    key: K
    score: int
    freshness: Freshness
    matched: bool = True


@dataclass(frozen=True, slots=True)
class _Entry(Generic[K]):
    key: K
    fields: Fields
    categories: frozenset[str]
    languages: frozenset[str]
    offered: bool
    crisis: bool
    order: tuple[bool, bool]
    name: str


class Index(Generic[K]):
    """The words of a directory, made once for a state of it and searched as often as somebody types a letter."""

    def __init__(self, resources: Mapping[K, Fields], lang: str = "en") -> None:
        self._entries = [_entry(key, fields) for key, fields in resources.items()]
        postings: dict[str, dict[int, int]] = {}
        for number, entry in enumerate(self._entries):
            for word, weight in _words(entry.fields, lang):
                found = postings.setdefault(word, {})
                found[number] = max(weight, found.get(number, 0))
        self._postings = postings
        self._sorted = sorted(postings)
        self._spelt = [(word, letters(word)) for word in self._sorted]
        self._fresh: tuple[date, list[Freshness]] | None = None

    def search(
        self,
        query: str,
        *,
        today: date,
        category: str | None = None,
        language: str | None = None,
        limit: int = 20,
    ) -> list[Hit[K]]:
        """The resources that match `query`, best first: at most `limit` (at least 1) of them.

        An entry is better the more words of the query it holds, then the better they match and the more telling the
        field; then come active before temporarily closed, fresh before stale, and the name. An empty query lists
        everything. Inactive and defunct resources are left out, and so are those outside `category`, or that do not
        name `language` (RFC 5646). But a directory that has a crisis entry always answers with one, whatever the
        query, its status or its age: the only crisis entry is never hidden.
        """
        wanted, fresh = words_of(query), self._freshness(today)
        scores = self._scores(wanted)
        ranked = []
        for number, entry in enumerate(self._entries):
            within_bounds = _is_within(entry, category, language)
            found, points = scores.get(number, (0, 0)) if within_bounds else (0, 0)
            matched = within_bounds and entry.offered and (found > 0 or not wanted)
            if matched or entry.crisis:
                place = (-found, -points, *entry.order, _FRESHNESS_ORDER.index(fresh[number]), entry.name)
                ranked.append((place, number, matched, points))
        ranked.sort()
        hits = [row for row in ranked if row[2]][: max(limit, 1)]
        if not any(self._entries[number].crisis for _, number, _, _ in hits):
            of_crisis = [row for row in ranked if self._entries[row[1]].crisis]
            crisis = sorted(of_crisis, key=lambda row: not row[2])[:1]
            hits = [*hits[: max(limit, 1) - len(crisis)], *crisis]
        return [Hit(self._entries[number].key, points, fresh[number], matched) for _, number, matched, points in hits]

    def _freshness(self, today: date) -> list[Freshness]:
        if self._fresh is None or self._fresh[0] != today:
            self._fresh = today, [freshness(entry.fields, today) for entry in self._entries]
        return self._fresh[1]

    def _scores(self, wanted: list[str]) -> dict[int, tuple[int, int]]:
        """Entry -> how many of the wanted words it holds, and its points."""
        scores: dict[int, tuple[int, int]] = {}
        for one in wanted:
            best: dict[int, int] = {}
            for word, quality in self._matches(one):
                for number, weight in self._postings[word].items():
                    points = quality * weight
                    if points > best.get(number, 0):
                        best[number] = points
            for number, points in best.items():
                found, earlier = scores.get(number, (0, 0))
                scores[number] = found + 1, earlier + points
        return scores

    def _matches(self, wanted: str) -> Iterator[tuple[str, int]]:
        start = bisect_left(self._sorted, wanted)
        for at in takewhile(lambda at: self._sorted[at].startswith(wanted), range(start, len(self._sorted))):
            yield self._sorted[at], _EXACT if self._sorted[at] == wanted else _PREFIX
        edits, spelt = allowed_edits(wanted), letters(wanted)
        if not edits:
            return
        for word, mask in self._spelt:
            # An edit brings or takes one letter at most: nearly all words are passed over by this alone.
            if (spelt & ~mask).bit_count() > edits or word.startswith(wanted):
                continue
            if (mask & ~spelt).bit_count() <= edits and within(wanted, word, edits):
                yield word, _TYPO
            elif word[0] == wanted[0] and begins_within(wanted, word, edits):
                yield word, _TYPO_IN_PREFIX


def search(
    resources: Mapping[K, Fields],
    query: str,
    *,
    today: date,
    lang: str = "en",
    category: str | None = None,
    language: str | None = None,
    limit: int = 20,
) -> list[Hit[K]]:
    """One search of a directory that is not searched again; else as `Index.search`."""
    return Index(resources, lang).search(query, today=today, category=category, language=language, limit=limit)


def _entry(key: K, fields: Fields) -> _Entry[K]:
    crisis = fields.get("is_crisis") is True
    languages = frozenset(code.lower() for code in _texts(fields, "languages"))
    order = not crisis, fields.get("status") != "active"
    name = str(fields.get("name", "")).casefold()
    return _Entry(
        key, fields, frozenset(_texts(fields, "categories")), languages, is_offered(fields), crisis, order, name
    )


def _is_within(entry: _Entry[K], category: str | None, language: str | None) -> bool:
    if category is not None and category not in entry.categories:
        return False
    if language is None:
        return True
    # RFC 4647, basic filtering: "pt" finds "pt-BR".
    wanted = language.lower()
    return any(code == wanted or code.startswith(f"{wanted}-") for code in entry.languages)


def _words(fields: Fields, lang: str) -> Iterator[tuple[str, int]]:
    for name, weight in _WEIGHTS.items():
        if name in fields:
            yield from ((word, weight) for word in words_of(str(fields[name])))
    for name, (names, weight) in _CODE_WEIGHTS.items():
        for code in _texts(fields, name):
            yield from ((word, weight) for word in _code_words(names, lang, code))
    phones = fields.get("phones")
    for phone in phones if isinstance(phones, list) else []:
        if isinstance(phone, dict):
            yield from ((word, _NUMBER_WEIGHT) for word in words_of(str(phone.get("number", ""))))


@lru_cache(4096)
def _code_words(names: str, lang: str, code: str) -> tuple[str, ...]:
    """The words of a code and of its labels, in the reader's language and in English."""
    known = code.lower().split("-")[0] if names == "language" else code
    said = " ".join(labels_of(each, names).get(known, "") for each in (lang, "en"))
    return tuple(words_of(f"{code} {said}"))


def _texts(fields: Fields, name: str) -> list[str]:
    values = fields.get(name)
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
