import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas.records
from schemas.records import code_lists, label, labels_of, languages, record_types
from schemas.tables.sources import sources

FOLDER = Path(schemas.records.__file__).parent / "labels"


def expected() -> dict[str, set[str]]:
    """Everything a language must name: list -> codes."""
    wanted = {name: set(found.codes) for name, found in code_lists().items()}
    wanted["record_type"] = set(record_types())
    for kind in record_types().values():
        wanted[f"field.{kind.name}"] = {path for spec in kind.fields.values() for path in spec.paths()}
    wanted["table_source"] = set(sources())
    wanted |= {name: set(labels_of("en", name)) for name in ("card", "report_outcome")}
    wanted["table_axis"] = {axis for axes in sources().values() for axis in axes}
    return wanted


def test_english_and_a_second_language_are_shipped() -> None:
    assert languages() == ("en", "it")


@pytest.mark.parametrize("lang", languages())
def test_a_language_names_everything_and_nothing_else(lang: str) -> None:
    file = json.loads((FOLDER / f"{lang}.json").read_text(encoding="utf-8"))
    assert file["language"] == lang
    assert {name: set(entries) for name, entries in file["labels"].items()} == expected()
    assert all(text.strip() == text != "" for entries in file["labels"].values() for text in entries.values())


@pytest.mark.parametrize("lang", languages())
def test_two_codes_of_a_list_never_read_the_same(lang: str) -> None:
    for name in code_lists():
        texts = list(labels_of(lang, name).values())
        assert len(set(texts)) == len(texts), name


def test_a_label_is_read_in_the_reader_s_language() -> None:
    assert label("en", "reason", "moral_injury_distress") == "Moral injury or distress"
    assert label("it", "reason", "moral_injury_distress") == "Ferita morale o disagio morale"
    assert label("it-CH", "debrief_wanted", "yes") == label("it_IT", "debrief_wanted", "yes") == "Sì"
    assert label("en", "field.contact", "referrals.method") == "Method"
    assert label("en", "check_in_band", "burned_out") == "Burned out"


def test_a_language_that_is_not_shipped_reads_english() -> None:
    assert label("fi", "modality", "phone") == "Telephone"
    assert label("", "modality", "phone") == "Telephone"


@given(st.sampled_from(["en", "it", "xx"]), st.text(max_size=20), st.text(max_size=20))
def test_an_unknown_code_is_shown_never_dropped(lang: str, name: str, code: str) -> None:
    shown = label(lang, name, code)
    assert code in shown
    assert shown.startswith("altro (" if lang == "it" else "other (")


def test_the_word_for_other_is_the_reader_s() -> None:
    assert label("en", "modality", "hologram") == "other (hologram)"
    assert label("it", "modality", "hologram") == "altro (hologram)"
    assert label("en", "modality", "{code}") == "other ({code})"
