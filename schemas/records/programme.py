"""Reads lists out of a `programme` record, whichever version wrote it."""

from collections.abc import Mapping

from schemas.records.values import Fields


def programme_list(programme: Fields | None, name: str) -> list[str] | None:
    """The codes of the programme's list `name`, in order; None if this phone has no such list (yet).

    An entry in a shape of another version keeps its place, as "": tiers are referred to by position.
    """
    entries = programme.get(name) if programme is not None else None
    if not isinstance(entries, list):
        return None
    codes = (entry.get("code") if isinstance(entry, Mapping) else None for entry in entries)
    return [code if isinstance(code, str) else "" for code in codes]
