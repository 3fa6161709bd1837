from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Index, search
from schemas.records.spelling import allowed_edits, begins_within, within, words_of
from tests.schemas.records.strategies import TODAY, YOU_MATTER, records

FRESH = TODAY.isoformat()
PHONE = [{"number": "+1 555 0199", "type": "voice"}]


def resource(name: str, *categories: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "categories": list(categories), "status": "active", "assured_date": FRESH, **fields}


DIRECTORY = {
    "psych": resource("Harbour practice", "psychologist_therapist", description="Trauma therapy after bad events"),
    "grief": resource("Bereavement counselling", "grief_bereavement", organization="Hospice"),
    "chapel": resource("Chaplaincy", "chaplaincy_spiritual", description="Also for grief"),
    "union": resource("Union desk", "union_legal_defence", service_area="Città alta"),
    "gone": resource("Grief group", "grief_bereavement", status="defunct"),
    "closed": resource("Grief café", "grief_bereavement", status="temporarily closed"),
}
CRISIS = resource("Night line", "crisis_line", is_crisis=True, phones=PHONE)


def keys(query: str, directory: dict[str, Any] = DIRECTORY, **options: Any) -> list[str]:
    return [hit.key for hit in search(directory, query, today=TODAY, **options)]


def test_a_word_a_beginning_and_a_typing_error_all_find_it() -> None:
    for query in ("psychologist", "psychol", "psycholgist", "PSYCHOLOIGST", "harbor practice", "practise"):
        assert keys(query)[0] == "psych", query


def test_accents_and_case_do_not_matter() -> None:
    assert keys("citta") == keys("CITTÀ") == ["union"]
    assert keys("cafe")[0] == "closed"


def test_short_words_must_be_right() -> None:
    assert keys("nuion") == ["union"]
    assert keys("bod") == []


def test_the_label_of_a_category_finds_it_in_the_reader_s_language() -> None:
    assert keys("lutto", lang="it")[0] == "grief"
    assert keys("lutto", lang="en") == []
    assert keys("bereavement", lang="it")[0] == "grief"


def test_a_number_finds_its_line() -> None:
    assert keys("0199", {**DIRECTORY, "line": CRISIS}) == ["line"]


def test_the_name_outweighs_the_description_and_more_words_outweigh_one() -> None:
    assert keys("grief") == ["closed", "grief", "chapel"]
    assert keys("grief hospice")[0] == "grief"


def test_what_is_gone_is_not_found() -> None:
    assert "gone" not in keys("grief") + keys("")


def test_equal_matches_are_ordered_by_status_then_age_then_name() -> None:
    stale = (TODAY - timedelta(days=120)).isoformat()
    old = (TODAY - timedelta(days=400)).isoformat()
    same = {
        "closed": resource("Line", "eap", status="temporarily closed"),
        "red": resource("Line", "eap", phones=PHONE, assured_date=old),
        "amber": resource("Line", "eap", phones=PHONE, assured_date=stale),
        "fresh": resource("Line", "eap", phones=PHONE),
    }
    assert keys("line", same) == ["fresh", "amber", "red", "closed"]
    hits = {hit.key: hit.freshness for hit in search(same, "line", today=TODAY)}
    assert (hits["fresh"], hits["amber"], hits["red"]) == ("fresh", "amber", "red")


def test_a_category_narrows_the_search() -> None:
    assert keys("", category="grief_bereavement") == ["grief", "closed"]
    assert keys("desk", category="grief_bereavement") == []


@pytest.mark.parametrize("change", [{}, {"status": "defunct"}, {"assured_date": "2020-01-01"}, {"name": 7}])
@pytest.mark.parametrize("query", ["", "grief", "zzzz", "night"])
@pytest.mark.parametrize("limit", [1, 3, 20])
def test_the_only_crisis_entry_is_never_hidden(change: dict[str, Any], query: str, limit: int) -> None:
    directory = {**DIRECTORY, "line": {**CRISIS, **change}}
    assert "line" in keys(query, directory, limit=limit)
    assert "line" in keys(query, directory, limit=limit, category="grief_bereavement")


def test_a_crisis_entry_that_was_not_found_comes_last_and_says_so() -> None:
    hits = search({**DIRECTORY, "line": CRISIS}, "grief", today=TODAY)
    assert [hit.matched for hit in hits] == [True] * (len(hits) - 1) + [False]
    assert hits[-1].key == "line"


def test_the_best_crisis_entry_is_the_one_that_is_shown() -> None:
    old = (TODAY - timedelta(days=90)).isoformat()
    directory = {"old": {**CRISIS, "assured_date": old}, "new": CRISIS, "gone": {**CRISIS, "status": "defunct"}}
    assert keys("grief", directory)[-1] == "new"
    del directory["new"]
    assert keys("grief", directory)[-1] == "old"


