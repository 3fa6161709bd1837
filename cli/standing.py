"""How a phone stands: who it is, what waits on it, what its owner should know."""

from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from device.phone import Phone


@dataclass(frozen=True)
class Standing:
    """`stage`: none, invited, sent or active; `code`: of the labels `code_state`; `last_sync`: ISO 8601, UTC, or None;
    `kept`: days for which an entry, and a check-in, are kept, None before the roster is known.
    """

    stage: str
    account: str = ""
    device: str = ""
    programme: str = ""
    programme_name: str = ""
    role: str = ""
    address: str = ""
    unsent: int = 0
    waiting: int = 0
    quarantined: int = 0
    conflicts: int = 0
    code: str = "none"
    last_sync: str | None = None
    may_sign: bool = True
    healing: bool = False
    kept: dict[str, int] | None = None
    notes: list[str] = field(default_factory=list)
    silent: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def standing(phone: "Phone") -> Standing:
    """How this phone stands, from what it knows itself."""
    from device.days import heard_at
    from device.opening import quarantined

    identity = phone.identity
    if identity is None:
        return Standing("none")
    known = Standing(identity.stage, device=identity.device.hex(), address=identity.address)
    if identity.stage != "active":
        return known
    engine, records = phone.engine, phone.records
    account = engine.roster.accounts.get(identity.account)
    programme = records.programme() or {}
    heard = heard_at(phone.vault.read())
    return replace(
        known,
        account=identity.account.hex(),
        programme=identity.programme.hex(),
        programme_name=str(programme.get("display_name", "")),
        role=account.role if account else "",
        unsent=records.unsent(),
        waiting=phone.waiting(),
        quarantined=sum(quarantined(phone.vault.read(), log) for log in engine.logs()),
        conflicts=sum(len(record.conflicts) for record in records.conflicts()),
        code=code_state(phone),
        last_sync=None if heard is None else datetime.fromtimestamp(heard, UTC).isoformat(timespec="seconds"),
        may_sign=may_sign(phone),
        healing=engine.healing,
        kept={"contact_days": engine.roster.policy.contact_days, "check_in_days": engine.roster.policy.check_in_days},
        notes=phone.notes(),
        silent=silent(phone),
    )


def silent(phone: "Phone") -> list[dict[str, Any]]:
    """Accounts without a sign of life, with their names as far as this phone knows them; `days` since the last one."""
    names = {member.account: member.name for member in phone.members()}
    return [
        {"account": one.account.hex(), "name": names.get(one.account), "role": one.role, "days": one.days}
        for one in phone.silent()
    ]


def code_state(phone: "Phone") -> str:
    """A code of the labels `code_state`."""
    from device.ceremonies.inviting import code_confirmed_on, code_pending
    from device.ceremonies.recovering import renewal_due

    if code_pending(phone.engine):
        return "pending"
    if renewal_due(phone.engine):
        return "renewal_due"
    return "none" if code_confirmed_on(phone.engine) is None else "confirmed"


def may_sign(phone: "Phone") -> bool:
    """Whether what this phone writes will ever leave it: not after it was restored or copied."""
    return not phone.engine.writer.silenced
