from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import labels_of, prepare
from schemas.records.hsds import from_hsds, rows
from tests.schemas.records.strategies import TODAY

SERVICE: dict[str, Any] = {
    "id": "ac148810-d857-441c-9679-408f346de14b",
    "name": "Community Counselling",
    "alternate_name": "MyCity Counselling",
    "alert": None,
    "status": "active",
    "description": "Trained people.\n\nNo waiting list.",
    "minimum_age": 12,
    "assured_date": "2026-02-01",
    "organization": {"id": "0fdfb57f", "name": "Example Trust", "description": "A charity", "website": "x"},
    "languages": [
        {"name": "Urdu", "code": "ur"},
        {"name": "Italian", "note": None},
        {"name": "Elvish"},
        {"code": "EN"},
    ],
    "service_areas": [{"name": "North"}, {"name": "South", "extent": "here"}],
    "phones": [
        {"number": '"+44 1234 234567"', "extension": 100, "type": "Voice", "description": "Reception"},
        {"number": "112", "type": None},
    ],
    "schedules": [
        {"freq": "WEEKLY", "byday": "MO, TU", "opens_at": "10:00:00", "closes_at": "18:00", "until": None},
        {"freq": "MONTHLY", "byday": "1SA", "opens_at": "09:00", "closes_at": "12:00"},
    ],
    "attributes": [{"id": "1", "taxonomy_term": {"id": "2", "name": "stress"}}],
    "funding": [{"source": "gifts"}],
    "contacts": [],
}


def read(service: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    lost: list[tuple[str, str]] = []
    return from_hsds(service, lambda field, reason: lost.append((field, reason))), lost


def schedules(*rules: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    fields, lost = read({"name": "Desk", "schedules": list(rules)})
    return {name: fields[name] for name in fields if name != "name"}, {reason for _, reason in lost}


RULE = {"freq": "WEEKLY", "byday": "MO,TU", "opens_at": "09:00", "closes_at": "17:00"}
KEPT = {"freq": "WEEKLY", "byday": ["MO", "TU"], "opens_at": "09:00", "closes_at": "17:00"}


def test_a_service_becomes_a_resource_and_nothing_is_lost_in_silence() -> None:
    fields, lost = read(SERVICE)
    assert fields == {
        "name": "Community Counselling",
        "status": "active",
        "description": "Trained people. No waiting list.",
        "assured_date": "2026-02-01",
        "organization": "Example Trust",
        "languages": ["ur", "it", "en"],
        "service_area": "North, South",
        "phones": [{"number": "+44 1234 234567", "extension": "100", "type": "voice"}, {"number": "112"}],
        "schedules": [{"freq": "WEEKLY", "byday": ["MO", "TU"], "opens_at": "10:00", "closes_at": "18:00"}],
    }
    assert sorted(lost) == [
        ("alternate_name", "not-kept"),
        ("attributes", "taxonomy-unknown"),
        ("funding", "not-kept"),
        ("languages", "language-unknown"),
        ("minimum_age", "not-kept"),
        ("organization.website", "not-kept"),
        ("phones.description", "not-kept"),
        ("schedules", "not-weekly"),
        ("service_areas.extent", "not-kept"),
    ]
    ready = prepare("resource", {**fields, "categories": ["other"]}, today=TODAY)
    assert ready["phones"][1] == {"number": "112", "type": "voice"}  # type: ignore[index]


def test_every_reason_has_its_words() -> None:
    reasons = {"not-kept", "shortened", "language-unknown", "taxonomy-unknown", "not-weekly", "zones-differ"}
    assert set(labels_of("en", "import_remark")) == reasons


def test_a_long_description_is_shortened_and_said() -> None:
    fields, lost = read({"name": "Desk", "description": "long " * 100})
    assert len(fields["description"]) <= 280
    assert fields["description"].endswith("long…")
    assert lost == [("description", "shortened")]


def test_the_offset_of_times_becomes_the_zone() -> None:
    for rule, zone in (
        ({**RULE, "opens_at": "09:00Z", "closes_at": "17:00Z"}, "+00:00"),
        ({**RULE, "opens_at": "09:00-05:00", "closes_at": "17:00-05:00"}, "-05:00"),
        ({**RULE, "timezone": 5.5}, "+05:30"),
        ({**RULE, "timezone": -3}, "-03:00"),
        ({**RULE, "timezone": 0}, "+00:00"),
    ):
        assert schedules(rule) == ({"schedules": [KEPT], "timezone": zone}, set())
    assert schedules(RULE) == ({"schedules": [KEPT]}, set())
    assert schedules({**RULE, "timezone": 1}, {**RULE, "timezone": 2}) == ({}, {"zones-differ"})


def test_validity_bounds_a_rule() -> None:
    rule = {**RULE, "valid_from": "2026-01-01", "valid_to": "2026-12-31", "until": "2026-06-30T00:00:00Z"}
    assert schedules(rule)[0]["schedules"] == [{**KEPT, "dtstart": "2026-01-01", "until": "2026-06-30"}]


def test_without_days_it_is_the_day_on_which_it_starts() -> None:
    rule = {name: value for name, value in RULE.items() if name != "byday"}
    assert schedules({**rule, "dtstart": "2026-11-20"})[0]["schedules"][0]["byday"] == ["FR"]
    assert schedules(rule) == ({}, {"not-weekly"})


@pytest.mark.parametrize(
    "change",
    [
        {"freq": "MONTHLY"},
        {"count": 3},
        {"byweekno": "41"},
        {"bymonthday": "1"},
        {"byyearday": "-1"},
        {"byday": "1MO"},
        {"byday": "MO,1TU"},
        {"opens_at": None},
        {"closes_at": "late"},
        {"interval": 2},
        {"interval": 0},
        {"interval": "2"},
        {"interval": 2, "dtstart": "2026-01-05", "wkst": "SU"},
    ],
)
def test_a_rule_that_would_have_to_be_guessed_at_is_left_out(change: dict[str, Any]) -> None:
    assert schedules({**RULE, **change}, RULE) == ({"schedules": [KEPT]}, {"not-weekly"})


def test_a_day_and_a_night_end_at_midnight() -> None:
    always = {**RULE, "opens_at": "00:00:00", "closes_at": "23:59"}
    assert schedules(always)[0]["schedules"][0]["closes_at"] == "24:00"
    assert schedules({**RULE, "interval": 1.0})[0]["schedules"] == [KEPT]


def test_the_shapes_of_a_file() -> None:
    for document in ([SERVICE], {"services": [SERVICE]}, {"contents": [SERVICE], "total_pages": 1}):
        found = rows(document)
        assert found is not None
        assert list(found) == [SERVICE]
    assert rows({"resources": []}) is rows({}) is rows("services") is rows(None) is None


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["code", "name", "byday", "opens_at", "closes_at", "extension", "number", "interval", "freq", "dtstart",
                 "timezone", "link_type", "value", "attributes", "until"]
            ),
            inner,
        )
    ),
    max_leaves=10,
)  # fmt: skip
MEMBERS = [
    "name", "organization", "languages", "service_areas", "phones", "schedules", "attributes", "description", "x",
]  # fmt: skip


@given(st.dictionaries(st.sampled_from(MEMBERS), SHAPES))
def test_other_shapes_pass_through_for_validation_to_name(entry: dict[str, Any]) -> None:
    fields, lost = read(entry)
    assert None not in fields.values()
    assert {reason for _, reason in lost} <= set(labels_of("en", "import_remark"))
