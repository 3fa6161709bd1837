"""The record types that people type, together: an entry of any of them is corrected by the same command."""

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from cli.contact import CONTACT
from cli.fields import Form
from cli.phone_own import AVAILABILITY, PLAN, SHIFT, SUPERVISION, TRAINING
from schemas.records import FieldSpec, label

FORMS: Mapping[str, Form] = {
    form.kind.name: form for form in (CONTACT, TRAINING, SUPERVISION, SHIFT, AVAILABILITY, PLAN)
}
"""Record type -> its form."""
SEVERAL = "Of several types"

_PREFIX = "typed_"
"""In front of the names of parameters: `from` is an option, and no name."""


def every_option(function: Callable[..., None]) -> Callable[..., None]:
    """Gives `function` each option of each form once, in the place of its `**typed`."""
    signature = inspect.signature(function, eval_str=True)
    own = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    options = [_parameter(option, fields) for option, fields in _options().items()]
    function.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    return function


def fields_typed(form: Form, typed: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What was typed, by fields of `form`, and the options that are those of other types alone."""
    known = {form.option_of(name): name for name in form.kind.fields}
    given = {option_of(parameter): value for parameter, value in typed.items() if value is not None}
    return {known[option]: value for option, value in given.items() if option in known}, sorted(
        given.keys() - known.keys()
    )


def option_of(parameter: str) -> str:
    """The option of a parameter that `every_option` made."""
    return "--" + parameter.removeprefix(_PREFIX).replace("_", "-")


def _options() -> dict[str, list[tuple[Form, FieldSpec]]]:
    """Option -> the fields that it sets, of a type each."""
    found: dict[str, list[tuple[Form, FieldSpec]]] = {}
    for form in FORMS.values():
        for spec in form.kind.fields.values():
            found.setdefault(form.option_of(spec.name), []).append((form, spec))
    return found


def _parameter(option: str, fields: list[tuple[Form, FieldSpec]]) -> inspect.Parameter:
    (many,) = {form.is_many(spec) for form, spec in fields}
    kinds = [label("en", "record_type", form.kind.name) for form, _ in fields]
    said = {kind: form.help_of(spec) for kind, (form, spec) in zip(kinds, fields, strict=True)}
    help_ = " ".join(f"{kind}: {text}" for kind, text in said.items()) if len(fields) > 1 else said[kinds[0]]
    made = typer.Option(option, help=help_, rich_help_panel=SEVERAL if len(fields) > 1 else kinds[0])
    annotation = Annotated[list[str] | None if many else str | None, made]  # type: ignore[valid-type]
    name = _PREFIX + option.removeprefix("--").replace("-", "_")
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
