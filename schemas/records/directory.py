"""Imports a lead's resource directory. A file is taken whole or not at all, with every error listed."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Literal, TypeAlias

from schemas.records.errors import RecordError
from schemas.records.hsds import from_hsds, rows
from schemas.records.plain import parse
from schemas.records.types import FieldSpec, record_type
from schemas.records.validate import defaults, normalise, problems
from schemas.records.values import Fields, Value, copied

MAX_BYTES = 1 << 20
MAX_ENTRIES = 1000

_CSV_PARTS = {"phones": ("number", "type", "extension"), "schedules": ("byday", "opens_at", "closes_at")}
_CSV_BOOLS = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing to mend. `row` counts entries from 1 in JSON and spreadsheet rows in CSV (the header is row 1)."""

    row: int
    field: str
    problem: str
    message: str

    def __str__(self) -> str:
        place = f"row {self.row}" if self.row else "file"
        return f"{place}, {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something of a row that a resource cannot hold; `reason` is a code of the list `import_remark`."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class DirectoryFile:
    """A directory that can be imported, as fields of `resource` records, and what of it was not kept."""

    resources: tuple[dict[str, Value], ...]
    remarks: tuple[Remark, ...]


_Entry: TypeAlias = tuple[int, dict[str, Any] | RowError]


class DirectoryError(ValueError):
    """A directory that was not imported; `errors` names every reason, in the order of the file."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = tuple(errors)


def read_directory(
    data: bytes,
    form: Literal["json", "csv"],
    *,
    today: date,
    programme: Fields | None = None,
    absent: Fields | None = None,
) -> DirectoryFile:
    """The entries of a directory file (UTF-8, at most 1 MiB). `absent`: fields of the entries that lack them.

    JSON, as its own: {"resources": [{field: value, ...}, ...]}, any other member is a remark.
    JSON, as HSDS 3.0: an array of services, or {"services": [...]}, or a page of an API ({"contents": [...]}).
    CSV: a header of field names; lists part their items with ";", phones read "number|type|extension", schedules
    "MO,TU|08:00|17:00", yes and no stand for themselves, an empty cell is an absent field.
    Raises DirectoryError.
    """
    if len(data) > MAX_BYTES:
        raise _file_error("too-long", f"split the file: {len(data)} bytes are more than {MAX_BYTES}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _file_error("bad-text", f"save the file as UTF-8: byte {error.start} is something else") from None
    remarks: list[Remark] = []
    entries = list(_read_json(text, remarks) if form == "json" else _read_csv(text))
    if not 1 <= len(entries) <= MAX_ENTRIES:
        raise _file_error("too-many" if entries else "too-few", f"give 1 to {MAX_ENTRIES} entries")
    errors: list[RowError] = []
    resources: list[dict[str, Value]] = []
    first_row: dict[tuple[str, str], int] = {}
    given = {**defaults("resource", today=today), **(absent or {})}
    for row, entry in entries:
        if isinstance(entry, RowError):
            errors.append(entry)
            continue
        ready = normalise("resource", {**given, **entry})
        found = [_at(row, error) for error in problems("resource", ready, today=today, programme=programme)]
        key = resource_key(ready)
        if first_row.setdefault(key, row) != row:
            message = f"row {first_row[key]} has the same name and organization: merge them"
            found.append(RowError(row, "name", "duplicate", message))
        errors += found
        if not found:
            resources.append({name: copied(value) for name, value in ready.items()})
    if errors:
        raise DirectoryError(errors)
    return DirectoryFile(tuple(resources), tuple(dict.fromkeys(remarks)))


def resource_key(resource: Fields) -> tuple[str, str]:
    """What makes two entries the same resource when a directory is imported again: name and organization."""
    name, organization = (" ".join(str(resource.get(field, "")).split()) for field in ("name", "organization"))
    return name.casefold(), organization.casefold()


def _at(row: int, error: RecordError) -> RowError:
    return RowError(row, error.field, error.problem, error.message)


def _file_error(problem: str, message: str) -> DirectoryError:
    return DirectoryError([RowError(0, "", problem, message)])


def _read_json(text: str, remarks: list[Remark]) -> Iterator[_Entry]:
    try:
        document = parse(text)
    except ValueError as error:
        raise _file_error("bad-format", f"mend the JSON: {error}") from None
    services = rows(document)
    own = document.get("resources") if isinstance(document, dict) else None
    if services is None and not isinstance(own, list):
        raise _file_error("bad-format", 'put the entries into {"resources": [...]}, or give HSDS 3.0 services')
    for row, entry in enumerate(services if services is not None else own or [], 1):
        if not isinstance(entry, dict):
            yield row, RowError(row, "", "wrong-kind", "make it an object of fields")
        elif services is None:
            yield row, {name: value for name, value in entry.items() if value is not None}
        else:
            yield row, from_hsds(entry, partial(_remark, remarks, row))


def _remark(remarks: list[Remark], row: int, field: str, reason: str) -> None:
    remarks.append(Remark(row, field, reason))


def _read_csv(text: str) -> Iterator[_Entry]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    row = 1
    try:
        header = [name.strip() for name in next(rows, [])]
        _check_header(header)
        for row, cells in enumerate(rows, 2):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                message = f"there are {len(cells)} cells for {len(header)} columns: quote cells that hold a comma"
                yield row, RowError(row, "", "too-many", message)
            else:
                yield row, dict(_cells(header, cells))
    except csv.Error as error:
        raise DirectoryError([RowError(row, "", "bad-format", f"mend the quotes: {error}")]) from None


def _check_header(header: list[str]) -> None:
    specs = record_type("resource").fields
    if len(header) == 1 and ";" in header[0]:
        raise _file_error("bad-format", "part the columns with commas, not semicolons")
    known = f"choose among {', '.join(specs)}"
    errors = [
        RowError(1, name, "duplicate", "name each column once")
        if name in header[:position]
        else RowError(1, name, "unknown-field", f"there is no such column; {known}")
        for position, name in enumerate(header)
        if name not in specs or name in header[:position]
    ]
    if errors or not header:
        raise DirectoryError(errors or [RowError(1, "", "missing-field", f"begin with a header; {known}")])


def _cells(header: list[str], cells: list[str]) -> Iterator[tuple[str, object]]:
    specs = record_type("resource").fields
    for name, cell in zip(header, cells, strict=False):
        if cell.strip():
            yield name, _cell(specs[name], cell.strip())


def _cell(spec: FieldSpec, cell: str) -> object:
    """The value a cell stands for; what does not parse stays text, for validation to name it."""
    match spec.kind:
        case "bool":
            return _CSV_BOOLS.get(cell.lower(), cell)
        case "int" | "index":
            return int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 10 else cell
        case "codes" | "list":
            items = [item.strip() for item in cell.split(";") if item.strip()]
            return [_struct(spec.name, item) for item in items] if spec.name in _CSV_PARTS else items
    return cell


def _struct(name: str, item: str) -> Mapping[str, object] | str:
    names = _CSV_PARTS[name]
    parts = [part.strip() for part in item.split("|")]
    if len(parts) > len(names):
        return item
    found: dict[str, object] = {part_name: part for part_name, part in zip(names, parts, strict=False) if part}
    if "byday" in found:
        found["byday"] = [day.strip() for day in str(found["byday"]).split(",")]
    return found
