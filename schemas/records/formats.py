"""The shapes of text that means something: dates, times, links, numbers to call."""

import re
import unicodedata
from datetime import date

# Control characters drive terminals and direction marks make a name read as another one: the lead's directory
# is shown on every phone.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

FORMATS: dict[str, tuple[re.Pattern[str], str]] = {
    # No user part: in https://bank.example@evil.example the host is the second one.
    "url": (re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][!-~]*)?"), "https://example.org/help"),
    # The HTML standard's definition of a valid e-mail address.
    "email": (
        re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"),
        "desk at example.org",
    ),
    "phone": (re.compile(r"[+*#(]?[0-9][0-9 ()./*#-]*"), "+1 555 0100"),
    # The shape of RFC 5646; the registry of languages is not consulted.
    "language": (re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"), "en or pt-BR"),
    # ISO 8601 local time of day; 24:00 is the end of the day.
    "time": (re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00"), "08:30"),
    # A name of the IANA database (RFC 6557), or a fixed offset from UTC.
    "timezone": (
        re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*|[+-](0[0-9]|1[0-4]):[0-5][0-9]"),
        "Europe/Rome or +05:30",
    ),
    "own_code": (re.compile(r"[a-z][a-z0-9_]{0,31}"), "trained_peer"),
}

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_printable(text: str) -> bool:
    """Whether `text` shows as what it is, on one line."""
    return not any(char in _DIRECTION or unicodedata.category(char) in _UNPRINTABLE for char in text)


def parse_date(text: str) -> date | None:
    """The day written as YYYY-MM-DD, or None: `date.fromisoformat` takes week dates and bare digits too."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
