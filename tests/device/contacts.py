"""What phones log in tests."""

from device.phone import Phone
from schemas.records import Fields

CONTACT: Fields = {
    "contact_kind": "one_to_one",
    "modality": "phone",
    "duration_band": "m15_29",
    "reasons": {"primary": "burnout_exhaustion", "others": []},
    "disposition": "closed_supported",
}
RESOURCE: Fields = {
    "name": "Line",
    "categories": ["crisis_line"],
    "is_crisis": True,
    "phones": [{"number": "+1 555 0100"}],
    "assured_date": "2024-01-01",
}
DISPOSITIONS = ("followup_agreed", "warm_handoff", "referral_accepted", "closed_supported")


def logged(phone: Phone) -> dict[bytes, Fields]:
    """The contacts that a phone shows, by id."""
    return {record.id: record.fields for record in phone.records.list("contact")}
