from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cli.terminal import printable
from cli.values import Words, plain
from schemas.records import record_types
from schemas.records.formats import is_printable
from tests.schemas.records.strategies import ROUNDS, contacts

anything = st.recursive(
    st.integers() | st.binary(max_size=20) | st.text(max_size=20) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(sorted({name for kind in record_types().values() for name in kind.fields})) | st.text(
    max_size=9
)


@given(st.sampled_from(["contact", "resource", "check_in", "programme", "of_next_year"]), names, anything)
def test_a_record_of_any_version_is_shown(kind: str, name: str, value: Any) -> None:
    words = Words("en", ROUNDS)
    assert isinstance(words.value(kind, name, value), str)
    words.part(kind, f"{name}.primary", {name: value})
    words.field(kind, name)


@given(contacts())
def test_no_code_of_a_known_contact_is_shown_as_other(fields: dict[str, Any]) -> None:
    shown = [Words("it", ROUNDS).value("contact", name, value) for name, value in fields.items()]
    assert not any("altro (" in text for text in shown)


def test_an_unknown_code_is_shown_and_not_dropped() -> None:
    assert Words("en").value("contact", "modality", "hologram") == "other (hologram)"
    assert Words("en").value("contact", "reasons", {"primary": "boredom"}) == "Main reason: other (boredom)"


def test_tiers_and_phases_have_the_names_of_the_programme() -> None:
    words = Words("en", ROUNDS)
    assert words.value("contact", "tier", 0) == ROUNDS["tiers"][0]["name"]  # type: ignore[index]
    assert words.value("contact", "tier", 9) == "9"
    assert words.value("contact", "phases_done", ["introduction"]) == "Introduction"


@given(anything)
def test_plain_is_json(value: Any) -> None:
    import json

    json.dumps(plain(value))


@given(st.text())
def test_what_is_printed_cannot_drive_the_terminal(text: str) -> None:
    assert all(char in "\n\t" or is_printable(char) for char in printable(text))
    assert len(printable(text)) == len(text)
