"""The models of the wire: frozen, bounded, and described; closed where they come from a client."""

import inspect
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema

from schemas import problem_document, wire
from schemas.wire import Open, Wire

MODELS = [
    model
    for module in (wire, problem_document)
    for _, model in inspect.getmembers(module, inspect.isclass)
    if issubclass(model, BaseModel) and model not in (BaseModel, Wire, Open) and model.__module__ == module.__name__
]
WIRE = [model for model in MODELS if issubclass(model, Wire)]
ANSWERS = (
    *(wire.ChallengeAnswer, wire.SessionAnswer, wire.FoundingAnswer, wire.SyncAnswer, wire.WrapsAnswer),
    *(wire.KeysAnswer, wire.NamesAnswer, wire.LimitsAnswer, wire.HealthAnswer),
)
REQUESTS = (wire.SessionRequest, wire.FoundingRequest, wire.SyncRequest, wire.KeysRequest)


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    _, schema = models_json_schema([(model, "validation")])
    return schema["$defs"]  # type: ignore[no-any-return]


def example(schema: dict[str, Any], definitions: dict[str, Any]) -> Any:
    """A value made of the examples of a schema alone."""
    if "$ref" in schema:
        return example(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    if "examples" in schema:
        return schema["examples"][0]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], definitions)
    if schema["type"] == "array":
        return [example(schema["items"], definitions)]
    return {name: example(one, definitions) for name, one in schema["properties"].items()}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_property_is_described_and_the_examples_are_valid(model: type[BaseModel]) -> None:
    definitions = schema_of(model)
    described = definitions[model.__name__]
    assert described["description"]
    for name, one in described["properties"].items():
        assert one["description"], name
    value = example(described, definitions)
    made = model.model_validate(value)
    assert made.model_dump(mode="json") == value


def extended(value: Any) -> Any:
    """The same with a member that nobody knows in each object, however deep."""
    if isinstance(value, list):
        return [extended(one) for one in value]
    if isinstance(value, dict):
        return {**{name: extended(one) for name, one in value.items()}, "later": {"x": [1]}}
    return value


@pytest.mark.parametrize("model", WIRE, ids=lambda model: model.__name__)
def test_objects_are_frozen_and_closed_but_for_those_of_answers(model: type[BaseModel]) -> None:
    definitions = schema_of(model)
    value = example(definitions[model.__name__], definitions)
    made = model.model_validate(value)
    if issubclass(model, Open):
        assert "additionalProperties" not in definitions[model.__name__]
        assert model.model_validate({**value, "later": 1}) == made
    else:
        assert definitions[model.__name__]["additionalProperties"] is False
        with pytest.raises(ValidationError):
            model.model_validate({**value, "later": 1})
    with pytest.raises(ValidationError):
        setattr(made, next(iter(value)), None)


@pytest.mark.parametrize("model", ANSWERS, ids=lambda model: model.__name__)
def test_what_a_later_server_adds_at_any_depth_is_ignored(model: type[BaseModel]) -> None:
    """Models closed for requests and answers alike would have stopped every phone at the first new member."""
    definitions = schema_of(model)
    value = example(definitions[model.__name__], definitions)
    assert model.model_validate(extended(value)) == model.model_validate(value)


@pytest.mark.parametrize("model", REQUESTS, ids=lambda model: model.__name__)
def test_all_objects_of_a_request_are_closed(model: type[BaseModel]) -> None:
    objects = [one for one in schema_of(model).values() if "properties" in one]
    assert all(one["additionalProperties"] is False for one in objects)


@pytest.mark.parametrize("model", WIRE, ids=lambda model: model.__name__)
def test_every_integer_has_bounds_and_every_list_of_a_request_an_end(model: type[BaseModel]) -> None:
    def walk(schema: Any, name: str) -> None:
        if isinstance(schema, list):
            for one in schema:
                walk(one, name)
        if not isinstance(schema, dict):
            return
        if schema.get("type") == "integer":
            assert "minimum" in schema, name
            assert "maximum" in schema or "exclusiveMaximum" in schema, name
        if schema.get("type") == "array" and "Request" in model.__name__:
            assert "maxItems" in schema, name
        for key, one in schema.items():
            walk(one, key)

    walk(schema_of(model)[model.__name__], model.__name__)


@pytest.mark.parametrize(
    "value", ["1", 1.5, True, None, -1, -1.0, 2**53, 2.0**53, 2**64, 1e300, float("inf"), float("nan")]
)
def test_positions_are_integers_or_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        wire.Cursor.model_validate({"position": value, "head": "A" * 43})


def test_a_whole_number_has_two_spellings_in_json() -> None:
    cursor = wire.Cursor.model_validate({"position": 7.0, "head": "A" * 43})
    assert (cursor.position, type(cursor.position)) == (7, int)


def test_entries_of_an_answer_are_whole_or_numbers() -> None:
    answer = {"log": "A" * 43, "known": True, "head": {"position": 1, "head": "A" * 43}, "accepted": [], "more": False}
    whole = {"position": 1, "header": "AA", "body": None, "signature": "A" * 86}
    own = {"position": 2, "sequence": 1}
    parsed = wire.LogAnswer.model_validate({**answer, "entries": [whole, own]})
    assert [type(entry) for entry in parsed.entries] == [wire.PulledEntry, wire.OwnEntry]
    # Whatever else a later server says of it: an entry with its header is whole.
    (both,) = wire.LogAnswer.model_validate({**answer, "entries": [{**whole, "sequence": 1}]}).entries
    assert isinstance(both, wire.PulledEntry)
