import pytest

from stats.report.as_text import as_text
from stats.table import table
from tests.stats.report.samples import KINDS, MODALITIES, OCTOBER, programme, release, task


@pytest.mark.parametrize("n", [20, 100, 1000])
def test_eighty_columns_and_nothing_that_drives_a_terminal(n: int) -> None:
    text = as_text(table(one) for one in programme(n))
    assert all(len(line) <= 80 and line == line.rstrip() for line in text.split("\n"))
    assert all(char == "\n" or char.isprintable() for char in text)
    assert "Contacts by primary reason\nOctober 2026\n" in text
    assert "Supporters' check-ins by zone\nOctober to December 2026\n" in text
    assert "Epsilon of a release: 1.00" in text
    for words in ("Moral injury or distress", "Burnout or exhaustion", "No check-in, or not taking part", "Mean zone"):
        assert words in text


def test_bars_are_as_long_as_what_is_sure_and_may_be() -> None:
    of = task("contact", ("modality", MODALITIES))
    shown = release(of, [0, 0, 0, 0], OCTOBER, 20)
    text = as_text([table(type(shown)(of, OCTOBER, bytes(32), (90, 30, 4, -9), 20, 0, shown.released))])
    bars = {line[:38].strip(): line[38:].split() for line in text.split("\n") if "  " in line}
    assert bars["In person, in private"] == ["90", "±", "6", "█" * 21 + "▒" * 3]
    assert bars["Telephone"] == ["30", "±", "6", "█" * 6 + "▒" * 3]
    assert bars["Text or chat"] == bars["Video"] == ["<5"]
    assert bars["All"] == ["115", "±", "11"]
    assert text.index("Telephone") < text.index("Video") < text.index("Text or chat")  # in the order of the list


def test_parts_stand_under_their_sum() -> None:
    of = task("contact", ("contact_kind", KINDS), ("modality", MODALITIES))
    text = as_text([table(release(of, [50] * 12, OCTOBER, 20))])
    assert text.count("\n    Telephone ") == 3
    assert text.count("\n  Group ") == 1


def test_nothing_released() -> None:
    assert as_text([]) == "Nothing has been released.\n"
