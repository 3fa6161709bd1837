from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records.formats import FORMATS, is_printable, parse_date

GOOD = {
    "url": ["https://example.org", "http://example.org:80/a?b#c", "https://EXAMPLE.org/"],
    "email": ["@".join(["a.b+c", "example.org"])],
    "phone": ["112", "+1 555 0100", "(555) 0100", "*67", "0800/555.01"],
    "language": ["en", "pt-BR", "zh-Hant-TW", "fil"],
    "time": ["00:00", "23:59", "24:00"],
    "timezone": ["Europe/Rome", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "+05:30", "-03:00"],
    "own_code": ["a", "trained_peer", "x9"],
}
BAD = {
    "url": [
        "javascript:alert(1)",
        "//example.org",
        "https://a@example.org/",
        "https://",
        "ftp://example.org",
        "https://a b",
    ],
    "email": ["a", "@".join(["", "example.org"]), "@".join(["a", "localhost"]), "@".join(["a b", "example.org"])],
    "phone": ["", "call us", "+", "12\u0660", "112\n"],
    "language": ["english!", "e", "EN", "en_GB", "en-"],
    "time": ["24:01", "8:30", "08:60", "08:30:00", "25:00"],
    "timezone": ["", "Europe/", "/Europe/Rome", "../UTC", "5", "+5", "+05:60", "+15:00", "Z5:00 "],
    "own_code": ["", "9a", "Peer", "a-b", "a" * 33, "é"],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in GOOD for text in GOOD[kind]])
def test_the_shape_is_taken(kind: str, text: str) -> None:
    assert FORMATS[kind][0].fullmatch(text)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in BAD for text in BAD[kind]])
def test_another_shape_is_refused(kind: str, text: str) -> None:
    assert not FORMATS[kind][0].fullmatch(text)


def test_every_format_is_tried() -> None:
    assert set(GOOD) == set(BAD) == set(FORMATS)


@given(st.dates())
def test_a_date_reads_back(day: date) -> None:
    assert parse_date(day.isoformat()) == day


@pytest.mark.parametrize(
    "text", ["20260309", "2026-W11-1", "2026-3-9", "2026-02-30", "2026-03-09T00:00", "٢٠٢٦-٠٣-٠٩", "", "0000-01-01"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize("char", ["\x00", "\x1b", "\n", "\x9b", "\u2028", "\u202e", "\u2066", "\ud800"])
def test_what_drives_a_terminal_or_turns_the_reading_is_not_printable(char: str) -> None:
    assert not is_printable(f"help{char}line")


def test_accents_emoji_and_right_to_left_text_are_printable() -> None:
    assert is_printable("Città – 心理 – 🤝 – עזרה – مساعدة")
