"""The crisis card: one clear file beside the database, readable while everything else is locked."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from device.keystore import write_file
from schemas.records import Card, Fields, card

CRISIS = "crisis.json"


def read_card(directory: Path, region: str = "") -> Card:
    """The card kept in `directory`, needing no passcode; never raises.

    Where there is none, as on first launch and after a wipe, the compiled-in number of `region` (112 by default).
    What somebody else wrote into the file is judged like any programme's card: the emergency number is compiled in.
    """
    kept: object = None
    with suppress(OSError, ValueError, RecursionError):
        kept = json.loads((directory / CRISIS).read_bytes())
    if not isinstance(kept, Mapping):
        return card(None, region)
    own = kept.get("region")
    return card({"crisis_card": kept}, own if isinstance(own, str) and not region else region)


def write_card(directory: Path, programme: Fields | None, region: str = "") -> Card:
    """Rewrite the card if the programme's settings, or the region if one is given, make it another.

    On a full disk the earlier card stays until the next time.
    """
    earlier = read_card(directory)
    wanted = card(programme, region or earlier["region"])
    if wanted != earlier or not (directory / CRISIS).exists():
        with suppress(OSError):
            write_file(directory / CRISIS, json.dumps(wanted, ensure_ascii=False, indent=1).encode())
    return wanted
