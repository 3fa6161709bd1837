from pathlib import Path

import pytest

from cli.places import locale_of, places, region_of, zone_name

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


@pytest.mark.parametrize(
    ("environ", "region"),
    [
        ({"TZ": "Europe/Rome"}, "it"),
        # Where the machine is counts before what its owner reads.
        ({"TZ": "Europe/Rome", "LANG": "en_US.UTF-8"}, "it"),
        ({"TZ": ":America/New_York", "LANG": "it_IT.UTF-8"}, "us"),
        ({"TZ": "UTC", "LANG": "en_GB.UTF-8"}, "gb"),
        ({"TZ": "UTC", "LANG": "zh_HK.UTF-8"}, "hk"),
        # Catalan is not Canada, Breton not Brazil, Arabic not Argentina: each has another emergency number.
        ({"TZ": "UTC", "LANG": "ca.UTF-8"}, ""),
        ({"TZ": "UTC", "LANG": "br"}, ""),
        ({"TZ": "UTC", "LANG": "ar"}, ""),
        ({"TZ": "UTC", "LANG": "es_419.UTF-8"}, ""),
        ({"TZ": "Mars/Olympus", "LANG": "C.UTF-8"}, ""),
        ({"TZ": "UTC"}, ""),
    ],
)
def test_the_country_is_that_of_the_zone_and_never_a_language(environ: dict[str, str], region: str) -> None:
    assert region_of(environ) == region


def test_a_zone_without_a_name_is_none() -> None:
    assert zone_name({"TZ": "CET-1CEST"}) == ""
    assert zone_name({"TZ": "Europe/Rome"}) == "Europe/Rome"
