"""Holds a database against docs/metadata-budget.yaml: what a server may store, value by value."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from crypto.errors import CryptoError
from crypto.public.encoding import decode
from crypto.public.hpkekey import check_hpke_key
from store.dump import tables
from store.place import Place
from sync.erasure import CLEAR, decode_erasing
from sync.errors import Refused
from sync.floors import check_floors
from sync.log import Header
from sync.report import Report
from sync.space import RUNGS, SEALED
from sync.statements import KINDS, decode_statement
from sync.statistics import Task
from sync.witness import WITNESS, Witness

MOST = 1000
"""No run that is judged writes as many entries: a larger number would be a time."""
DAYS = range(10_000, 40_000)
"""From 1997 to 2079, in days: seconds since 1970 are beyond it."""
WORDS = {"member", "lead", "link", "recovery", "personal", "commons", "leads"}

Budget = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Table -> column -> what it is."""
Row = Mapping[str, Any]


def read_budget(path: Path, part: str = "tables") -> Budget:
    """The tables of docs/metadata-budget.yaml: of the database, or of its `mailbox`."""
    budget: Budget = yaml.safe_load(path.read_text(encoding="utf-8"))[part]
    return budget


def excess(place: Place, budget: Budget) -> list[str]:
    """Everything in a database that the budget does not admit. Raises sqlite3.Error, psycopg.Error."""
    return [one for name, table in tables(place).items() for one in _excess(name, table.columns, table.rows, budget)]


def _excess(name: str, columns: tuple[str, ...], rows: tuple[tuple[Any, ...], ...], budget: Budget) -> Iterator[str]:
    if name not in budget:
        yield f"table {name}"
        return
    yield from (f"column {name}.{column}" for column in columns if column not in budget[name])
    for values in rows:
        row = dict(zip(columns, values, strict=True))
        for column, entry in budget[name].items():
            if not _admits(entry, row.get(column), row):
                yield f"value of {name}.{column}"


def _admits(entry: Mapping[str, Any], value: object, row: Row) -> bool:
    if value is None:
        return bool(entry.get("optional"))
    try:
        return _checks(entry)[entry["is"]](value, row)
    except (CryptoError, Refused):
        return False


def _checks(entry: Mapping[str, Any]) -> dict[str, Callable[[Any, Row], bool]]:
    return {
        "id16": _octets(16),
        "id32": _octets(32),
        "signature": _octets(64),
        "sealed": _octets(entry.get("bytes", 0)),
        "word": lambda value, _: value in entry.get("of", []),
        "count": lambda value, _: type(value) is int and 1 <= value < MOST,
        "day": lambda value, _: type(value) is int and value in DAYS,
        "header": _is_header,
        "body": _is_body,
        "key": _is_key,
        "report": _is_report,
        "share": lambda value, _: isinstance(value, bytes) and len(value) <= entry["bytes"],
        "receipts": lambda value, row: isinstance(value, bytes) and len(value) == 32 * row["accepted"],
    }


def _octets(size: int) -> Callable[[Any, Row], bool]:
    return lambda value, _: isinstance(value, bytes) and len(value) == size


def _is_header(value: Any, _: Row) -> bool:
    """Ten fields that repeat what other columns say, or are hashes; the numbers in it are positions."""
    if not isinstance(value, bytes):
        return False
    header = Header.decode(value)
    numbers = (header.suite, header.sequence, header.epoch, header.seen.position, header.roster.position)
    kinds = {*KINDS, *CLEAR, SEALED, WITNESS}
    return header.encode() == value and header.kind in kinds and all(number < MOST for number in numbers)


def _is_body(value: Any, row: Row) -> bool:
    if not isinstance(value, bytes):
        return False
    kind = Header.decode(row["header"]).kind
    if kind == SEALED:
        return len(value) in RUNGS
    if kind in CLEAR:
        return decode_erasing(kind, value).encode() == value
    if kind == WITNESS:
        return Witness.decode(value).encode() == value
    statement = decode_statement(kind, value)
    # Of text a statement has the words of its kind, and `found` the server's own address.
    texts = {text for text in _flat(decode(value)) if isinstance(text, str)}
    if isinstance(statement, Task):
        # Of the words that are compiled in, or the floors refuse it.
        check_floors(statement.task)
        return True
    return texts <= WORDS | {getattr(statement, "address", "member")}


def _is_key(value: Any, _: Row) -> bool:
    if not isinstance(value, bytes):
        return False
    check_hpke_key(value)
    return True


def _is_report(value: Any, _: Row) -> bool:
    if not isinstance(value, bytes):
        return False
    report = Report.decode(value)
    return report.encode() == value and report.roster.position < MOST


def _flat(value: Any) -> list[Any]:
    return [one for item in value for one in _flat(item)] if isinstance(value, list) else [value]
