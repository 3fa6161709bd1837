"""Wellbeing instruments: attributed data packs, scored on the phone by its owner alone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from schemas.records.errors import RecordError
from schemas.records.package_data import load, names
from schemas.records.values import Fields, Value


@dataclass(frozen=True, slots=True)
class Item:
    """One question; `options` maps each answer value to its wording."""

    id: str
    text: str
    options: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Band:
    """A range of scores, ends included. Every result screen carries the crisis card; `offer` adds to it."""

    code: str
    low: int
    high: int
    offer: str | None


@dataclass(frozen=True, slots=True)
class Scale:
    """Items that make one score: `multiplier` times the sum of their answers, the `reversed` ones from the other end.

    `name` is a code of the list `instrument_scale`, "" for the only scale of an instrument. `default`: asked for where
    nobody chooses.
    """

    name: str
    default: bool
    items: tuple[str, ...]
    reversed: frozenset[str]
    multiplier: int
    bands: tuple[Band, ...]

    def score(self, items: Mapping[str, Item], answers: Mapping[str, int]) -> int:
        """`answers` holds all items of the scale, each with one of its values."""
        return self.multiplier * sum(
            min(items[item].options) + max(items[item].options) - answers[item]
            if item in self.reversed
            else answers[item]
            for item in self.items
        )

    def band(self, score: int) -> Band:
        """The band of a score that the scale can have."""
        return next(band for band in self.bands if band.low <= score <= band.high)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire. `version` is that of the wording, which is never changed, `scoring_version` that of the scales.

    `language` of the wording (ISO 639-1); `instruction` and `note` may be empty; `kept`: whether check-ins are stored
    at all; `meaningful_change`: points between two scores from which on a change means something, 0 if none is
    published.
    """

    id: str
    version: int
    scoring_version: int
    title: str
    language: str
    instruction: str
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]
    kept: bool
    meaningful_change: int
    attribution: str
    licence: str
    citation: str
    note: str

    def scale(self, name: str) -> Scale | None:
        return next((scale for scale in self.scales if scale.name == name), None)

    def asked(self, scales: Collection[str] = ()) -> tuple[Item, ...]:
        """The items of these scales, or of the default ones, in the order of the questionnaire.

        Raises RecordError unknown-code.
        """
        known = [scale.name for scale in self.scales if scale.name]
        for name in scales:
            if name not in known:
                choices = f"choose of {', '.join(known)}" if known else "it has one score"
                raise RecordError("unknown-code", "scales", f"{self.id} has no scale {name!r}; {choices}")
        return self.items_of(scale for scale in self.scales if (scale.name in scales if scales else scale.default))

    def items_of(self, scales: Iterable[Scale]) -> tuple[Item, ...]:
        """The items of `scales`, in the order of the questionnaire."""
        wanted = {item for scale in scales for item in scale.items}
        return tuple(item for item in self.items if item.id in wanted)


@dataclass(frozen=True, slots=True)
class Result:
    """One score of a check-in. `scale`: "" for the only one of an instrument; `offer`: debrief, crisis_card or None."""

    scale: str
    score: int
    band: str
    offer: str | None


@cache
def instrument(name: str) -> Instrument:
    """The instrument `name`. Raises RecordError unknown-code."""
    if name not in instrument_names():
        known = ", ".join(instrument_names())
        raise RecordError("unknown-code", "instrument", f"there is no instrument {name!r}; there are {known}")
    pack: dict[str, Any] = load("instruments", f"{name}.json")
    return Instrument(
        id=pack["id"],
        version=pack["version"],
        scoring_version=pack["scoring_version"],
        title=pack["title"],
        language=pack["language"],
        instruction=pack.get("instruction", ""),
        items=tuple(
            Item(item["id"], item["text"], _options(item.get("options") or pack["options"])) for item in pack["items"]
        ),
        scales=tuple(_scale(each, alone=len(pack["scales"]) == 1) for each in pack["scales"]),
        kept=pack.get("kept", True),
        meaningful_change=pack.get("meaningful_change", 0),
        attribution=pack["attribution"],
        licence=pack["licence"],
        citation=pack["citation"],
        note=pack.get("note", ""),
    )


