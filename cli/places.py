"""Where a phone of the terminal lives: its encrypted database in one directory, its keystore in another."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path


def places(home: Path | None, state: Path | None, environ: Mapping[str, str]) -> tuple[Path, Path]:
    """(home, state): as given, else by the XDG Base Directory Specification, version 0.8.

    A phone with a home of its own has a state of its own, too: two phones that shared one keystore would overwrite
    each other's key, and with it lose their databases.
    """
    data_root = _root(environ, "XDG_DATA_HOME", ".local/share")
    state_root = _root(environ, "XDG_STATE_HOME", ".local/state")
    chosen = home or data_root / "phone"
    if state is not None:
        return chosen, state
    if home is None:
        return chosen, state_root / "phone"
    mark = sha256(str(home.expanduser().resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return chosen, state_root / f"phone-{mark}"


def locale_of(environ: Mapping[str, str]) -> str:
    """The locale for messages, such as `it_IT`, without its encoding; empty if there is none (POSIX, chapter 8)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name, ""):
            found = value.split(".")[0].split("@")[0]
            return "" if found in ("C", "POSIX") else found
    return ""


def region_of(environ: Mapping[str, str]) -> str:
    """The country (ISO 3166-1 alpha-2) where this machine is, by its time zone, else by its locale; "" if unknown.

    A locale says what a person reads: en_US is that of many a machine in Rome. And a language alone names no country:
    `ca` is Catalan, and would else be Canada with its emergency number.
    """
    country = _country_of_zone().get(zone_name(environ), "")
    if country:
        return country
    territory = locale_of(environ).replace("-", "_").split("_")[1:]
    return territory[-1].lower() if territory and len(territory[-1]) == 2 else ""


def zone_name(environ: Mapping[str, str]) -> str:
    """The time zone of this machine by its name in the IANA database; "" if it has none."""
    from schemas.records import zone_of

    given = environ.get("TZ", "").removeprefix(":")
    name = given or str(Path("/etc/localtime").resolve()).rpartition("/zoneinfo/")[2]
    return name if name[:1].isalpha() and zone_of(name) is not None else ""


@cache
def _country_of_zone() -> Mapping[str, str]:
    # The table names one country a zone; that of a UTC server is none.
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {row[2].strip(): row[0].lower() for row in rows}


def _root(environ: Mapping[str, str], name: str, otherwise: str) -> Path:
    given = environ.get(name, "")
    # The specification says that a relative path is to be ignored.
    root = Path(given) if given.startswith("/") else Path(environ.get("HOME", "~")).expanduser() / otherwise
    return root / "hallway"
