from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.records import prepare
from schemas.records.hsds import from_hsds
from tests.schemas.records.strategies import TODAY, YOU_MATTER, records

SERVICE: dict[str, Any] = {
    "name": "Community Counselling",
    "alert": None,
    "status": "active",
    "assured_date": "2026-02-01",
    "organization": {"id": "0fdfb57f", "name": "Example Trust"},
    "languages": [{"name": "Urdu", "code": "ur"}, {"name": "Italian", "code": "it", "note": None}],
    "service_areas": [{"name": "North"}, {"name": "South"}],
    "phones": [{"number": "+44 1234 234567", "extension": 100, "type": "voice"}, {"number": "112", "type": None}],
    "schedules": [{"freq": "WEEKLY", "byday": "MO, TU", "opens_at": "10:00:00", "closes_at": "18:00", "until": None}],
    "categories": ["psychologist_therapist"],
}


def test_an_hsds_service_becomes_a_resource() -> None:
    flat = from_hsds(SERVICE)
    assert flat == {
        "name": "Community Counselling",
        "status": "active",
        "assured_date": "2026-02-01",
        "organization": "Example Trust",
        "languages": ["ur", "it"],
        "service_area": "North, South",
        "phones": [{"number": "+44 1234 234567", "extension": "100", "type": "voice"}, {"number": "112"}],
        "schedules": [{"freq": "WEEKLY", "byday": ["MO", "TU"], "opens_at": "10:00", "closes_at": "18:00"}],
        "categories": ["psychologist_therapist"],
    }
    assert prepare("resource", flat, today=TODAY)["phones"][1] == {"number": "112", "type": "voice"}  # type: ignore[index]


@given(records("resource", YOU_MATTER))
def test_what_is_flat_stays_as_it_is(fields: dict[str, Any]) -> None:
    assert from_hsds(fields) == fields


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["code", "name", "byday", "opens_at", "extension"]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["organization", "languages", "service_areas", "phones", "schedules"]), SHAPES))
def test_other_shapes_pass_through_for_validation_to_name(entry: dict[str, Any]) -> None:
    flat = from_hsds(entry)
    assert None not in flat.values() or "organization" in entry
