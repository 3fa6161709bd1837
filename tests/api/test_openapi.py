"""openapi.yaml is what the server serves, and says all that a client author needs."""

from typing import Any

import pytest
import yaml

from api.openapi import ROOT, generated, main
from schemas.problem_document import ProblemDocument
from schemas.problems import PROBLEMS, URN
from schemas.wire import OwnEntry, PulledEntry
from tests.support.client import Host

CHECKED_IN = yaml.safe_load((ROOT / "openapi.yaml").read_text())
OPERATIONS = [
    (path, method, operation) for path, methods in CHECKED_IN["paths"].items() for method, operation in methods.items()
]


def test_the_written_files_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert {path.name: path.read_text() == text for path, text in generated().items()} == {
        "openapi.yaml": True,
        "8-problems.md": True,
    }
    assert main(["--check"]) == 0
    assert capsys.readouterr().err == ""


async def test_the_server_serves_the_same_document(host: Host) -> None:
    served = (await host.client.get("/v1/openapi.json")).json()
    assert served == CHECKED_IN
    assert served["openapi"].startswith("3.1")


def test_the_document_names_every_address_of_the_protocol() -> None:
    assert {(path, method) for path, method, _ in OPERATIONS} == {
        ("/v1/sync", "post"),
        ("/v1/slips", "get"),
        ("/v1/challenges", "post"),
        ("/v1/sessions", "post"),
        ("/v1/programmes", "post"),
        ("/v1/keys", "post"),
        ("/v1/wraps", "get"),
        ("/v1/names", "get"),
        ("/v1/witness", "get"),
        ("/v1/missing", "get"),
        ("/v1/reports", "post"),
        ("/v1/reports", "get"),
        ("/v1/verify-key", "post"),
        ("/v1/verify-key", "get"),
        ("/v1/verifiers", "post"),
        ("/v1/decisions", "get"),
        ("/v1/decisions", "post"),
        ("/v1/accepted", "get"),
        ("/v1/shares", "post"),
        ("/v1/release", "get"),
        ("/v1/limits", "get"),
        ("/v1/health", "get"),
    }


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=lambda value: str(value)[:20])
def test_an_operation_says_what_it_does_and_what_may_go_wrong(path: str, method: str, operation: Any) -> None:
    assert operation["operationId"]
    assert operation["summary"]
    assert operation["description"]
    assert "200" in operation["responses"]
    for status, response in operation["responses"].items():
        assert response["description"]
        if status == "200":
            continue
        problem = response["content"]["application/problem+json"]
        assert problem["schema"] == {"$ref": "#/components/schemas/ProblemDocument"}
        assert problem["examples"]
        for name in problem["examples"]:
            assert PROBLEMS[name].status == int(status)
    assert "500" in operation["responses"]
    if path == "/v1/reports" and method == "post":
        # Its body is no JSON.
        assert {"403", "413", "415"} <= operation["responses"].keys()
        assert not {"400", "422"} & operation["responses"].keys()
    elif method == "post" and path != "/v1/challenges":
        assert {"400", "413", "415", "422"} <= operation["responses"].keys()
    if path in ("/v1/sync", "/v1/wraps", "/v1/keys", "/v1/names", "/v1/witness"):
        assert operation["security"] == [{"session": []}]
        assert "401" in operation["responses"]


def test_every_problem_is_an_example() -> None:
    examples = {name: one["value"] for name, one in CHECKED_IN["components"]["examples"].items()}
    assert examples.keys() == PROBLEMS.keys()
    for name, example in examples.items():
        problem = PROBLEMS[name]
        assert (example["type"], example["status"], example["title"], example["next"]) == (
            URN + name, problem.status, problem.title, problem.next,
        )  # fmt: skip
        ProblemDocument.model_validate(example)


def test_generated_clients_hold_53_bits() -> None:
    position = CHECKED_IN["components"]["schemas"]["Cursor"]["properties"]["position"]
    assert position["format"] == "int64"


def test_an_entry_of_an_answer_is_one_model_of_which_both_kinds_are_valid() -> None:
    """openapi-generator merged the members of the union into one class, and required the members of both."""
    schemas = CHECKED_IN["components"]["schemas"]
    entry = schemas["LogEntry"]
    assert schemas["LogAnswer"]["properties"]["entries"]["items"] == {"$ref": "#/components/schemas/LogEntry"}
    assert entry["required"] == ["position"]
    assert set(entry["properties"]) == PulledEntry.model_fields.keys() | OwnEntry.model_fields.keys()
    assert not {"PulledEntry", "OwnEntry"} & schemas.keys()


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(ids) == len(set(ids))


def test_every_property_is_described_with_an_example() -> None:
    schemas = CHECKED_IN["components"]["schemas"]

    def has_example(schema: dict[str, Any]) -> bool:
        if "$ref" in schema:
            return has_example(schemas[schema["$ref"].rsplit("/", 1)[-1]])
        if "examples" in schema:
            return bool(schema["examples"])
        if "anyOf" in schema:
            return has_example(schema["anyOf"][0])
        if schema.get("type") == "array":
            return has_example(schema["items"])
        return all(has_example(one) for one in schema["properties"].values())

    for name, schema in schemas.items():
        for key, one in schema.get("properties", {}).items():
            assert one.get("description"), f"{name}.{key}"
            assert has_example(one), f"{name}.{key}"


def test_nothing_of_the_framework_s_own_errors_is_left() -> None:
    assert not {"HTTPValidationError", "ValidationError"} & CHECKED_IN["components"]["schemas"].keys()


def test_references_lead_somewhere() -> None:
    components = CHECKED_IN["components"]

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                *_, kind, name = value["$ref"].split("/")
                assert name in components[kind]
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(CHECKED_IN)
