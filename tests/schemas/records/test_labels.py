import ast
import copy
import json
import pickle
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas.records
from schemas.problems import PROBLEMS
from schemas.records import (
    Sentence,
    again,
    code_lists,
    label,
    labels_of,
    languages,
    problem_advice,
    problem_words,
    record_types,
    sentence,
)
from schemas.tables.sources import sources

FOLDER = Path(schemas.records.__file__).parent / "labels"


ROOT = Path(schemas.records.__file__).resolve().parents[2]


def sentences() -> dict[str, set[str]]:
    """Every sentence that the code asks for by name: name -> the values that it gives."""
    found: dict[str, set[str]] = {}
    for path in (path for room in ("cli", "device", "schemas") for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(CALLED):
                if any(keyword.arg is None for keyword in node.keywords):
                    continue  # Words.say hands on what it was given.
                named = next((one for one in node.args if isinstance(one, ast.Constant)), None)
                assert named is not None, f"{path}:{node.lineno} asks for a sentence without its name"
                found[str(named.value)] = {str(keyword.arg) for keyword in node.keywords}
    return found


CALLED = ("sentence", ".say", "Sentence")
SENTENCES = sentences()


ENGLISH = ("card", "report_outcome", "standing", "code_state", "command")
"""Lists of which the English file says what there is."""


def expected() -> dict[str, set[str]]:
    """Everything a language must name: list -> codes."""
    wanted = {name: set(found.codes) for name, found in code_lists().items()}
    wanted["record_type"] = set(record_types())
    for kind in record_types().values():
        wanted[f"field.{kind.name}"] = {path for spec in kind.fields.values() for path in spec.paths()}
    wanted["table_source"] = set(sources())
    wanted["problem"] = {*PROBLEMS, "unknown"}
    wanted["problem_next"] = set(labels_of("en", "problem_next"))
    wanted["sentence"] = set(SENTENCES)
    wanted["column"] = set(labels_of("en", "column"))
    wanted["import_remark"] = set(labels_of("en", "import_remark"))
    wanted |= {
        name: set(labels_of("en", name)) for name in ("card", "report_outcome", "standing", "code_state", "command")
    }
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
def test_a_sentence_has_the_places_that_the_code_fills(lang: str) -> None:
    for name, text in labels_of(lang, "sentence").items():
        assert set(re.findall(r"\{(\w+)\}", text)) == SENTENCES[name], name


def test_advice_is_for_problems_that_exist() -> None:
    assert set(labels_of("en", "problem_next")) - {"update", "later"} <= set(PROBLEMS)


def test_a_sentence_is_read_in_the_reader_s_language_and_filled_in_once() -> None:
    assert sentence("en", "emergency", number="112") == "Emergency: 112"
    assert sentence("it_IT", "emergency", number="112") == "Emergenza: 112"
    assert sentence("fi", "yes") == "yes"
    hostile = sentence("en", "failure_tell", name="{number}", number="1", failure="x")
    assert hostile == "{number}, 1: x"
    with pytest.raises(KeyError):
        sentence("en", "no such sentence")


def test_a_sentence_of_the_phone_is_english_text_and_can_be_said_again() -> None:
    said = Sentence("note_kept_no_longer", number=3)
    assert said == sentence("en", "note_kept_no_longer", number=3) == again("en", said)
    assert again("it", said) == "voci eliminate perché il programma non le conserva più: 3"
    assert again("it", copy.deepcopy(said)) == again("it", pickle.loads(pickle.dumps(said))) == again("it", said)
    assert again("it", "anything else") == "anything else"
    assert json.dumps([said]) == json.dumps([str(said)])


@pytest.mark.parametrize("lang", languages())
def test_a_problem_of_the_server_is_said_in_our_words(lang: str) -> None:
    for name, problem in PROBLEMS.items():
        assert problem_words(lang, name) == labels_of(lang, "problem")[name]
        assert problem_advice(lang, name, problem.status) in labels_of(lang, "problem_next").values()
    unheard = "your-programme-has-ended-call-0900-555"
    assert problem_words(lang, unheard) == labels_of(lang, "problem")["unknown"]
    assert problem_advice(lang, unheard, 409) == labels_of(lang, "problem_next")["update"]
    assert problem_advice(lang, unheard, 503) == labels_of(lang, "problem_next")["later"]


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
