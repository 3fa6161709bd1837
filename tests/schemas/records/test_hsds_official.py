"""An export held against the official files of HSDS 3.0, and our restatement of them (`hsds-3.0.json`) against both.

The files are not part of this project (CC BY-SA 4.0). They are the folder `schema/` of
github.com/openreferral/specification at tag 3.0; `HALLWAY_HSDS_SCHEMA` names that folder.
"""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from schemas.records import read_directory
from tests.schemas.records.strategies import TODAY, YOU_MATTER, directories
from tests.schemas.records.test_hsds_export import DEMO, RIGHT, RULES, WRONG, export

FOLDER = os.environ.get("HALLWAY_HSDS_SCHEMA")
# What says something to people and to tables of CSV, and nothing to a validator of JSON.
NOTES = {
    "$id", "$schema", "name", "path", "title", "description", "example", "core", "constraints", "datapackage_type",
    "datapackage_metadata", "tabular_required",
}  # fmt: skip
OBJECTS = sorted(set(RULES["$defs"]) - {"id"})

pytestmark = pytest.mark.skipif(
    FOLDER is None,
    reason="to hold exports against HSDS's own schema, set HALLWAY_HSDS_SCHEMA to the folder schema/ of"
    " github.com/openreferral/specification at tag 3.0",
)


def official(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(FOLDER or "") / name).read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def hsds() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(
        {"type": "array", "items": {"$ref": "service.json"}},
        validate_formats=True,
        base_uri="https://schema.invalid/",
        retriever=lambda uri: official(uri.rsplit("/", 1)[-1]),
    )


def test_the_demonstration_s_directory_is_valid(hsds: jsonschema_rs.Validator) -> None:
    own = read_directory(DEMO.read_bytes(), "json", today=TODAY, programme=YOU_MATTER)
    services = json.loads(export(*own.resources))
    assert len(services) == len(own.resources) > 0
    assert list(hsds.iter_errors(services)) == []


@given(directories())
def test_every_directory_is_valid(hsds: jsonschema_rs.Validator, entries: list[dict[str, Any]]) -> None:
    assert list(hsds.iter_errors(json.loads(export(*entries)))) == []


@pytest.mark.parametrize("change", WRONG)
def test_a_wrong_service_is_refused(hsds: jsonschema_rs.Validator, change: dict[str, Any]) -> None:
    assert hsds.is_valid([RIGHT])
    assert not hsds.is_valid([{**RIGHT, **change}])
    assert not hsds.is_valid({"services": [RIGHT]})


@pytest.mark.parametrize("name", OBJECTS)
def test_our_rules_are_those_of_the_file(name: str) -> None:
    ours, theirs = RULES["$defs"][name], official(f"{name}.json")
    # The schema closes no object; ours are closed, so that an export names nothing but HSDS's members.
    assert ours["additionalProperties"] is False
    assert set(ours) - {"additionalProperties"} == set(theirs) - NOTES
    assert (ours["type"], sorted(ours["required"])) == (theirs["type"], sorted(theirs["required"]))
    members = {member: demands(rule) for member, rule in ours["properties"].items()}
    assert members == {
        member: demands(rule) for member, rule in theirs["properties"].items() if member in ours["properties"]
    }


def demands(rule: dict[str, Any]) -> dict[str, Any]:
    """What a member's rule demands, in the form of the official files: other objects by the name of their file."""
    target = rule.get("$ref")
    if target == "#/$defs/id":
        return demands(RULES["$defs"]["id"])
    said = {key: value for key, value in rule.items() if key not in NOTES}
    if target is not None:
        said["$ref"] = target.removeprefix("#/$defs/").removesuffix(".json")
    if "items" in said:
        said["items"] = demands(said["items"])
    return said
