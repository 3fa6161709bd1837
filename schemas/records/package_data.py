"""Reads the JSON files that ship inside this package, or inside another one."""

import json
from importlib.resources import files
from typing import Any


def load(*path: str, package: str = __package__) -> Any:
    """The parsed JSON file at `path`, relative to `package`."""
    return json.loads(files(package).joinpath(*path).read_text(encoding="utf-8"))


def names(*folder: str) -> tuple[str, ...]:
    """The names, without `.json`, of the data files in `folder`, sorted."""
    found = [entry.name for entry in files(__package__).joinpath(*folder).iterdir()]
    return tuple(sorted(name.removesuffix(".json") for name in found if name.endswith(".json")))
