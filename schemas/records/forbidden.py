"""What is never a field: names that would identify a person or turn the log into notes."""

import re
from functools import cache
from itertools import pairwise

from schemas.records.package_data import load
from schemas.records.types import record_types

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@cache
def _table() -> tuple[dict[str, str], dict[str, str]]:
    data = load("data", "forbidden_fields.json")
    names = {name: group["reason"] for group in data["groups"] for name in group["names"]}
    words = {word: group["reason"] for group in data["groups"] for word in group["words"]}
    return names, words


def forbidden_reason(record_type: str, field: str) -> str | None:
    """Why a field called `field` is never part of a `record_type` record, or None if its name is harmless.

    It is asked of what a supporter logs: all types of the personal space, and types that are unknown here, since a
    file could else bring notes about people in under a type of its own. The name is compared as a whole and word by
    word, in any case and with any separator, so that `patientName`, `PATIENT-NAME` and `patient_name` are one.
    """
    known = record_types().get(record_type)
    if known is not None and (known.reserved or known.space != "personal"):
        return None
    names, words = _table()
    parts = [part.lower() for part in _WORD.findall(field)]
    joined = "_".join(parts)
    if joined in names:
        return names[joined]
    # "phq9" splits at its digit, so neighbours are tried together too.
    pairs = [left + right for left, right in pairwise(parts)]
    return next((words[part] for part in [*parts, *pairs] if part in words), None)
