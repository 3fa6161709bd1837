import inspect
from typing import Any, get_args

import pytest
from hypothesis import given

from cli.contact import CONTACT
from cli.errors import Usage
from cli.fields import Reading, names_of
from tests.schemas.records.strategies import ROUNDS, contacts

READING = Reading("en", ROUNDS, bytes.fromhex)


def typed_as(name: str, value: Any) -> Any:
    """What a person would give the option of a field for this value; None for what cannot be typed: emptiness."""
    match name:
        case "reasons":
            return [value["primary"], *value.get("others", [])]
        case "facilitators":
            return f"{value['count']}:{','.join(value.get('kinds', []))}"
        case "referrals":
            return [
                ":".join(
                    [
                        each["category"] if "category" in each else each["resource"].hex(),
                        each["method"],
                        each["outcome"],
                    ]
                )
                for each in value
            ] or None
        case "tier":
            return str(value)
    return value or None


def without_emptiness(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_emptiness(each) for name, each in value.items() if each != []}
    return value


@given(contacts())
def test_every_valid_contact_can_be_typed(fields: dict[str, Any]) -> None:
    for referral in fields.get("referrals", []):
        referral.setdefault("outcome", "unknown")
    typed = {name: typed_as(name, value) for name, value in fields.items()}
    assert CONTACT.read(typed, READING) == without_emptiness(fields)


def test_each_field_has_an_option_and_no_other_has() -> None:
    @CONTACT.options
    def command(first: int, **typed: Any) -> None: ...

    parameters = inspect.signature(command).parameters
    assert set(parameters) == {"first", *CONTACT.kind.fields}
    options = [get_args(parameters[name].annotation)[1].default for name in CONTACT.kind.fields]
    assert sorted(options) == sorted(CONTACT.option_of(name) for name in CONTACT.kind.fields)
    assert len(set(options)) == len(options)


def test_a_field_is_named_by_itself_or_by_its_option() -> None:
    for field in CONTACT.kind.fields:
        assert CONTACT.field_of(field) == CONTACT.field_of(CONTACT.option_of(field)) == field
    with pytest.raises(Usage):
        CONTACT.field_of("nickname")


def test_a_tier_is_named_by_code_or_number() -> None:
    codes = list(names_of(ROUNDS, "tiers"))
    assert [CONTACT.read({"tier": code}, READING)["tier"] for code in codes] == list(range(len(codes)))
    with pytest.raises(Usage, match="no such list"):
        CONTACT.read({"tier": codes[0]}, Reading("en", None, lambda _: None))
