"""The OpenAPI document of the application: the routes as FastAPI sees them, and the plain ASGI one beside them."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.describe import Responses, examples
from schemas.problem_document import ProblemDocument
from schemas.wire import SyncAnswer, SyncRequest

VERSION = "1"
DESCRIPTION = (
    "The wire of the Hallway sync protocol; docs/protocol/ says what it means. Bodies are JSON; byte strings are "
    "canonical unpadded base64url. Every answer that is not a success is a problem document. Addresses that do not "
    "exist answer `not-found`, other methods `method-not-allowed`."
)
REFERENCES = "#/components/schemas/{model}"


def describe(app: FastAPI, path: str, operation: dict[str, Any], responses: Responses) -> None:
    """Makes `app.openapi()` describe the routes of `app` and the plain ASGI one at `path`."""
    document: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not document:
            document.update(_document(app, path, operation, responses))
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI, path: str, operation: dict[str, Any], responses: Responses) -> dict[str, Any]:
    document = get_openapi(
        title="Hallway",
        version=VERSION,
        description=DESCRIPTION,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    _, models = models_json_schema(
        [(SyncRequest, "validation"), (SyncAnswer, "serialization"), (ProblemDocument, "serialization")],
        ref_template=REFERENCES,
    )
    components = document["components"]
    components["schemas"] = dict(sorted({**models["$defs"], **components["schemas"]}.items()))
    components["examples"] = examples()
    _one_entry(components["schemas"])
    _close(components["schemas"])
    answer = {"description": SyncAnswer.__doc__, "content": _json(SyncAnswer)}
    operation = {
        **operation,
        "requestBody": {"required": True, "content": _json(SyncRequest)},
        "responses": {"200": answer, **{str(status): one for status, one in responses.items()}},
    }
    document["paths"] = {path: {"post": operation}, **document["paths"]}
    return document


def _one_entry(schemas: dict[str, Any]) -> None:
    """Describes both kinds of entry in an answer as one: of a union, generated clients require the members of both."""
    pulled, own = schemas.pop("PulledEntry"), schemas.pop("OwnEntry")
    schemas["LogEntry"] = {
        "title": "LogEntry",
        "type": "object",
        "description": "An entry above the cursor: header, body and signature; of the asking device, `sequence` alone.",
        "properties": {**pulled["properties"], **own["properties"]},
        "required": ["position"],
    }
    schemas["LogAnswer"]["properties"]["entries"]["items"] = {"$ref": REFERENCES.format(model="LogEntry")}


def _close(schemas: dict[str, Any]) -> None:
    """Says "no other members" in the words that openapi-generator reads; it takes the other ones for a missing name."""
    for schema in schemas.values():
        if schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
            schema["unevaluatedProperties"] = False


def _json(model: type[object]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REFERENCES.format(model=model.__name__)}}}
