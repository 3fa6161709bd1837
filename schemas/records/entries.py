"""Reads a file of a supporter's own entries: an export, or a table kept elsewhere. It is taken whole or not at all."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from crypto.errors import EncodingError
from crypto.public.base64url import unb64
from schemas.records.directory import RowError
from schemas.records.export import is_reserved
from schemas.records.forbidden import forbidden_reason
from schemas.records.plain import from_plain, parse
from schemas.records.sheet import HEAD, CellError, path_of, read_row, read_type
from schemas.records.types import record_types
from schemas.records.validate import normalise, problems
from schemas.records.values import Fields, Value, copied

MAX_BYTES = 1 << 26
MOST_SAID = 20
"""So many faults are told in words: a table of ten thousand rows may have one in each."""
NAME_LENGTH = 64
_ID_SIZE = 16
_MAX_VERSION = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a file. `id`: as the export has it, None for a new one; `row` as of RowError."""

    row: int
    id: bytes | None
    type: str
    version: int
    fields: dict[str, Value]


class EntriesError(ValueError):
    """A file of which nothing was imported; `errors` names every reason, in the order of the file."""

    def __init__(self, errors: list[RowError]) -> None:
        more = [f"and {len(errors) - MOST_SAID} more"] if len(errors) > MOST_SAID else []
        super().__init__("\n".join([*(str(error) for error in errors[:MOST_SAID]), *more]))
        self.errors = tuple(errors)