@given(
    st.dictionaries(st.integers(), records("resource", YOU_MATTER), max_size=6),
    st.text(max_size=12),
    st.integers(1, 4),
)
def test_a_search_answers_within_its_limit_and_with_help(
    directory: dict[int, dict[str, Any]], query: str, limit: int
) -> None:
    hits = search(directory, query, today=TODAY, limit=limit)
    found = [hit.key for hit in hits]
    assert len(found) == len(set(found)) <= limit
    if any(fields.get("is_crisis") for fields in directory.values()):
        assert any(directory[key].get("is_crisis") for key in found)


@given(
    records("resource", YOU_MATTER),
    st.lists(st.text("abcdefghijklmnopqrstuvwxyzàéîöñç0123456789", min_size=1, max_size=12), min_size=1, max_size=4),
)
def test_a_resource_is_found_by_every_word_of_its_name(fields: dict[str, Any], words: list[str]) -> None:
    named = {**fields, "name": " ".join(words), "status": "active"}
    for word in words:
        assert [hit.matched for hit in search({"it": named}, word.upper(), today=TODAY)] == [True]


def test_a_word_with_an_error_is_found_while_it_is_typed() -> None:
    for query in ("psyco", "psycolog", "bereva", "counsleing"):
        assert keys(query), query
    assert keys("psycolog")[0] == "psych"
    assert keys("beraeve")[0] == "grief"


def test_letters_that_unicode_leaves_whole_are_found_by_their_plain_ones() -> None:
    foreign = {
        "dk": resource("Sørgerådgivning", "other"),
        "pl": resource("Żałoba Łódź", "other"),
        "de": resource("Krisendienst Große Straße", "other"),
        "is": resource("Þjónusta við aðstandendur", "other"),
        "tr": resource("İstanbul ışık", "other"),
    }
    found = {
        query: keys(query, foreign) for query in ("sorge", "lodz", "ZALOBA", "grosse", "thjonusta", "istanbul isik")
    }
    assert {query: hits[0] for query, hits in found.items()} == {
        "sorge": "dk", "lodz": "pl", "ZALOBA": "pl", "grosse": "de", "thjonusta": "is", "istanbul isik": "tr",
    }  # fmt: skip
    assert keys("ŁÓDŹ", foreign) == ["pl"]


def test_a_language_finds_who_speaks_it_by_its_name_in_the_reader_s_language() -> None:
    directory = {
        "es": resource("Line", "eap", languages=["en", "es"]),
        "br": resource("Linha", "eap", languages=["pt-BR"]),
        "xx": resource("Rare", "eap", languages=["xx"]),
    }
    assert keys("spanish", directory) == keys("spagnolo", directory, lang="it") == ["es"]
    assert keys("spnaish", directory) == ["es"]
    assert keys("portuguese", directory) == ["br"]
    assert keys("other", directory) == []
    assert keys("", directory, language="pt") == ["br"]
    assert keys("", directory, language="PT-br") == ["br"]
    assert keys("line", directory, language="es") == ["es"]
    assert keys("", directory, language="p") == []


def test_the_only_crisis_entry_is_shown_whatever_its_languages() -> None:
    assert keys("", {**DIRECTORY, "line": CRISIS}, language="fi") == ["line"]


def test_an_index_answers_again_and_for_another_day() -> None:
    index = Index({**DIRECTORY, "line": CRISIS})
    first = index.search("grief", today=TODAY)
    assert index.search("grief", today=TODAY) == first == search({**DIRECTORY, "line": CRISIS}, "grief", today=TODAY)
    later = index.search("grief", today=TODAY + timedelta(days=800))
    assert {hit.freshness for hit in later} == {"red"}


def plain_search(directory: dict[int, dict[str, Any]], word: str) -> set[int]:
    """The entries that hold a word as typed, by looking at each."""
    return {key for key, fields in directory.items() if word in words_of(str(fields["name"]))}


@given(
    st.dictionaries(
        st.integers(), st.lists(st.text("abcdeé", min_size=1, max_size=9), min_size=1, max_size=3), max_size=8
    ),
    st.text("abcde", min_size=1, max_size=9),
)
def test_the_index_passes_over_nothing(names: dict[int, list[str]], wanted: str) -> None:
    directory = {key: resource(" ".join(words)) for key, words in names.items()}
    edits = allowed_edits(wanted)
    expected = {
        key
        for key, words in names.items()
        for word in words_of(" ".join(words))
        if word.startswith(wanted)
        or (edits and (within(wanted, word, edits) or (word[0] == wanted[0] and begins_within(wanted, word, edits))))
    }
    found = {hit.key for hit in search(directory, wanted, today=TODAY)}
    assert found == expected >= plain_search(directory, wanted)
