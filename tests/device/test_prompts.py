from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.prompts import EVENTS, HANDED_ON, LATER_VISITS, prompts
from schemas.records import code_list
from tests.device.contacts import CONTACT
from tests.schemas.records.strategies import contacts


@pytest.mark.parametrize("visit", code_list("visit_number").codes)
def test_from_the_third_visit_on_a_referral_or_supervision_is_suggested(visit: str) -> None:
    asked = prompts({**CONTACT, "visit_number": visit})
    assert ("third_contact" in asked) == (visit in {"third", "fourth", "fifth_or_later"})
    assert "third_contact" not in prompts({**CONTACT, "visit_number": visit, "disposition": "referral_accepted"})
    referral = {"category": "eap", "method": "number_given", "outcome": "unknown"}
    assert "third_contact" not in prompts({**CONTACT, "visit_number": visit, "referrals": [referral]})


def test_after_an_event_the_phone_asks_once_whether_the_supporter_was_part_of_it() -> None:
    event = {**CONTACT, "reasons": {"primary": "burnout_exhaustion", "others": ["adverse_event"]}}
    assert prompts(event) == ("conflict_check",)
    assert prompts({**event, "conflict_check": "not_involved"}) == ()
    assert prompts({**event, "conflict_check": "involved_handed_over"}) == ()
    assert prompts({**event, "conflict_check": "involved_no_alternative"}) == ("conflict_alone",)
    assert prompts(CONTACT) == ()


def test_who_is_in_red_is_told_whom_to_call() -> None:
    assert prompts({**CONTACT, "supporter_impact": "red"}) == ("own_red",)


def test_the_codes_are_those_of_the_lists() -> None:
    assert set(code_list("reason").codes) >= EVENTS
    assert set(code_list("visit_number").codes) >= LATER_VISITS
    assert set(code_list("disposition").codes) >= HANDED_ON


@given(contacts())
def test_every_prompt_has_words(fields: dict[str, Any]) -> None:
    assert set(prompts(fields)) <= set(code_list("prompt").codes)


ANYTHING = st.one_of(st.integers(), st.booleans(), st.text(max_size=9), st.lists(st.text(max_size=3), max_size=2))
FIELDS = st.sampled_from(["visit_number", "disposition", "conflict_check", "reasons", "referrals", "supporter_impact"])


@given(st.dictionaries(FIELDS, ANYTHING | st.dictionaries(st.sampled_from(["primary", "others"]), ANYTHING)))
def test_a_contact_of_any_version_is_taken(fields: dict[str, Any]) -> None:
    prompts(fields)
