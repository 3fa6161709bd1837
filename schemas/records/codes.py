"""Code lists: closed when written, open when read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from schemas.records.package_data import load


@dataclass(frozen=True, slots=True)
class CodeList:
    """An ordered list of codes; `version` rises with every code that is added. Codes are never removed."""

    name: str
    version: int
    codes: tuple[str, ...]


@cache
def code_lists() -> Mapping[str, CodeList]:
    """Every code list by name."""
    lists = load("data", "code_lists.json")
    return MappingProxyType(
        {name: CodeList(name, entry["version"], tuple(entry["codes"])) for name, entry in lists.items()}
    )


def code_list(name: str) -> CodeList:
    """The code list `name`; raises KeyError if there is none."""
    return code_lists()[name]
