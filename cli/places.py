"""Where a phone of the terminal lives: its encrypted database in one directory, its keystore in another."""

from collections.abc import Mapping
from hashlib import sha256
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


def _root(environ: Mapping[str, str], name: str, otherwise: str) -> Path:
    given = environ.get(name, "")
    # The specification says that a relative path is to be ignored.
    root = Path(given) if given.startswith("/") else Path(environ.get("HOME", "~")).expanduser() / otherwise
    return root / "hallway"
