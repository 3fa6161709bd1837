"""Records as rows of one CSV table (RFC 4180), and back without loss.

Columns: record_id, record_type, record_version, then a field each; a part of a field that has parts is
`reasons.primary`. In a cell stand codes, dates, numbers, yes and no as they are. Several of one list are parted by ";",
the parts of an item are `category=eap, method=number_given`. Whatever does not read back as what it was, such as a
field of a newer version, is `json:` and JSON. An empty cell is a field left out.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from crypto.errors import EncodingError
from crypto.public.base64url import b64, unb64
from crypto.public.encoding import encode
from schemas.records.formats import is_printable
from schemas.records.plain import from_plain, parse, to_plain
from schemas.records.types import FieldSpec, record_types
from schemas.records.values import Fields, Value

# Check-ins have a field `version`.
HEAD = ("record_id", "record_type", "record_version")
_JSON = "json:"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
# A spreadsheet runs a cell that begins with one of these as a formula.
_FORMULA = tuple("=+-@")
_BOOLS = {"yes": True, "no": False}
_TEXTS = frozenset({"text", "url", "email", "phone", "language", "time", "timezone", "own_code", "date", "code"})


class CellError(ValueError):
    """A cell, or the name of a column, that cannot be read."""


def write_sheet(records: Iterable[tuple[str, str, int, Fields]]) -> str:
    """(id, type, version, fields) each, as a table. The columns are those that some record fills."""
    rows = [
        ((id_, _cell(None, kind), str(version)), dict(_cells(kind, fields))) for id_, kind, version, fields in records
    ]
    used = {column for _, cells in rows for column in cells}
    kinds = sorted(record_types().values(), key=lambda kind: (kind.name != "contact", kind.name))
    known = dict.fromkeys(column for kind in kinds for column in _columns(kind.fields.values()))
    columns = [*(column for column in known if column in used), *sorted(used - known.keys())]
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow([*HEAD, *columns])
    writer.writerows([*head, *(cells.get(column, "") for column in columns)] for head, cells in rows)
    return made.getvalue()


def path_of(column: str) -> tuple[str, ...]:
    """The field that a column stands for, or the field and its part. Raises CellError."""
    if column.startswith(_JSON):
        name = _parsed(column)
        if not isinstance(name, str):
            raise CellError("a column is named by text")
        return (name,)
    return tuple(column.split(".", 1))


def read_type(cell: str) -> str:
    """The type that a row names. Raises CellError."""
    found = _value(None, cell.strip())
    if not isinstance(found, str):
        raise CellError("a type is named by text")
    return found


def read_row(kind: str, columns: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """The fields of a row. What does not read as its field's kind stays text. Raises CellError."""
    known = record_types().get(kind)
    fields, parts = dict[str, Any](), dict[str, dict[str, Any]]()
    for column, cell in zip(columns, cells, strict=False):
        if not cell.strip():
            continue
        name, *inside = path_of(column)
        spec = known.fields.get(name) if known else None
        inner = spec.fields.get(inside[0]) if spec and inside else spec
        there, key = (parts.setdefault(name, {}), inside[0]) if inside else (fields, name)
        if key in there:
            raise CellError(f"{column} stands in two columns")
        there[key] = _value(inner, cell.strip())
    if fields.keys() & parts:
        raise CellError(f"{', '.join(fields.keys() & parts)} stands in two columns")
    return fields | parts


def _columns(specs: Iterable[FieldSpec]) -> Iterator[str]:
    for spec in specs:
        yield spec.name
        if spec.kind == "struct":
            yield from (f"{spec.name}.{inner}" for inner in spec.fields)


def _cells(kind: str, fields: Fields) -> Iterator[tuple[str, str]]:
    known = record_types().get(kind)
    for name, value in fields.items():
        spec = known.fields.get(name) if known else None
        if spec is not None and spec.kind == "struct" and _has_columns(spec, value):
            for inner, each in value.items():  # type: ignore[attr-defined]
                yield f"{name}.{inner}", _cell(spec.fields[inner], each)
            continue
        plain = spec is not None or (_PLAIN_NAME.fullmatch(name) and name not in HEAD)
        yield name if plain else _as_json(name), _cell(spec, value)


def _has_columns(spec: FieldSpec, value: object) -> bool:
    return isinstance(value, Mapping) and bool(value) and value.keys() <= spec.fields.keys()


def _cell(spec: FieldSpec | None, value: Any) -> str:
    """What a person reads, where it reads back as the value; else JSON."""
    told = _told(spec, value)
    safe = bool(told) and told == told.strip() and is_printable(told) and not told.startswith((_JSON, *_FORMULA))
    with suppress(CellError):
        # 1 == True for Python.
        if safe and encode(_value(spec, told)) == encode(value):
            return told
    return _as_json(value)


def _told(spec: FieldSpec | None, value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | str():
            return str(value)
        case bytes():
            return b64(value)
        case list() if spec is not None and spec.item is not None and spec.item.kind == "struct":
            return "; ".join(_parts(spec.item.fields, item) for item in value)
        case list():
            return "; ".join(_told(spec, item) for item in value)
        case dict() if spec is not None and spec.kind == "answers":
            return "; ".join(f"{name}={_told(None, item)}" for name, item in sorted(value.items()))
    return ""


def _parts(specs: Mapping[str, FieldSpec], item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    return ", ".join(f"{name}={_told(specs.get(name), each)}" for name, each in sorted(item.items()))


def _value(spec: FieldSpec | None, cell: str) -> Value:
    if cell.startswith(_JSON):
        return _parsed(cell)
    if spec is None or spec.kind in _TEXTS:
        return cell
    match spec.kind:
        case "bool":
            return _BOOLS.get(cell.lower(), cell)
        case "int" | "index":
            return _int(cell)
        case "bytes":
            return _bytes(cell)
        case "codes":
            return [item.strip() for item in cell.split(";") if item.strip()]
        case "answers":
            return _named(cell.split(";"), {}, _int)
        case "list" if spec.item is not None and spec.item.kind == "struct":
            specs = spec.item.fields
            return [_named(item.split(","), specs, lambda text: text) for item in cell.split(";")]
    return cell


def _named(parts: Iterable[str], specs: Mapping[str, FieldSpec], otherwise: Any) -> dict[str, Value]:
    """`name=value` each. Raises CellError."""
    found: dict[str, Value] = {}
    for part in parts:
        name, equals, text = (each.strip() for each in part.partition("="))
        if not equals or not name or name in found:
            raise CellError(f"write {part.strip()!r} as name=value, each name once")
        found[name] = _value(specs[name], text) if name in specs else otherwise(text)
    return found


def _int(cell: str) -> Value:
    return int(cell) if re.fullmatch(r"0|[1-9][0-9]{0,8}", cell) else cell


def _bytes(cell: str) -> Value:
    try:
        return unb64(cell)
    except EncodingError:
        return cell


def _as_json(value: Value) -> str:
    return _JSON + json.dumps(to_plain(value), separators=(",", ":"))


def _parsed(cell: str) -> Value:
    try:
        return from_plain(parse(cell.removeprefix(_JSON)))
    except ValueError as error:
        raise CellError(f"mend the JSON: {error}") from None
