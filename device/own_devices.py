"""The phones of this account, and when each was last heard from."""

from dataclasses import dataclass
from typing import Any

from sync.state import RosterState


@dataclass(frozen=True)
class OwnDevice:
    """`way`: found, member, lead, link or recovery; `enrolled`: roster position; `heard`: seconds since 1970, UTC, by
    that phone's own clock when it wrote its newest entry here; None if none has landed.
    """

    id: bytes
    here: bool
    way: str
    enrolled: int
    heard: int | None


def own_devices(connection: Any, roster: RosterState, account: bytes, own: bytes) -> list[OwnDevice]:
    """The active phones of an account in order of enrolment; none once it has left."""
    owner = roster.accounts.get(account)
    found = []
    for id_ in owner.devices if owner is not None else ():
        device = roster.devices[id_]
        invite = roster.invites.get(device.invite)
        way = "found" if invite is None else invite.role
        found.append(OwnDevice(id_, id_ == own, way, device.enrolled, last_heard(connection, id_)))
    return found


def note_heard(connection: Any, log: bytes, device: bytes, position: int, written_at: int) -> None:
    """An entry of this device has landed; an older one that lands late says nothing new."""
    connection.execute(
        "INSERT INTO heard(device, log, position, written_at) VALUES (?, ?, ?, ?) ON CONFLICT(device, log) DO UPDATE"
        " SET position = excluded.position, written_at = excluded.written_at WHERE excluded.position >= position",
        (device, log, position, written_at),
    )


def last_heard(connection: Any, device: bytes) -> int | None:
    (latest,) = connection.execute("SELECT MAX(written_at) FROM heard WHERE device = ?", (device,)).fetchone()
    return None if latest is None else int(latest)
