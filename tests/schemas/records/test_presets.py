import pytest

from crypto.public.encoding import encode
from schemas.records import RecordError, prepare, preset, preset_names, programme_list, source, typical_contacts
from tests.schemas.records.strategies import TODAY


def test_the_shipped_presets() -> None:
    assert preset_names() == ("ice_cream_rounds", "you_matter")


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_a_programme_with_a_source(name: str) -> None:
    fields = prepare("programme", preset(name), today=TODAY)
    assert fields == preset(name)
    assert encode(fields)
    assert source(name)


@pytest.mark.parametrize("name", preset_names())
def test_the_contacts_of_its_typical_kind_are_taken(name: str) -> None:
    contacts = typical_contacts(name)
    assert len(contacts) >= 2
    for contact in contacts:
        ready = prepare("contact", contact, today=TODAY, programme=preset(name))
        assert ready == {"occurred_on": TODAY.isoformat(), **contact}


def test_you_matter_has_three_tiers_and_both_kinds_of_contact() -> None:
    assert programme_list(preset("you_matter"), "tiers") == ["unit_colleague", "trained_peer", "professional"]
    assert {contact["contact_kind"] for contact in typical_contacts("you_matter")} == {"one_to_one", "group"}


def test_an_ice_cream_round_has_four_phases_and_two_facilitators() -> None:
    phases = ["introduction", "check_in", "discussion", "check_out"]
    assert programme_list(preset("ice_cream_rounds"), "phases") == phases
    ice_cream = typical_contacts("ice_cream_rounds")[0]
    assert ice_cream["phases_done"] == phases
    assert ice_cream["facilitators"] == {"count": 2, "kinds": ["peer"]}
    with pytest.raises(RecordError):
        prepare("contact", ice_cream, today=TODAY, programme=preset("you_matter"))


def test_a_lead_who_changes_a_preset_changes_nobody_else_s() -> None:
    mine = preset("you_matter")
    mine["display_name"] = "Ours"
    assert preset("you_matter")["display_name"] == "You Matter"


def test_an_unknown_preset_is_refused_with_the_choice() -> None:
    with pytest.raises(RecordError, match=r"choose one of ice_cream_rounds, you_matter"):
        preset("rise_and_shine")
