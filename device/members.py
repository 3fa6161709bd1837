"""The accounts of a programme, as a lead sees them."""

from dataclasses import dataclass

from device.ceremonies.naming import names_known
from device.engine import Engine


@dataclass(frozen=True)
class Member:
    """An account; the name is known once its phone's sealed row was taken."""

    account: bytes
    name: str | None
    role: str
    devices: int
    joined: int


def members(engine: Engine) -> list[Member]:
    """All accounts, those who joined first first; names as far as this phone may read them."""
    roster = engine.roster
    names = names_known(engine.vault.read(), roster.space_log("leads"))
    return sorted(
        (
            Member(id_, names.get(id_), account.role, len(account.devices), account.joined)
            for id_, account in roster.accounts.items()
        ),
        key=lambda member: member.joined,
    )
