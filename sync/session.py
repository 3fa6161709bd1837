"""Proof of a principal that opens a session."""

from crypto.public.encoding import encode
from sync.space import spaces_of
from sync.state import RosterState


def session_message(origin: str, challenge: bytes, principal: bytes) -> bytes:
    """What the principal signs, context `session`; the origin keeps a proof from being relayed to another server."""
    return encode([origin, challenge, principal])


def principal_key(roster: RosterState, principal: bytes, day: int) -> bytes | None:
    """Signing key of an active device, an open invite, or a removed member that may still read; else None.

    `day`: the server's, UTC. In a programme where nothing is stated roster time stands still, and an invite would
    outlive its last day.
    """
    device = roster.devices.get(principal)
    if device is not None:
        return device.signing_key
    former = roster.former.get(principal)
    if former is not None:
        return former.device.signing_key if spaces_of(roster, principal) else None
    invite = roster.invites.get(principal)
    return invite.signing_key if invite is not None and invite.is_open(max(roster.time, day - 1)) else None
