"""The ledger notices every way in which a phone may be wrong."""

from typing import Any

import pytest

from demo.ledger import Ledger, differing, same

ID, OTHER = bytes(16), bytes(range(16))


def ledger() -> Ledger:
    made = Ledger()
    made.logged(1, ID, "contact", {"tier": 1, "modality": "phone", "shift_band": "day"})
    made.edited(ID, {"modality": "video"}, ("shift_band",))
    made.logged(2, OTHER, "contact", {"tier": 0})
    made.deleted(OTHER)
    return made


def test_a_phone_that_shows_the_same_does_not_differ() -> None:
    assert ledger().ids == {1: ID, 2: OTHER}
    assert ledger().differences({ID: ("contact", {"tier": 1, "modality": "video"})}) == []


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ({}, "a contact is missing"),
        ({ID: ("contact", {"tier": 1, "modality": "phone"})}, "a contact differs in modality"),
        ({ID: ("contact", {"tier": 1})}, "a contact differs in modality"),
        ({ID: ("contact", {"tier": True, "modality": "video"})}, "a contact differs in tier"),
        ({ID: ("contact", {"tier": 1, "modality": "video", "shift_band": "day"})}, "a contact differs in shift_band"),
        ({ID: ("check_in", {"tier": 1, "modality": "video"})}, "a contact has become a check_in"),
        (
            {ID: ("contact", {"tier": 1, "modality": "video"}), OTHER: ("contact", {"tier": 0})},
            "there is a record that nobody logged",
        ),
    ],
)
def test_a_phone_that_differs_is_told(shown: dict[bytes, Any], said: str) -> None:
    assert ledger().differences(shown) == [said]


def test_two_phones_are_the_same_only_both_ways() -> None:
    one: dict[bytes, Any] = {ID: ("contact", {"tier": 1})}
    assert same(one, {ID: ("contact", {"tier": 1})})
    assert not same(one, {**one, OTHER: ("contact", {})})
    assert not same({**one, OTHER: ("contact", {})}, one)
    assert differing({"a": 1}, {"a": 1, "b": 2}) == {"b"}
