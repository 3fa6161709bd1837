"""What the phone asks or suggests when a contact is written. Nobody else is told, and nothing is in the way."""

from schemas.records import Fields

EVENTS = frozenset(
    {
        "adverse_event",
        "perceived_error_or_near_miss",
        "patient_death_or_code",
        "colleague_death_or_injury",
        "litigation_complaint_investigation",
    }
)
"""Reasons behind which lies something that may be looked into later."""
LATER_VISITS = frozenset({"third", "fourth", "fifth_or_later"})
HANDED_ON = frozenset({"referral_accepted", "warm_handoff", "escalated_next_tier", "emergency_activated"})


def prompts(contact: Fields) -> tuple[str, ...]:
    """Codes of the list `prompt` for a contact as it stands; takes it in any shape.

    `third_contact`: from the third visit on, unless a referral stands in it already: the role is limited in time.
    `conflict_check`: after an event, while nobody has said whether the supporter was part of it. `conflict_alone`:
    they were, and nobody else was there: several statutes void privilege then. `own_red`: the supporter is in red.
    """
    visit, disposition, conflict = (_text(contact, name) for name in ("visit_number", "disposition", "conflict_check"))
    found = list[str]()
    if visit in LATER_VISITS and disposition not in HANDED_ON and not contact.get("referrals"):
        found.append("third_contact")
    if conflict is None and _reasons(contact) & EVENTS:
        found.append("conflict_check")
    if conflict == "involved_no_alternative":
        found.append("conflict_alone")
    if contact.get("supporter_impact") == "red":
        found.append("own_red")
    return tuple(found)


def _reasons(contact: Fields) -> frozenset[object]:
    reasons = contact.get("reasons")
    if not isinstance(reasons, dict):
        return frozenset()
    others = reasons.get("others")
    every = [reasons.get("primary"), *(others if isinstance(others, list) else ())]
    return frozenset(each for each in every if isinstance(each, str))


def _text(contact: Fields, name: str) -> str | None:
    value = contact.get(name)
    return value if isinstance(value, str) else None
