"""Checks one value against its field, kind by kind."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.records.codes import code_list
from schemas.records.errors import RecordError
from schemas.records.forbidden import forbidden_reason
from schemas.records.formats import FORMATS, is_printable, parse_date
from schemas.records.labels import Sentence
from schemas.records.programme import programme_list
from schemas.records.types import FieldSpec
from schemas.records.values import Fields


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may depend on besides the value."""

    record_type: str
    today: date
    programme: Fields | None


Problems = Iterator[RecordError]


def check(spec: FieldSpec, value: object, path: str, context: Context) -> Problems:
    """Yields every problem of `value` at `path`."""
    yield from _CHECKS[spec.kind](spec, value, path, context)


def check_fields(specs: Mapping[str, FieldSpec], fields: Fields, prefix: str, context: Context) -> Problems:
    """Yields every problem of the known fields, and one for each unknown field."""
    for name, value in fields.items():
        path = f"{prefix}{name}"
        if name in specs:
            yield from check(specs[name], value, path, context)
        elif reason := forbidden_reason(context.record_type, name):
            yield RecordError("forbidden-field", path, f"{reason} Leave it out.")
        else:
            yield RecordError("unknown-field", path, f"there is no such field; choose among {', '.join(specs)}")


def _wrong_kind(path: str, wanted: str) -> RecordError:
    return RecordError("wrong-kind", path, f"give {wanted}")


def _text(spec: FieldSpec, value: object, path: str, _: Context) -> Problems:
    if not isinstance(value, str):
        yield _wrong_kind(path, "text")
    elif not value.strip():
        yield RecordError("bad-text", path, "leave the field out instead of leaving it empty")
    elif len(value) > spec.max:
        yield RecordError("too-long", path, f"shorten it to {spec.max} characters; it has {len(value)}")
    elif not is_printable(value):
        yield RecordError("bad-text", path, "remove control characters, line breaks and direction marks")


def _formatted(spec: FieldSpec, value: object, path: str, context: Context) -> Problems:
    pattern, example = FORMATS[spec.kind]
    if not isinstance(value, str):
        yield _wrong_kind(path, f"text such as {example}")
    elif spec.max and len(value) > spec.max:
        yield from _text(spec, value, path, context)
    elif not pattern.fullmatch(value):
        yield RecordError("bad-format", path, Sentence("wrong_format", example=example))


def _date(spec: FieldSpec, value: object, path: str, context: Context) -> Problems:
    day = parse_date(value) if isinstance(value, str) else None
    if not isinstance(value, str):
        yield _wrong_kind(path, "a date as YYYY-MM-DD")
    elif day is None:
        yield RecordError("bad-format", path, Sentence("wrong_date"))
    elif spec.max_days_back is not None and day < context.today - timedelta(days=spec.max_days_back):
        first = context.today - timedelta(days=spec.max_days_back)
        yield RecordError("date-too-old", path, Sentence("wrong_date_old", first=str(first), last=str(context.today)))
    elif spec.max_days_ahead is not None and day > context.today + timedelta(days=spec.max_days_ahead):
        last = context.today + timedelta(days=spec.max_days_ahead)
        yield RecordError("date-in-future", path, Sentence("wrong_date_future", last=str(last)))


def _bool(_: FieldSpec, value: object, path: str, __: Context) -> Problems:
    if not isinstance(value, bool):
        yield _wrong_kind(path, "yes or no")


def _int(spec: FieldSpec, value: object, path: str, _: Context) -> Problems:
    if not isinstance(value, int) or isinstance(value, bool):
        yield _wrong_kind(path, "a whole number")
    elif not spec.min <= value <= spec.max:
        yield RecordError("out-of-bounds", path, Sentence("wrong_number", least=spec.min, most=spec.max))


def _bytes(spec: FieldSpec, value: object, path: str, _: Context) -> Problems:
    if not isinstance(value, bytes):
        yield _wrong_kind(path, "bytes")
    elif not spec.min <= len(value) <= spec.max:
        yield RecordError("out-of-bounds", path, f"give {spec.min} to {spec.max} bytes")


def _index(spec: FieldSpec, value: object, path: str, context: Context) -> Problems:
    entries = programme_list(context.programme, spec.programme_list or "")
    if not isinstance(value, int) or isinstance(value, bool):
        yield _wrong_kind(path, "a whole number")
    elif not entries:
        yield _programme_unknown(spec, path)
    elif not 0 <= value < len(entries):
        yield RecordError("out-of-bounds", path, Sentence("wrong_number", least=0, most=len(entries) - 1))


