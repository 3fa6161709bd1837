import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import prepare, read_directory, resource_key, to_hsds
from tests.schemas.records.strategies import TODAY, YOU_MATTER, records

RULES = json.loads(Path(__file__).with_name("hsds-3.0.json").read_text(encoding="utf-8"))
HSDS = jsonschema_rs.validator_for(RULES, validate_formats=True)
DEMO = Path(__file__).resolve().parents[3] / "demo" / "data" / "directory.json"


def export(*resources: dict[str, Any]) -> bytes:
    return json.dumps(to_hsds({bytes([at]) * 16: fields for at, fields in enumerate(resources)})).encode()


def kept(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as they come back: an empty list says nothing, and 23:59 at the end of a whole day is midnight."""
    read = {name: value for name, value in fields.items() if value != []}
    for rule in read.get("schedules", []):
        if (rule["opens_at"], rule["closes_at"]) == ("00:00", "23:59"):
            rule["closes_at"] = "24:00"
        if rule.get("interval") == 1:
            del rule["interval"]
    return read


def test_the_rules_tell_a_service_from_something_else() -> None:
    service = {"id": "ac148810-d857-441c-9679-408f346de14b", "name": "Desk", "status": "active"}
    assert HSDS.is_valid([service])
    for change in (
        {"id": "7"}, {"status": "open"}, {"name": 1}, {"colour": "red"}, {"url": "not a link"},
        {"phones": [{"number": "112"}]}, {"organization": {"name": "X"}}, {"schedules": [{"id": "1", "byday": ["MO"]}]},
    ):  # fmt: skip
        assert not HSDS.is_valid([{**service, **change}])
    assert not HSDS.is_valid({"services": [service]})


@given(st.lists(records("resource", YOU_MATTER), min_size=1, max_size=3, unique_by=resource_key))
def test_every_directory_is_valid_hsds_and_comes_back_whole(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        if entry.get("is_crisis"):
            entry["phones"] = [{"number": "112", "type": "voice"}]
    ready = [prepare("resource", entry, today=TODAY, programme=YOU_MATTER) for entry in entries]
    if len({resource_key(fields) for fields in ready}) < len(ready):
        return
    exported = export(*ready)
    assert list(HSDS.iter_errors(json.loads(exported))) == []
    back = read_directory(exported, "json", today=TODAY, programme=YOU_MATTER)
    assert list(back.resources) == [kept(fields) for fields in ready]
    assert {remark.reason for remark in back.remarks} <= {"not-kept"}
    assert {remark.field for remark in back.remarks} <= {"phones.description"}
    # And once more: nothing wears off.
    assert export(*back.resources) == export(*[kept(fields) for fields in ready])


def test_the_demonstration_s_directory_comes_back_whole() -> None:
    own = read_directory(DEMO.read_bytes(), "json", today=TODAY, programme=YOU_MATTER)
    exported = export(*own.resources)
    assert HSDS.is_valid(json.loads(exported))
    back = read_directory(exported, "json", today=TODAY, programme=YOU_MATTER)
    assert back.resources == own.resources
    assert back.remarks == ()


def test_a_resource_keeps_its_id() -> None:
    one = {"name": "Desk", "status": "active", "phones": [{"number": "112"}], "languages": ["en"]}
    first, second = (to_hsds({b"i" * 16: fields})[0] for fields in (one, {**one, "name": "Another"}))
    assert first["id"] == second["id"]
    assert first["phones"][0]["id"] == second["phones"][0]["id"]
    assert to_hsds({b"j" * 16: one})[0]["id"] != first["id"]


def test_times_say_their_zone() -> None:
    rule = {"freq": "WEEKLY", "byday": ["MO"], "opens_at": "00:00", "closes_at": "24:00"}
    desk = {"name": "Desk", "status": "active", "schedules": [rule]}
    [rome], [kathmandu], [nowhere] = (
        to_hsds({b"i" * 16: {**desk, **zone}})[0]["schedules"]
        for zone in ({"timezone": "Europe/Rome"}, {"timezone": "+05:45"}, {})
    )
    assert (rome["description"], rome["closes_at"]) == ("Local time in Europe/Rome.", "23:59")
    assert "timezone" not in rome
    assert kathmandu["timezone"] == 5.75
    assert not {"timezone", "description"} & set(nowhere)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": "on_holiday", "name": "Desk"},
        {"phones": "112", "schedules": [1], "languages": [[]], "categories": "eap", "organization": 7},
        {"phones": [{"type": "voice"}], "schedules": [{}], "is_crisis": "perhaps", "categories": ["of_next_year"]},
    ],
)
def test_a_record_of_a_newer_version_is_exported_as_far_as_hsds_goes(fields: dict[str, Any]) -> None:
    (service,) = to_hsds({b"i" * 16: fields})
    assert list(HSDS.iter_errors([service])) == []
    assert service["status"] in {"active", "inactive"}
