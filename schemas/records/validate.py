"""What a phone checks before it writes a record. What other devices wrote is never rejected by it."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from schemas.records.checks import Context, check, check_fields
from schemas.records.codes import code_list
from schemas.records.errors import RecordError
from schemas.records.labels import Sentence
from schemas.records.rules import RULES
from schemas.records.types import FieldSpec, RecordType, writable_type
from schemas.records.values import Fields, Value, copied


def validate(
    record_type: str,
    fields: Fields,
    *,
    today: date,
    programme: Fields | None = None,
    stored: Fields | None = None,
    removed: Collection[str] = (),
) -> None:
    """Checks `fields` as this version would write them. Raises the first RecordError of `problems`."""
    for problem in problems(record_type, fields, today=today, programme=programme, stored=stored, removed=removed):
        raise problem


def problems(
    record_type: str,
    fields: Fields,
    *,
    today: date,
    programme: Fields | None = None,
    stored: Fields | None = None,
    removed: Collection[str] = (),
) -> Iterator[RecordError]:
    """Yields every reason not to write `fields`.

    `programme` is the programme's record, None before the first sync. For an edit, `stored` holds the fields
    the record has, `fields` those to be set, `removed` those to be taken away: only what changes is judged, so
    a record of a newer version, or one older than 14 days, can still be completed, and what a newer version put
    into a list stays when this one adds to it. Nothing of a fixed type changes.
    Raises RecordError unknown-type, reserved-type.
    """
    kind = writable_type(record_type)
    if kind.fixed and stored is not None and (fields or removed):
        yield RecordError("fixed-type", "", Sentence("wrong_fixed", type=record_type))
        return
    context = Context(record_type, today, programme)
    known = {name: value for name, value in (stored or {}).items() if name in fields}
    already = {(problem.problem, problem.field) for problem in check_fields(kind.fields, known, "", context)}
    for problem in check_fields(kind.fields, fields, "", context):
        same = (problem.problem, problem.field) in already
        if not (same and _at(known, problem.field) == _at(fields, problem.field)):
            yield problem
    merged = {name: value for name, value in {**(stored or {}), **fields}.items() if name not in removed}
    for name, spec in kind.fields.items():
        if spec.required and name not in merged and (stored is None or name in removed):
            yield RecordError("missing-field", name, _how_to_give(spec))
    changed = {*fields, *removed}
    yield from _group_only(kind, merged, changed)
    for rule in kind.rules:
        concerned, find = RULES[rule]
        if changed & set(concerned) and _well_formed(kind, concerned, merged, context):
            yield from find({name: merged[name] for name in concerned if name in merged})


def prepare(
    record_type: str,
    fields: Fields,
    *,
    today: date,
    programme: Fields | None = None,
    stored: Fields | None = None,
    removed: Collection[str] = (),
) -> dict[str, Value]:
    """The fields to write: defaults filled in for a new record, text in one form, everything checked.

    Raises RecordError as `validate` does.
    """
    given = fields if stored is not None else {**defaults(record_type, today=today), **fields}
    ready = normalise(record_type, given)
    validate(record_type, ready, today=today, programme=programme, stored=stored, removed=removed)
    return {name: copied(value) for name, value in ready.items()}


def defaults(record_type: str, *, today: date) -> dict[str, Value]:
    """The values of a new record's fields that have a default. Raises RecordError as `validate` does."""
    specs = writable_type(record_type).fields.values()
    return {spec.name: _default(spec.default, today) for spec in specs if spec.default is not None}


def normalise(record_type: str, fields: Fields) -> dict[str, object]:
    """A copy of `fields` with text trimmed and in NFC, and defaults inside lists and structs filled in.

    Raises RecordError unknown-type, reserved-type.
    """
    specs = writable_type(record_type).fields
    return {name: _normal(specs[name], value) if name in specs else value for name, value in fields.items()}


def _normal(spec: FieldSpec, value: object) -> object:
    match value:
        case str():
            return unicodedata.normalize("NFC", value.strip())
        case list() if spec.item is not None:
            return [_normal(spec.item, item) for item in value]
        case list():
            return [_normal(spec, item) for item in value]
        case Mapping() if spec.fields:
            inner = {
                name: _normal(spec.fields[name], item) if name in spec.fields else item for name, item in value.items()
            }
            given = {name: found.default for name, found in spec.fields.items() if found.default is not None}
            return {**given, **inner}
    return value


def _at(value: object, path: str) -> object:
    """What stands at a path such as `referrals[0].method`; None if nothing does."""
    for part in re.findall(r"[^.\[\]]+", path):
        if isinstance(value, list):
            value = value[int(part)] if part.isdecimal() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _default(default: str, today: date) -> str:
    return today.isoformat() if default == "today" else default


def _how_to_give(spec: FieldSpec) -> str:
    if spec.kind == "code" and spec.codes:
        return Sentence("wrong_code", codes=", ".join(code_list(spec.codes).codes))
    return Sentence("wrong_missing")


def _group_only(kind: RecordType, merged: Fields, changed: Collection[str]) -> Iterator[RecordError]:
    contact_kind = merged.get("contact_kind")
    spec = kind.fields.get("contact_kind")
    if spec is None or not spec.codes or not kind.group_kinds or contact_kind in kind.group_kinds:
        return
    if contact_kind not in code_list(spec.codes).codes:
        return  # Missing, or of a newer version: said elsewhere, or not ours to judge.
    for name, found in kind.fields.items():
        if found.group_only and name in merged and (name in changed or "contact_kind" in changed):
            message = Sentence("wrong_group", kind=kind.group_kinds[0])
            yield RecordError("group-only", name, message)


def _well_formed(kind: RecordType, names: tuple[str, ...], fields: Fields, context: Context) -> bool:
    for name in names:
        if name not in fields:
            if kind.fields[name].required:
                return False
        elif any(True for _ in check(kind.fields[name], fields[name], name, context)):
            return False
    return True
