"""What people read in place of a code, one file a language."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from schemas.records.package_data import load, names

FALLBACK = "en"


def languages() -> tuple[str, ...]:
    """The languages shipped (ISO 639-1), sorted."""
    return names("labels")


def label(lang: str, list_name: str, code: str) -> str:
    """The label of `code` in the list `list_name`.

    `list_name` is a code list, "record_type", "problem", or "field." and a record type (the code is then a field's
    dotted path, as `FieldSpec.paths` gives it). A label missing in `lang` is looked up in English; a code that no file
    knows, such as one of a newer version, is "other (code)" in the reader's language: shown, never dropped.
    """
    wanted = _file(_shipped(lang))
    for file in (wanted, _file(FALLBACK)):
        found = file["labels"].get(list_name, {}).get(code)
        if found is not None:
            return str(found)
    return str(wanted["other"]).replace("{code}", code)


def sentence(lang: str, name: str, /, **values: object) -> str:
    """A sentence of the list "sentence" with `values` in their places. Raises KeyError for one that is not there."""
    found = _file(_shipped(lang))["labels"]["sentence"].get(name) or _file(FALLBACK)["labels"]["sentence"][name]
    # One pass: a name that somebody else gave is not looked through for further places.
    return re.sub(r"\{(\w+)\}", lambda place: str(values.get(place[1], place[0])), str(found))


class Sentence(str):
    """A sentence of the list "sentence": English as text, and in any language by `again`."""

    name: str
    values: Mapping[str, str | int]

    def __new__(cls, name: str, /, **values: str | int) -> "Sentence":
        """Raises KeyError as `sentence`."""
        made = super().__new__(cls, sentence(FALLBACK, name, **values))
        made.name, made.values = name, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, str | int]]:
        # A copy is made from these, and not from the text.
        return (self.name,), dict(self.values)


def again(lang: str, text: str) -> str:
    """What was said, in the language `lang`; other text as it is."""
    return sentence(lang, text.name, **text.values) if isinstance(text, Sentence) else text


def problem_words(lang: str, name: str) -> str:
    """A problem of the server in a person's words; all that are not known alike.

    Never the server's own: whoever runs it could tell people anything, in our name.
    """
    known = _file(FALLBACK)["labels"]["problem"]
    return label(lang, "problem", name if name in known else "unknown")


def problem_advice(lang: str, name: str, status: int) -> str:
    """What a person does next about a problem of the server with this HTTP status."""
    if status >= 500 or status == 429:
        name = "later"
    known = _file(FALLBACK)["labels"]["problem_next"]
    return label(lang, "problem_next", name if name in known else "update")


def labels_of(lang: str, list_name: str) -> Mapping[str, str]:
    """Every label of `list_name` in `lang`, code -> label; empty if the language has none of them."""
    return dict(_file(_shipped(lang))["labels"].get(list_name, {}))


def _shipped(lang: str) -> str:
    base = lang.replace("_", "-").split("-")[0].lower()
    return base if base in languages() else FALLBACK


@cache
def _file(lang: str) -> dict[str, Any]:
    file: dict[str, Any] = load("labels", f"{lang}.json")
    return file
