"""The table on the screen and in the documentation."""

import pytest

from adversary import table
from adversary.attacks.table import ATTACKS
from adversary.table import PAGE, documented, last_line, line, steady
from adversary.verdict import AT_ONCE, LIMIT, PREVENTED, UNNOTICED, Attack, Row
from tests.adversary.test_verdict import ATTACK, nothing

LIMITED = Attack("withhold", "none", LIMIT, lasting=True, act=nothing)
ROWS = [
    Row(ATTACK, PREVENTED, (), "no a|b", 3, 0),
    Row(ATTACK, UNNOTICED, ("it says so", "twice"), "", 3, 2, ("ada hangs",), "nobody was told"),
    Row(LIMITED, LIMIT, (), "", 3, 0),
]


def test_the_page_says_what_the_attacks_are() -> None:
    """Written by `python -m adversary --write`, from a run in which all went as promised."""
    assert documented() == {attack.name: (attack.text.replace("|", "\\|"), attack.promise) for attack in ATTACKS}


def test_the_sum_counts_stated_limits_apart() -> None:
    assert last_line(ROWS).splitlines() == [
        "1 stated limits: withhold; 1 did not end well",
        "adversary: 2 attacks, 1 unnoticed, 2 records lost",
    ]
    assert last_line([]) == "0 stated limits: none\nadversary: 0 attacks, 0 unnoticed, 0 records lost"


def test_a_line_says_what_was_seen_lost_and_broken() -> None:
    assert line(ROWS[0]).startswith("ok ")
    assert "sees: nothing" in line(ROWS[0])
    bad = line(ROWS[1])
    assert bad.startswith("BAD ")
    assert "it says so; twice" in bad
    assert "lost: 2 of 3 records" in bad
    assert "ada hangs" in bad
    assert "nobody was told" in bad
    assert ROWS[1].attack.text in bad


def test_what_differs_from_run_to_run_is_left_out() -> None:
    said = "http://127.0.0.1:43719 of 2026-11-22: phone 0123abcd and entry 4"
    assert steady(said) == "http://… of …: phone … and entry 4"


def test_the_written_table_is_read_back(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    page = type(PAGE)(str(tmp_path)) / "page.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n")
    monkeypatch.setattr(table, "PAGE", page)
    attacks = [ATTACK, LIMITED]
    table.written([ROWS[0], Row(LIMITED, AT_ONCE, (), "", 0, 0)], attacks)
    whole = {
        "nothing": ("The server does nothing.", PREVENTED),
        "withhold": ("The server does nothing.", AT_ONCE),
    }
    assert documented() == whole
    assert page.read_text().startswith("before\n")
    assert page.read_text().endswith("\nafter\n")
    assert "no a\\|b" in page.read_text()
    # A few attacks that were played again leave the other rows as they are; what is no attack any more goes.
    once = page.read_text()
    table.written([ROWS[0]], attacks)
    assert page.read_text() == once
    table.written([], attacks[:1])
    assert list(documented()) == ["nothing"]
