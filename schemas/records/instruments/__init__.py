"""Wellbeing instruments: attributed data packs, scored on the phone by its owner alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from schemas.records.errors import RecordError
from schemas.records.package_data import load, names
from schemas.records.values import Value


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
class Instrument:
    """A questionnaire; score = `multiplier` times the sum of the answers. The wording is never changed."""

    id: str
    version: int
    title: str
    items: tuple[Item, ...]
    multiplier: int
    bands: tuple[Band, ...]
    attribution: str
    licence: str
    citation: str


@cache
def instrument(name: str) -> Instrument:
    """The instrument `name`. Raises RecordError unknown-code."""
    if name not in instrument_names():
        known = ", ".join(instrument_names())
        raise RecordError("unknown-code", "instrument", f"there is no instrument {name!r}; there are {known}")
    pack = load("instruments", f"{name}.json")
    return Instrument(
        id=pack["id"],
        version=pack["version"],
        title=pack["title"],
        items=tuple(
            Item(item["id"], item["text"], {option["value"]: option["text"] for option in item["options"]})
            for item in pack["items"]
        ),
        multiplier=pack["scoring"]["multiplier"],
        bands=tuple(Band(each["band"], each["min"], each["max"], each.get("offer")) for each in pack["bands"]),
        attribution=pack["attribution"],
        licence=pack["licence"],
        citation=pack["citation"],
    )


def instrument_names() -> tuple[str, ...]:
    """The shipped instruments, sorted."""
    return names("instruments")


def score(name: str, answers: Mapping[str, object]) -> dict[str, Value]:
    """The fields of a check-in: instrument, version, answers, score, band.

    `answers` maps every item id to one of the item's values. Raises RecordError: unknown-code (no such
    instrument), missing-field, unknown-field, wrong-kind or out-of-bounds, each with the item's path.
    """
    pack = instrument(name)
    known = {item.id for item in pack.items}
    for key in answers:
        if key not in known:
            raise RecordError("unknown-field", f"answers.{key}", f"{name} has no item {key}; leave it out")
    taken: dict[str, Value] = {}
    total = 0
    for item in pack.items:
        path = f"answers.{item.id}"
        if item.id not in answers:
            raise RecordError("missing-field", path, f"answer it, or do not record the check-in: {item.text}")
        value = answers[item.id]
        if not isinstance(value, int) or isinstance(value, bool):
            raise RecordError("wrong-kind", path, "give the number of one of the answers")
        if value not in item.options:
            choices = ", ".join(str(option) for option in item.options)
            raise RecordError("out-of-bounds", path, f"choose one of {choices}")
        taken[item.id] = value
        total += value
    total *= pack.multiplier
    band = next(band.code for band in pack.bands if band.low <= total <= band.high)
    return {"instrument": pack.id, "version": pack.version, "answers": taken, "score": total, "band": band}


def offer(name: str, band: str) -> str | None:
    """What a result in `band` offers: "debrief", "crisis_card" or None. Nobody is alerted.

    A band of a newer version offers nothing. Raises RecordError unknown-code for an instrument not shipped.
    """
    return next((found.offer for found in instrument(name).bands if found.code == band), None)
