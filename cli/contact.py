"""The options of a contact, one a field of the record type, and what people typed into them as fields."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from cli.codes import listing, pick
from cli.errors import Usage
from schemas.records import Fields, FieldSpec, code_list, label, programme_list, record_type

CONTACT = record_type("contact")
SHORT = {
    "occurred_on": "date",
    "contact_kind": "kind",
    "duration_band": "duration",
    "reasons": "reason",
    "actions": "action",
    "referrals": "referral",
    "phases_done": "phase",
}
"""Field -> option, where the field's own name is not what one would type."""
SHAPES = {
    "occurred_on": "YYYY-MM-DD, today if left out.",
    "reasons": "Up to three times; the first is the main reason.",
    "referrals": "CATEGORY:METHOD[:OUTCOME], or the id of a resource in place of the category.",
    "facilitators": "COUNT or COUNT:KIND,KIND.",
    "tier": "Code of one of the programme's tiers, or its number, counted from 0.",
    "phases_done": "Code of one of the programme's phases; more than once if need be.",
}


@dataclass(frozen=True)
class Reading:
    """What is needed to read options: the language, the programme's settings, and how a resource's id is found."""

    lang: str
    programme: Fields | None
    resource: Callable[[str], bytes | None]


def option_of(field: str) -> str:
    """`--role-group` for `role_group`."""
    return "--" + SHORT.get(field, field).replace("_", "-")


def field_of(name: str) -> str:
    """The field meant by its own name or by that of its option. Raises Usage."""
    by_option = {option_of(field).removeprefix("--"): field for field in CONTACT.fields}
    choices = {field: label("en", "field.contact", field) for field in CONTACT.fields}
    return by_option.get(name.removeprefix("--"), "") or pick("--remove", name, choices)


def with_contact_options(function: Callable[..., None]) -> Callable[..., None]:
    """Gives `function` an option for each field of a contact, in the place of its `**typed`."""
    signature = inspect.signature(function, eval_str=True)
    own = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    options = [_parameter(spec) for spec in sorted(CONTACT.fields.values(), key=lambda spec: not spec.quick)]
    function.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    return function


def read_fields(typed: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The fields that were typed: option value -> field value. Raises Usage."""
    given = {name: value for name, value in typed.items() if value is not None}
    return {name: _read(CONTACT.fields[name], value, reading) for name, value in given.items()}


def require_quick(typed: Mapping[str, Any], lang: str) -> None:
    """Raises Usage with the codes of every one of the five options that is missing."""
    missing = [name for name in CONTACT.quick_fields if not typed.get(name)]
    if missing:
        lists = "\n".join(f"{option_of(name)}\n{listing(_choices(lang, _codes(name)))}" for name in missing)
        options = [option_of(name) for name in missing]
        raise Usage(
            f"a contact needs {', '.join(options)}\n{lists}", "Five options suffice: give these too.", missing=options
        )


def _codes(name: str) -> str:
    spec = CONTACT.fields[name]
    return spec.codes or spec.fields["primary"].codes or ""


def _choices(lang: str, list_name: str) -> dict[str, str]:
    return {code: label(lang, list_name, code) for code in code_list(list_name).codes}


def _parameter(spec: FieldSpec) -> inspect.Parameter:
    many = spec.kind in ("codes", "list") or spec.name == "reasons"
    codes = spec.codes or (_codes("reasons") if spec.name == "reasons" else None)
    parts = [f"{label('en', 'field.contact', spec.name)}.", SHAPES.get(spec.name, "")]
    parts += [f"{', '.join(code_list(codes).codes)}." if codes else ""]
    panel = "Five taps" if spec.quick else "Group meetings" if spec.group_only else "Details, also later"
    option = typer.Option(option_of(spec.name), help=" ".join(filter(None, parts)), rich_help_panel=panel)
    kind: Any = list[str] | None if many else str | None
    annotation = Annotated[kind, option]
    return inspect.Parameter(spec.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _read(spec: FieldSpec, value: Any, reading: Reading) -> Any:
    option = option_of(spec.name)
    if spec.name in _SHAPED:
        return _SHAPED[spec.name](spec, value, reading)
    if spec.kind == "code" and spec.codes:
        return pick(option, value, _choices(reading.lang, spec.codes))
    if spec.kind == "codes" and spec.codes:
        return [pick(option, each, _choices(reading.lang, spec.codes)) for each in value]
    return value


def _reasons(spec: FieldSpec, typed: list[str], reading: Reading) -> dict[str, Any]:
    primary, *others = (pick(option_of(spec.name), each, _choices(reading.lang, _codes("reasons"))) for each in typed)
    return {"primary": primary, **({"others": others} if others else {})}


def _referrals(spec: FieldSpec, typed: list[str], reading: Reading) -> list[dict[str, Any]]:
    return [_referral(spec, each, reading) for each in typed]


def _referral(spec: FieldSpec, typed: str, reading: Reading) -> dict[str, Any]:
    option, fields = option_of(spec.name), spec.item.fields if spec.item else {}
    where, *rest = typed.split(":")
    if not 1 <= len(rest) <= 2:
        raise Usage(f"{option}: {typed!r} is not CATEGORY:METHOD[:OUTCOME]", "Write it as eap:number_given.")
    read = {
        name: pick(f"{option} ({name})", code, _choices(reading.lang, fields[name].codes or ""))
        for name, code in zip(("method", "outcome"), rest, strict=False)
    }
    categories = _choices(reading.lang, fields["category"].codes or "")
    resource = reading.resource(where) if where not in categories else None
    if resource is not None:
        return {"resource": resource, **read}
    return {"category": pick(f"{option} (category)", where, categories), **read}


def _facilitators(spec: FieldSpec, typed: str, reading: Reading) -> dict[str, Any]:
    number, _, kinds = typed.partition(":")
    option = option_of(spec.name)
    if not (number.isascii() and number.isdigit() and len(number) < 3):
        raise Usage(f"{option}: {typed!r} is not COUNT:KIND,KIND", "Write it as 2:peer,chaplain.")
    choices = _choices(reading.lang, spec.fields["kinds"].codes or "")
    picked = [pick(option, each, choices) for each in kinds.split(",") if each]
    return {"count": int(number), **({"kinds": picked} if picked else {})}


def _tier(spec: FieldSpec, typed: str, reading: Reading) -> int:
    if typed.isascii() and typed.isdigit() and len(typed) < 3:
        return int(typed)
    known = names_of(reading.programme, "tiers")
    return list(known).index(_pick_own(spec, typed, known))


def _phases(spec: FieldSpec, typed: list[str], reading: Reading) -> list[str]:
    known = names_of(reading.programme, "phases")
    return [_pick_own(spec, each, known) for each in typed]


def _pick_own(spec: FieldSpec, typed: str, known: Mapping[str, str]) -> str:
    option = option_of(spec.name)
    if not known:
        raise Usage(
            f"{option}: the programme has no such list, as far as this phone knows", "Leave it out, or sync first."
        )
    return pick(option, typed, known)


def names_of(programme: Fields | None, name: str) -> dict[str, str]:
    """Code -> name of one of the programme's own lists, in its order; empty before the first sync."""
    codes = programme_list(programme, name) or []
    entries: Any = programme.get(name) if programme is not None else None
    return {code: str(entry.get("name", code)) for code, entry in zip(codes, entries or [], strict=True) if code}


_SHAPED: dict[str, Callable[[FieldSpec, Any, Reading], Any]] = {
    "reasons": _reasons,
    "referrals": _referrals,
    "facilitators": _facilitators,
    "tier": _tier,
    "phases_done": _phases,
}
