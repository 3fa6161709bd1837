"""The crisis card: emergency numbers compiled in, the lead's beside them, nothing that names a programme."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any, TypedDict

from schemas.records.formats import FORMATS, is_printable
from schemas.records.package_data import load
from schemas.records.values import Fields

CARD_VERSION = 2


class Number(TypedDict):
    """A line to call; `name` may be empty."""

    name: str
    number: str


class Card(TypedDict):
    """What the clear file on the phone holds, as JSON."""

    version: int
    region: str
    emergency: str
    confirmed: bool
    numbers: list[Number]
    texts: list[str]


@cache
def _numbers() -> tuple[str, dict[str, str], dict[str, dict[str, Any]]]:
    data = load("data", "emergency_numbers.json")
    return data["default"]["number"], data["aliases"], data["regions"]


def regions() -> tuple[str, ...]:
    """The regions (ISO 3166-1 alpha-2, lower case) whose emergency number was looked up."""
    return tuple(_numbers()[2])


def emergency_number(region: str) -> str:
    """The number for an ambulance in `region`, such as "us" or "en_US"; 112 where nothing else is known."""
    default, _, _ = _numbers()
    known = _looked_up(region)
    return default if known is None else str(known["number"])


def is_confirmed(region: str) -> bool:
    """Whether sources confirm `emergency_number` for all of `region`: never the default of a region not looked up."""
    known = _looked_up(region)
    return known is not None and known["confirmed"] is True


def _looked_up(region: str) -> dict[str, Any] | None:
    _, aliases, by_region = _numbers()
    country = re.split(r"[-_]", region.strip().lower())[-1]
    return by_region.get(aliases.get(country, country))


def names_programme(text: str, display_name: str) -> bool:
    """Whether `text` contains the programme's name as whole words, in any case and spacing."""
    words = [re.escape(word) for word in _folded(display_name).split()]
    if not words:
        return False
    return re.search(r"(?<!\w)" + r"\s+".join(words) + r"(?!\w)", _folded(text)) is not None


def _folded(text: str) -> str:
    # Case folding alone keeps a dotless i apart from its own capital.
    return unicodedata.normalize("NFKC", text).upper().casefold()


def card(programme: Fields | None, region: str) -> Card:
    """The crisis card, for the one file that a phone keeps unencrypted.

    `programme` is the `programme` record as it was read, in whatever shape: what is not a number or a line of
    text is passed over, and so is every text with the programme's name. Never raises: the emergency number is
    shown on first launch, logged out and after a wipe.
    """
    shown: Card = {
        "version": CARD_VERSION,
        "region": region,
        "emergency": emergency_number(region),
        "confirmed": is_confirmed(region),
        "numbers": [],
        "texts": [],
    }
    wanted = programme.get("crisis_card") if programme is not None else None
    if programme is None or not isinstance(wanted, Mapping):
        return shown
    display_name = programme.get("display_name")
    name = display_name if isinstance(display_name, str) else ""
    for entry in _entries(wanted.get("numbers")):
        number = entry.get("number") if isinstance(entry, Mapping) else None
        if isinstance(entry, Mapping) and isinstance(number, str) and FORMATS["phone"][0].fullmatch(number):
            shown["numbers"].append({"name": _clear_text(entry.get("name"), name), "number": number})
    shown["texts"] = [text for entry in _entries(wanted.get("texts")) if (text := _clear_text(entry, name))]
    return shown


def _entries(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _clear_text(value: object, programme_name: str) -> str:
    if not isinstance(value, str) or not is_printable(value) or names_programme(value, programme_name):
        return ""
    return value
