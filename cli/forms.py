"""The record types that people type, together: an entry of any of them is corrected by the same command."""

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from cli.contact import CONTACT
from cli.fields import Form
from cli.helping import SAID_IN
from cli.phone_own import AVAILABILITY, PLAN, SHIFT, SUPERVISION, TRAINING
from schemas.records import FieldSpec, Sentence, again, label

FORMS: Mapping[str, Form] = {
    form.kind.name: form for form in (CONTACT, TRAINING, SUPERVISION, SHIFT, AVAILABILITY, PLAN)
}
"""Record type -> its form."""
_PREFIX = "typed_"
"""In front of the names of parameters: `from` is an option, and no name."""


def every_option(function: Callable[..., None]) -> Callable[..., None]:
    """Gives `function` each option of each form once, in the place of its `**typed`."""
    signature = inspect.signature(function, eval_str=True)
    own = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    options = [_parameter(option, fields) for option, fields in _options().items()]
    function.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    setattr(function, SAID_IN, _said_in)
    return function


def fields_typed(form: Form, typed: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What was typed, by fields of `form`, and the options that are those of other types alone."""
    known = {form.option_of(name): name for name in form.kind.fields}
    given = {option_of(parameter): value for parameter, value in typed.items() if value is not None}
    own = {known[option]: value for option, value in given.items() if option in known}
    return own, sorted(given.keys() - known.keys())


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


def _said_in(lang: str) -> dict[str, tuple[str, str]]:
    return {_name(option): _said(fields, lang) for option, fields in _options().items()}


def _said(fields: list[tuple[Form, FieldSpec]], lang: str) -> tuple[str, str]:
    """Help and panel of an option; what is the same of several types is said once."""
    kinds: dict[str, list[str]] = {}
    for form, spec in fields:
        kinds.setdefault(form.help_of(spec, lang, new=False), []).append(label(lang, "record_type", form.kind.name))
    if len(fields) == 1:
        return next((said, kind) for said, (kind,) in kinds.items())
    said = " ".join(f"{', '.join(named)}: {said}" for said, named in kinds.items())
    return said, again(lang, Sentence("panel_several"))


def _name(option: str) -> str:
    return _PREFIX + option.removeprefix("--").replace("-", "_")


def _parameter(option: str, fields: list[tuple[Form, FieldSpec]]) -> inspect.Parameter:
    (many,) = {form.is_many(spec) for form, spec in fields}
    help_, panel = _said(fields, "en")
    made = typer.Option(option, help=help_, rich_help_panel=panel)
    annotation = Annotated[list[str] | None if many else str | None, made]  # type: ignore[valid-type]
    return inspect.Parameter(_name(option), inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
