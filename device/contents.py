"""What a stored entry says, as far as this phone can read it."""

from typing import Any

from crypto.errors import OpenFailed
from device.keyring import epoch_key
from sync.device.author import open_entry
from sync.device.changes import Content, ContentError, check_place, decode_content
from sync.errors import Refused
from sync.log import Entry
from sync.space import SEALED


def read(connection: Any, log: bytes, position: int, entry: Entry | None) -> Content | None:
    """The content of the entry at `position`.

    None if it is no sealed one, if its body is gone or its key is not here, or if it would be quarantined.
    """
    if entry is None or entry.body is None or entry.header.kind != SEALED:
        return None
    key = epoch_key(connection, log, entry.header.epoch)
    if key is None:
        return None
    try:
        content = decode_content(open_entry(entry, key))
        check_place(content, position, entry.header.seen.position)
    except (OpenFailed, ContentError, Refused):
        return None
    return content
