import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas.records
from schemas.records import card, emergency_number, is_confirmed, regions
from schemas.records.crisis import names_programme
from tests.schemas.records.strategies import ROUNDS, YOU_MATTER, records

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["crisis_card", "numbers", "texts", "name", "number", "display_name"]), inner)
    ),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("region", "number"),
    [
        ("", "112"),
        ("it", "112"),
        ("atlantis", "112"),
        ("us", "911"),
        ("CA", "911"),
        ("en_US", "911"),
        ("en-GB", "999"),
        (" gb ", "999"),
        ("au", "000"),
        ("nz", "111"),
        ("uk", "999"),
        ("zh_Hant_HK", "999"),
    ],
)
def test_the_emergency_number_of_a_region(region: str, number: str) -> None:
    assert emergency_number(region) == number


DATA = json.loads((Path(schemas.records.__file__).parent / "data" / "emergency_numbers.json").read_text())


@pytest.mark.parametrize("region", regions())
def test_every_number_says_how_it_was_checked(region: str) -> None:
    entry = DATA["regions"][region]
    assert re.fullmatch("[a-z]{2}", region)
    assert re.fullmatch("[0-9]{3,4}", entry["number"])
    assert set(entry) <= {"number", "confirmed", "sources", "note"}
    sources = [page for name in entry["sources"] for page in DATA["shared_sources"].get(name, [name])]
    assert sources
    assert all(page.startswith(("https://", "http://")) for page in sources)
    assert is_confirmed(region) is entry["confirmed"]
    # What is not confirmed says why.
    assert entry["confirmed"] or entry["note"]


def test_the_numbers_that_were_confirmed_are_these() -> None:
    """Changed only together with the sources in the file: a wrong emergency number is the worst defect there is."""
    other = {region: emergency_number(region) for region in regions() if emergency_number(region) != "112"}
    assert other == {
        "ar": "911", "au": "000", "br": "192", "ca": "911", "cn": "120", "gb": "999", "hk": "999", "il": "101",
        "jp": "119", "kr": "119", "mx": "911", "nz": "111", "ph": "911", "sg": "995", "us": "911",
    }  # fmt: skip
    assert [region for region in regions() if not is_confirmed(region)] == ["ar"]


@pytest.mark.parametrize("region", ["", "th", "eg", "atlantis", "en", "001"])
def test_the_default_is_never_confirmed(region: str) -> None:
    assert emergency_number(region) == "112"
    assert not is_confirmed(region)
    assert card(None, region)["confirmed"] is False


def test_the_card_stands_before_there_is_a_programme() -> None:
    assert card(None, "us") == {
        "version": 2, "region": "us", "emergency": "911", "confirmed": True, "numbers": [], "texts": [],
    }  # fmt: skip


def test_the_lead_s_numbers_stand_beside_the_compiled_in_one() -> None:
    numbers = [{"name": "Lifeline", "number": "988"}]
    shown = card({**YOU_MATTER, "crisis_card": {"numbers": numbers, "texts": ["Stay on the line."]}}, "us")
    assert shown["emergency"] == "911"
    assert shown["numbers"] == numbers
    assert shown["texts"] == ["Stay on the line."]


@given(JUNK, st.text(max_size=5))
def test_a_programme_in_any_shape_leaves_the_emergency_number(programme: Any, region: str) -> None:
    fields = programme if isinstance(programme, dict) else {"crisis_card": programme}
    shown = card(fields, region)
    assert shown["emergency"] == emergency_number(region)
    assert json.loads(json.dumps(shown)) == shown


@given(records("programme", ROUNDS))
def test_the_clear_card_never_names_the_programme(programme: dict[str, Any]) -> None:
    name = programme["display_name"]
    written = programme.get("crisis_card", {})
    written.setdefault("texts", []).append(f"Ask {name} for help")
    written.setdefault("numbers", []).append({"name": f"{name} desk".upper(), "number": "112"})
    shown = card({**programme, "crisis_card": written}, "it")
    assert not any(names_programme(text, name) for text in shown["texts"])
    assert not any(names_programme(number["name"], name) for number in shown["numbers"])
    # Its number stays: help is worth more than a label.
    assert shown["numbers"][-1] == {"name": "", "number": "112"}


@pytest.mark.parametrize(
    ("text", "name", "named"),
    [
        ("Call you  matter now", "You Matter", True),
        ("YOU MATTER.", "you matter", True),
        ("Lifeline", "Life", False),
        ("Your life: call", "Life", True),
        ("C++ desk", "C++", True),
        ("IŞIK HATTI", "Işık", True),
        ("Cafe\u0301 line", "Caf\u00e9", True),
        ("anything", " ", False),
    ],
)
def test_a_name_is_found_as_whole_words(text: str, name: str, named: bool) -> None:
    assert names_programme(text, name) is named
