from pathlib import Path

import pytest

from cli.places import locale_of, places

ENVIRON = {"HOME": "/home/ada"}


def test_the_standard_places() -> None:
    assert places(None, None, ENVIRON) == (
        Path("/home/ada/.local/share/hallway/phone"),
        Path("/home/ada/.local/state/hallway/phone"),
    )
    xdg = {**ENVIRON, "XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "/s"}
    assert places(None, None, xdg) == (Path("/d/hallway/phone"), Path("/s/hallway/phone"))
    assert places(None, None, {**ENVIRON, "XDG_DATA_HOME": "relative"})[0] == Path(
        "/home/ada/.local/share/hallway/phone"
    )


def test_two_homes_never_share_a_keystore_by_default(tmp_path: Path) -> None:
    states = {places(home, None, ENVIRON)[1] for home in (None, tmp_path / "a", tmp_path / "b", tmp_path / "a" / "b")}
    assert len(states) == 4
    again = places(tmp_path / "a" / ".." / "a", None, ENVIRON)[1]
    assert again in states
    assert places(tmp_path, Path("/s"), ENVIRON) == (tmp_path, Path("/s"))


@pytest.mark.parametrize(
    ("environ", "locale"),
    [
        ({}, ""),
        ({"LANG": "it_IT.UTF-8"}, "it_IT"),
        ({"LANG": "it_IT.UTF-8", "LC_ALL": "C.UTF-8"}, ""),
        ({"LANG": "en", "LC_MESSAGES": "ca_ES@valencia", "LC_ALL": ""}, "ca_ES"),
    ],
)
def test_the_locale_of_messages(environ: dict[str, str], locale: str) -> None:
    assert locale_of(environ) == locale
