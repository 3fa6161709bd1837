"""A contact on the command line."""

from typing import Any

from cli.codes import pick
from cli.errors import Usage
from cli.fields import Form, Reading, choices
from schemas.records import FieldSpec, Sentence, record_type


def _reasons(spec: FieldSpec, typed: list[str], reading: Reading) -> dict[str, Any]:
    primary, *others = (pick(CONTACT.option_of(spec.name), each, choices(spec, reading)) for each in typed)
    return {"primary": primary, **({"others": others} if others else {})}


def _referrals(spec: FieldSpec, typed: list[str], reading: Reading) -> list[dict[str, Any]]:
    return [_referral(spec, each, reading) for each in typed]


def _referral(spec: FieldSpec, typed: str, reading: Reading) -> dict[str, Any]:
    option, fields = CONTACT.option_of(spec.name), spec.item.fields if spec.item else {}
    where, *rest = typed.split(":")
    if not 1 <= len(rest) <= 2:
        raise Usage(Sentence("use_referral", option=option, typed=typed), Sentence("use_referral_how"))
    read = {
        name: pick(f"{option} ({name})", code, choices(fields[name], reading))
        for name, code in zip(("method", "outcome"), rest, strict=False)
    }
    categories = choices(fields["category"], reading)
    resource = reading.resource(where) if where not in categories else None
    if resource is not None:
        return {"resource": resource, **read}
    return {"category": pick(f"{option} (category)", where, categories), **read}


def _facilitators(spec: FieldSpec, typed: str, reading: Reading) -> dict[str, Any]:
    number, _, kinds = typed.partition(":")
    option = CONTACT.option_of(spec.name)
    if not (number.isascii() and number.isdigit() and len(number) < 3):
        raise Usage(Sentence("use_facilitators", option=option, typed=typed), Sentence("use_facilitators_how"))
    known = choices(spec.fields["kinds"], reading)
    picked = [pick(option, each, known) for each in kinds.split(",") if each]
    return {"count": int(number), **({"kinds": picked} if picked else {})}


CONTACT = Form(
    record_type("contact"),
    short={
        "occurred_on": "date",
        "contact_kind": "kind",
        "duration_band": "duration",
        "reasons": "reason",
        "actions": "action",
        "referrals": "referral",
        "phases_done": "phase",
    },
    shapes={
        "reasons": Sentence("help_reasons"),
        "referrals": Sentence("help_referrals"),
        "facilitators": Sentence("help_facilitators"),
    },
    readers={"reasons": _reasons, "referrals": _referrals, "facilitators": _facilitators},
    repeated=("reasons", "referrals"),
)
