"""What a client is asked, and where it is specified: docs/protocol/conformance.json."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import orjson

ROOT = Path(__file__).resolve().parents[1]
PROTOCOL = "docs/protocol"

Json: TypeAlias = Any
Object: TypeAlias = dict[str, Json]


@dataclass(frozen=True)
class Row:
    """An operation. `given`, `out`, `told`: members of a case that go in, come out, and are told with a refusal.

    `where`: the member without which a case is not asked this; empty if all are.
    """

    op: str
    given: tuple[str, ...]
    out: tuple[str, ...]
    told: tuple[str, ...]
    where: str

    @property
    def of(self) -> str:
        return self.op.partition("/")[0]

    def takes(self, vector: Object) -> bool:
        """A second direction is asked of accepted cases alone."""
        if self.where and self.where not in vector:
            return False
        return "/" not in self.op or vector["expect"] == "ok"


@dataclass(frozen=True)
class Table:
    """`verdicts`: word of a case -> how its outcome is compared; any other word is a problem. `pages`: list -> page."""

    rows: tuple[Row, ...]
    verdicts: dict[str, str]
    pages: dict[str, str]

    def rows_of(self, name: str) -> list[Row]:
        return [row for row in self.rows if row.of == name]


@cache
def table() -> Table:
    read = orjson.loads((ROOT / PROTOCOL / "conformance.json").read_bytes())
    rows = [
        Row(one["op"], tuple(one["in"]), tuple(one["out"]), tuple(one.get("told", ())), one.get("where", ""))
        for one in read["operations"]
    ]
    return Table(tuple(rows), read["verdicts"], read["pages"])
