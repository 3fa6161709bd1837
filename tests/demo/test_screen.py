"""Progress for those who watch, and lines for those who read a log."""

from io import StringIO

import pytest

from demo.screen import Screen


def test_elsewhere_than_on_a_terminal_a_phase_is_a_line() -> None:
    screen = Screen(StringIO())
    with screen.phase("weeks pass", 3) as phase:
        for _ in range(3):
            phase.step()
    written = screen.stream.getvalue()  # type: ignore[attr-defined]
    assert written.startswith("weeks pass ")
    assert "3 of 3" in written
    assert written.count("\n") == 1
    assert screen.seconds["weeks pass"] >= 0


def test_on_a_terminal_it_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen(StringIO())
    with screen.phase("weeks pass", 2) as phase:
        phase.step(2)
    written = screen.stream.getvalue()  # type: ignore[attr-defined]
    assert "2/2" in written
    assert "━" in written


def test_a_phase_that_fails_is_not_reported_as_done() -> None:
    screen = Screen(StringIO())
    with pytest.raises(ValueError, match="no"), screen.phase("weeks pass", 2):
        raise ValueError("no")
    assert screen.seconds == {}
