import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.records import Fields, read_directory, to_hsds
from schemas.records.formats import FORMATS
from tests.schemas.records.strategies import TODAY, YOU_MATTER, directories

RULES = json.loads(Path(__file__).with_name("hsds-3.0.json").read_text(encoding="utf-8"))
HSDS = jsonschema_rs.validator_for(RULES, validate_formats=True)
DEMO = Path(__file__).resolve().parents[3] / "demo" / "data" / "directory.json"

ID = "ac148810-d857-441c-9679-408f346de14b"
RIGHT: dict[str, Any] = {"id": ID, "name": "Desk", "status": "active"}
WRONG: list[dict[str, Any]] = [
    {"id": "7"}, {"status": "open"}, {"name": 1}, {"url": "not a link"}, {"email": "nobody"}, {"phones": {}},
    {"phones": [{"number": "112"}]}, {"phones": [{"id": ID}]},
    {"phones": [{"id": ID, "number": "112", "extension": "7"}]},
    {"organization": {"id": ID, "name": "X"}}, {"languages": [{"code": "en"}]}, {"service_areas": [{"name": "Rome"}]},
    {"schedules": [{"id": ID, "byday": ["MO"]}]}, {"schedules": [{"id": ID, "freq": "YEARLY"}]},
    {"schedules": [{"id": ID, "timezone": "+01:00"}]}, {"attributes": [{"id": ID, "link_id": "7"}]},
    {"attributes": [{"id": ID, "taxonomy_term": {"id": ID, "name": "Food"}}]},
]  # fmt: skip


def export(*resources: Fields) -> bytes:
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
    assert HSDS.is_valid([RIGHT])
    for change in (*WRONG, {"colour": "red"}):
        assert not HSDS.is_valid([{**RIGHT, **change}])
    assert not HSDS.is_valid({"services": [RIGHT]})


@given(
    st.from_regex(FORMATS["url"][0], fullmatch=True).filter(lambda url: len(url) <= 300),
    st.from_regex(FORMATS["email"][0], fullmatch=True).filter(lambda email: len(email) <= 254),
)
@example("https://example.org/?q={x}|y", "@".join(["a..b", "example.org"]))
@example("https://example.org/100%#a#b", "@".join(["a", "-example.org"]))
@example("https://example.org/100%25#a?b", "@".join(["a.b", "example.org"]))
def test_a_link_that_hsds_refuses_is_kept_as_an_attribute(url: str, email: str) -> None:
    desk = {"name": "Desk", "status": "active", "assured_date": TODAY.isoformat(), "categories": ["eap"]}
    exported = export({**desk, "url": url, "email": email})
    assert list(HSDS.iter_errors(json.loads(exported))) == []
    back = read_directory(exported, "json", today=TODAY, programme=YOU_MATTER)
    [fields] = back.resources
    assert (fields["url"], fields["email"], back.remarks) == (url, email, ())


@given(directories())
def test_every_directory_is_valid_hsds_and_comes_back_whole(entries: list[dict[str, Any]]) -> None:
    exported = export(*entries)
    assert list(HSDS.iter_errors(json.loads(exported))) == []
    back = read_directory(exported, "json", today=TODAY, programme=YOU_MATTER)
    assert list(back.resources) == [kept(fields) for fields in entries]
    assert {remark.reason for remark in back.remarks} <= {"not-kept"}
    assert {remark.field for remark in back.remarks} <= {"phones.description"}
    # And once more: nothing wears off.
    assert export(*back.resources) == export(*[kept(fields) for fields in entries])


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