def _programme_unknown(spec: FieldSpec, path: str) -> RecordError:
    message = Sentence("wrong_no_list", list=spec.programme_list or "")
    return RecordError("programme-unknown", path, message)


def _allowed(spec: FieldSpec, context: Context) -> tuple[str, ...] | None:
    """The codes that may be written, or None if the programme's list is not here."""
    shipped = code_list(spec.codes).codes if spec.codes else None
    own = programme_list(context.programme, spec.programme_list) if spec.programme_list else None
    if shipped is None:
        return tuple(filter(None, own)) if own else None
    # A programme that names its units counts by these alone: the rest was folded into them.
    return tuple(code for code in shipped if code in own or code in spec.always) if own else shipped


def _code(spec: FieldSpec, value: object, path: str, context: Context) -> Problems:
    allowed = _allowed(spec, context)
    if not isinstance(value, str):
        yield _wrong_kind(path, "a code")
    elif allowed is None:
        yield _programme_unknown(spec, path)
    elif value not in allowed:
        yield RecordError("unknown-code", path, Sentence("wrong_code", codes=", ".join(allowed)))


def _codes(spec: FieldSpec, value: object, path: str, context: Context) -> Problems:
    if not isinstance(value, list):
        yield _wrong_kind(path, "a list of codes")
        return
    yield from _count(spec, value, path)
    for position, code in enumerate(value):
        yield from _code(spec, code, f"{path}[{position}]", context)
        if code in value[:position]:
            yield RecordError("duplicate", f"{path}[{position}]", Sentence("wrong_twice"))


def _count(spec: FieldSpec, value: list[object], path: str) -> Problems:
    if len(value) > spec.max_items:
        yield RecordError("too-many", path, Sentence("wrong_many", most=spec.max_items, number=len(value)))
    elif len(value) < spec.min_items:
        yield RecordError("too-few", path, Sentence("wrong_few", least=spec.min_items))


def _list(spec: FieldSpec, value: object, path: str, context: Context) -> Problems:
    if not isinstance(value, list):
        yield _wrong_kind(path, "a list")
        return
    yield from _count(spec, value, path)
    seen: list[object] = []
    for position, item in enumerate(value):
        if spec.item is not None:
            yield from check(spec.item, item, f"{path}[{position}]", context)
        key = item.get(spec.unique_by) if spec.unique_by and isinstance(item, dict) else None
        if key is not None and key in seen:
            yield RecordError("duplicate", f"{path}[{position}].{spec.unique_by}", "name each one once")
        seen.append(key)


def _struct(spec: FieldSpec, value: object, path: str, context: Context) -> Problems:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        yield _wrong_kind(path, f"the fields {', '.join(spec.fields)}")
        return
    yield from check_fields(spec.fields, value, f"{path}.", context)
    for name, inner in spec.fields.items():
        if inner.required and name not in value:
            yield RecordError("missing-field", f"{path}.{name}", Sentence("wrong_missing"))
        other = value.get(inner.distinct_from) if inner.distinct_from else None
        if other is not None and isinstance(value.get(name), list) and other in value[name]:
            yield RecordError(
                "duplicate",
                f"{path}.{name}",
                Sentence("wrong_distinct", field=inner.distinct_from or "", code=str(other)),
            )
    if spec.exactly_one_of and sum(name in value for name in spec.exactly_one_of) != 1:
        yield RecordError("one-of", path, f"give exactly one of {', '.join(spec.exactly_one_of)}")


def _answers(spec: FieldSpec, value: object, path: str, _: Context) -> Problems:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        yield _wrong_kind(path, "a number for each item")
        return
    if len(value) > spec.max_items:
        yield RecordError("too-many", path, Sentence("wrong_many", most=spec.max_items, number=len(value)))
    for key, answer in value.items():
        if not isinstance(answer, int) or isinstance(answer, bool):
            yield _wrong_kind(f"{path}.{key}", "a whole number")


_CHECKS: dict[str, Callable[[FieldSpec, object, str, Context], Problems]] = {
    "text": _text,
    "url": _formatted,
    "email": _formatted,
    "phone": _formatted,
    "language": _formatted,
    "time": _formatted,
    "timezone": _formatted,
    "own_code": _formatted,
    "date": _date,
    "bool": _bool,
    "int": _int,
    "bytes": _bytes,
    "index": _index,
    "code": _code,
    "codes": _codes,
    "list": _list,
    "struct": _struct,
    "answers": _answers,
}