def read_entries(
    data: bytes,
    form: Literal["json", "csv"],
    *,
    kind: str = "contact",
    today: date,
    programme: Fields | None = None,
) -> list[Entry]:
    """The records of a file (UTF-8, at most 64 MiB), in its order. `kind`: of rows that name no type.

    JSON: {"records": [{"id", "type", "version", "fields"}, ...]}. CSV: see `sheet`. What has an id comes from an
    export, perhaps of a newer version, and is taken as it stands. What has none is new: it is checked like any entry,
    but for its age, and has to name its day. Fields that no record ever has are refused by name in both.
    Raises EntriesError.
    """
    if len(data) > MAX_BYTES:
        raise _file_error("too-long", f"split the file: {len(data)} bytes are more than {MAX_BYTES}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _file_error("bad-text", f"save the file as UTF-8: byte {error.start} is something else") from None
    errors, entries, seen = list[RowError](), list[Entry](), dict[bytes, int]()
    for each in _read_json(text, kind) if form == "json" else _read_csv(text, kind):
        if isinstance(each, RowError):
            errors.append(each)
            continue
        if each.id is None:
            each = replace(each, fields=_copied(normalise(each.type, each.fields)))  # noqa: PLW2901
        found = list(_problems(each, today, programme))
        if each.id is not None and seen.setdefault(each.id, each.row) != each.row:
            found.append(RowError(each.row, "id", "duplicate", f"row {seen[each.id]} has this id already"))
        errors += found
        if not found:
            entries.append(each)
    if errors:
        raise EntriesError(errors)
    if not entries:
        raise _file_error("too-few", "there is no entry in the file")
    return entries


def _problems(entry: Entry, today: date, programme: Fields | None) -> Iterator[RowError]:
    forbidden = list(_forbidden(entry.type, entry.fields, ""))
    yield from (RowError(entry.row, path, "forbidden-field", message) for path, message in forbidden)
    if entry.id is not None or forbidden:
        return
    for problem in problems(entry.type, entry.fields, today=today, programme=programme):
        if problem.problem != "date-too-old":
            yield RowError(entry.row, problem.field, problem.problem, problem.message)


def _forbidden(kind: str, value: object, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, each in value.items():
                inside = f"{path}.{name}" if path else name
                reason = forbidden_reason(kind, name)
                if reason:
                    yield inside, f"{reason} Take it out of the file."
                yield from _forbidden(kind, each, inside)
        case list():
            for each in value:
                yield from _forbidden(kind, each, path)


def _entry(row: int, id_: bytes | None, kind: str, version: object, fields: dict[str, Value]) -> Entry | RowError:
    known = record_types().get(kind)
    if not 0 < len(kind) <= NAME_LENGTH or (known is None and id_ is None):
        personal = [name for name, each in record_types().items() if each.space == "personal" and not each.reserved]
        return RowError(row, "type", "unknown-type", f"choose one of {', '.join(personal)}")
    if is_reserved(kind):
        return RowError(row, "type", "reserved-type", f"{kind} is kept by the app alone: take it out of the file")
    if known is not None and known.space != "personal":
        return RowError(row, "type", "unknown-type", f"a {kind} belongs to the programme: leads change it")
    if type(version) is not int or not 1 <= version <= _MAX_VERSION:
        return RowError(row, "version", "out-of-bounds", "give a whole number from 1 on")
    if any(not 0 < len(name) <= NAME_LENGTH for name in fields):
        return RowError(row, "", "too-long", f"names of fields have 1 to {NAME_LENGTH} characters")
    return Entry(row, id_, kind, version, fields)


def _id(text: object) -> bytes | None:
    """Raises ValueError."""
    if text in (None, ""):
        return None
    try:
        id_ = unb64(text, _ID_SIZE) if isinstance(text, str) else b""
    except EncodingError:
        id_ = b""
    if not any(id_):
        raise ValueError("this is no id of an export: leave it out, and the entry is a new one")
    return id_


def _version_of(kind: str) -> int:
    known = record_types().get(kind)
    return known.version if known is not None else 1


def _read_json(text: str, kind: str) -> Iterator[Entry | RowError]:
    try:
        document = parse(text)
    except ValueError as error:
        raise _file_error("bad-format", f"mend the JSON: {error}") from None
    records = document.get("records") if isinstance(document, dict) else None
    if not isinstance(records, list):
        raise _file_error("bad-format", 'put the entries into {"records": [...]}')
    for row, record in enumerate(records, 1):
        yield _of_json(row, record, kind)


def _of_json(row: int, record: object, kind: str) -> Entry | RowError:
    if not isinstance(record, dict) or not isinstance(record.get("fields"), dict):
        return RowError(row, "", "wrong-kind", "make it an object of id, type, version and fields")
    if others := record.keys() - {"id", "type", "version", "fields"}:
        return RowError(row, min(others), "unknown-field", "there is no such member; fields stand in fields")
    named = record.get("type", kind)
    if not isinstance(named, str):
        return RowError(row, "type", "wrong-kind", "give text")
    try:
        id_ = _id(record.get("id"))
    except ValueError as error:
        return RowError(row, "id", "bad-format", str(error))
    try:
        fields: Any = from_plain(record["fields"])
    except ValueError as error:
        return RowError(row, "fields", "wrong-kind", str(error))
    return _entry(row, id_, named, record.get("version", _version_of(named)), fields)


def _read_csv(text: str, kind: str) -> Iterator[Entry | RowError]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    row, limit = 1, csv.field_size_limit(MAX_BYTES)
    try:
        header = [name.strip() for name in next(rows, [])]
        _check_header(header)
        for row, cells in enumerate(rows, 2):
            if any(cell.strip() for cell in cells):
                yield _of_csv(row, header, cells, kind)
    except csv.Error as error:
        raise EntriesError([RowError(row, "", "bad-format", f"mend the quotes: {error}")]) from None
    finally:
        csv.field_size_limit(limit)


def _check_header(header: list[str]) -> None:
    if len(header) == 1 and ";" in header[0]:
        raise _file_error("bad-format", "part the columns with commas, not semicolons")
    errors = list[RowError]()
    for position, column in enumerate(header):
        if column in header[:position]:
            errors.append(RowError(1, column, "duplicate", "name each column once"))
        if not column:
            errors.append(RowError(1, "", "missing-field", f"name column {position + 1}, or delete it"))
        elif column not in HEAD:
            errors += _check_column(column, position)
    if errors:
        raise EntriesError(errors)


def _check_column(column: str, position: int) -> Iterator[RowError]:
    try:
        path = path_of(column)
    except CellError as error:
        yield RowError(1, column, "bad-format", str(error))
        return
    # Whatever type a row has: no type of a supporter's own has such a field.
    reason = next(filter(None, (forbidden_reason("contact", name) for name in path)), None)
    if reason:
        message = f"{reason} Delete this column, the {_ordinal(position + 1)}, and import the file again."
        yield RowError(1, column, "forbidden-field", message)


def _of_csv(row: int, header: list[str], cells: list[str], kind: str) -> Entry | RowError:
    if len(cells) > len(header):
        message = f"there are {len(cells)} cells for {len(header)} columns: quote cells that hold a comma"
        return RowError(row, "", "too-many", message)
    head = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if name in HEAD and cell.strip()}
    try:
        id_ = _id(head.get("record_id"))
    except ValueError as error:
        return RowError(row, "record_id", "bad-format", str(error))
    columns = [(name, cell) for name, cell in zip(header, cells, strict=False) if name not in HEAD]
    try:
        named = read_type(head["record_type"]) if "record_type" in head else kind
        fields = read_row(named, [name for name, _ in columns], [cell for _, cell in columns])
    except CellError as error:
        return RowError(row, "", "bad-format", str(error))
    version = head.get("record_version", str(_version_of(named)))
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 17 else None
    return _entry(row, id_, named, number, fields)


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _copied(fields: Fields) -> dict[str, Value]:
    return {name: copied(value) for name, value in fields.items()}


def _file_error(problem: str, message: str) -> EntriesError:
    return EntriesError([RowError(0, "", problem, message)])
