"""Reads the JSON files that ship inside this package."""

import json
from importlib.resources import files
from typing import Any


def load(*path: str) -> Any:
    """The parsed JSON file at `path`, relative to `schemas/records`."""
    return json.loads(files(__package__).joinpath(*path).read_text(encoding="utf-8"))


def names(*folder: str) -> tuple[str, ...]:
    """The names, without `.json`, of the data files in `folder`, sorted."""
    found = [entry.name for entry in files(__package__).joinpath(*folder).iterdir()]
    return tuple(sorted(name.removesuffix(".json") for name in found if name.endswith(".json")))