def instrument_names() -> tuple[str, ...]:
    """The shipped instruments, sorted."""
    return names("instruments")


def score(name: str, answers: Mapping[str, object]) -> dict[str, Value]:
    """The fields of a check-in: instrument, version, scoring_version, answers; score and band, or scales with these.

    `answers` maps item ids to one of the item's values. A scale is scored if one of its items is answered, and then
    all must be: nothing is made up for an answer that is missing. Raises RecordError: unknown-code (no such
    instrument), missing-field, unknown-field, wrong-kind or out-of-bounds, each with the item's path.
    """
    pack = instrument(name)
    items = {item.id: item for item in pack.items}
    for key in answers:
        if key not in items:
            raise RecordError("unknown-field", f"answers.{key}", f"{name} has no item {key}; leave it out")
    scored = [scale for scale in pack.scales if not answers.keys().isdisjoint(scale.items)]
    taken = {item.id: _taken(item, answers) for item in (pack.items_of(scored) or pack.asked())}
    results = [_result(scale, items, taken) for scale in scored]
    fields: dict[str, Value] = {
        "instrument": pack.id,
        "version": pack.version,
        "scoring_version": pack.scoring_version,
        "answers": dict[str, Value](taken),
    }
    if len(pack.scales) == 1:
        return {**fields, "score": results[0].score, "band": results[0].band}
    scales: list[Value] = [{"scale": each.scale, "score": each.score, "band": each.band} for each in results]
    return {**fields, "scales": scales}


def results(fields: Fields) -> tuple[Result, ...]:
    """The scores of a check-in as it was read, in whatever shape: what is no score is passed over.

    A band of a newer version, or of an instrument that is not shipped, offers nothing. Nobody is alerted.
    """
    scales = fields.get("scales")
    entries = scales if isinstance(scales, list) else [fields]
    found = []
    for entry in entries:
        if not isinstance(entry, Mapping):
            continue
        scale, points, band = entry.get("scale", ""), entry.get("score"), entry.get("band")
        if isinstance(scale, str) and isinstance(points, int) and isinstance(band, str):
            found.append(Result(scale, points, band, _offer(fields.get("instrument"), scale, band)))
    return tuple(found)


def _offer(name: object, scale: str, band: str) -> str | None:
    if not isinstance(name, str) or name not in instrument_names():
        return None
    known = instrument(name).scale(scale)
    return next((each.offer for each in known.bands if each.code == band), None) if known else None


def _taken(item: Item, answers: Mapping[str, object]) -> int:
    path = f"answers.{item.id}"
    if item.id not in answers:
        raise RecordError("missing-field", path, f"answer it, or do not record the check-in: {item.text}")
    value = answers[item.id]
    if not isinstance(value, int) or isinstance(value, bool):
        raise RecordError("wrong-kind", path, "give the number of one of the answers")
    if value not in item.options:
        choices = ", ".join(str(option) for option in sorted(item.options))
        raise RecordError("out-of-bounds", path, f"choose one of {choices}")
    return value


def _result(scale: Scale, items: Mapping[str, Item], answers: Mapping[str, int]) -> Result:
    points = scale.score(items, answers)
    band = scale.band(points)
    return Result(scale.name, points, band.code, band.offer)


def _options(entries: list[dict[str, Any]]) -> Mapping[int, str]:
    return {entry["value"]: entry["text"] for entry in entries}


def _scale(entry: dict[str, Any], *, alone: bool) -> Scale:
    return Scale(
        name=entry.get("scale", ""),
        default=alone or entry.get("default", False),
        items=tuple(entry["items"]),
        reversed=frozenset(entry.get("reversed", ())),
        multiplier=entry.get("multiplier", 1),
        bands=tuple(Band(each["band"], each["min"], each["max"], each.get("offer")) for each in entry["bands"]),
    )
