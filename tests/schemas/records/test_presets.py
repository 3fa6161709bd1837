from collections import Counter
from typing import Any

import pytest

from crypto.public.encoding import encode
from schemas.records import (
    MonthEntry,
    RecordError,
    about,
    instrument,
    prepare,
    preset,
    preset_names,
    programme_list,
    published,
    record_type,
    source,
    typical_month,
)
from tests.schemas.records.strategies import TODAY


def test_the_programmes_of_the_literature() -> None:
    assert preset_names() == (
        "battle_buddies",
        "buddy_care",
        "cair",
        "cope_columbia",
        "for_you",
        "formal_psp",
        "hand_n_hand",
        "hart",
        "ice_cream_rounds",
        "informal_peer",
        "member2member",
        "prehospital",
        "professionalism_center",
        "rise",
        "schwartz_rounds",
        "training_and_education",
        "you_matter",
    )


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_a_programme_with_a_source(name: str) -> None:
    fields = prepare("programme", preset(name), today=TODAY)
    assert fields == preset(name)
    assert encode(fields)
    assert source(name)
    assert published(name)
    assert len(about(name)) <= 50
    assert 2 <= len(programme_list(fields, "tiers") or []) <= 5
    texts = fields["texts"]
    assert isinstance(texts, list)
    assert len(texts) == 5


@pytest.mark.parametrize("name", preset_names())
def test_what_it_logs_in_a_typical_month_is_taken_and_says_what_is_invented(name: str) -> None:
    month = typical_month(name)
    assert any(entry.type == "contact" for entry in month)
    for entry in month:
        ready = prepare(entry.type, entry.fields, today=TODAY, programme=preset(name))
        assert entry.fields.items() <= ready.items()
        assert 1 <= entry.count <= 40
        assert entry.invented <= {"count", *entry.fields}
    known = {field for entry in month for field in {"count", *entry.fields} - entry.invented}
    assert known


@pytest.mark.parametrize("name", preset_names())
def test_its_tiers_phases_courses_plans_and_units_are_used_by_their_names(name: str) -> None:
    programme = preset(name)
    month = [entry.fields for entry in typical_month(name)]
    for listed, field in (("phases", "phases_done"), ("plans", "plan")):
        codes = programme_list(programme, listed) or []
        assert bool(codes) == any(field in fields for fields in month)
        used = [code for fields in month for code in values(fields.get(field, []))]
        assert set(used) <= set(codes)
    courses = programme_list(programme, "courses") or []
    assert {fields["course"] for fields in month if "course" in fields} <= set(courses)
    assert {fields["tier"] for fields in month if "tier" in fields} <= set(range(len(values(programme["tiers"]))))


def values(found: object) -> list[Any]:
    assert isinstance(found, list)
    return found


def logged(name: str, kind: str = "contact", **wanted: object) -> list[MonthEntry]:
    """The entries of the month that have these values."""
    month = [entry for entry in typical_month(name) if entry.type == kind]
    return [entry for entry in month if all(entry.fields.get(field) == value for field, value in wanted.items())]


def times(name: str, kind: str = "contact", **wanted: object) -> int:
    return sum(entry.count for entry in logged(name, kind, **wanted))


def kinds_of(name: str) -> set[object]:
    return {entry.fields["contact_kind"] for entry in logged(name)}


def modalities_of(name: str, **wanted: object) -> set[object]:
    return {entry.fields["modality"] for entry in logged(name, "contact", **wanted)}


def reasons_of(name: str) -> set[object]:
    found = [entry.fields["reasons"] for entry in logged(name)]
    return {reasons["primary"] for reasons in found if isinstance(reasons, dict)}


class TestTheTableOfProgrammes:
    """What the design's table says of each programme is in its preset and its month."""

    def test_rise(self) -> None:
        one_to_one = logged("rise", contact_kind="one_to_one")
        assert {entry.fields["duration_band"] for entry in one_to_one} == {"m45_59"}
        assert {"day", "night"} <= {entry.fields["shift_band"] for entry in one_to_one}
        first_aid = {"contact_engagement", "safety_comfort", "stabilisation", "needs_gathering", "social_support_link"}
        assert {action for entry in one_to_one for action in values(entry.fields["actions"])} >= first_aid
        assert 1 <= times("rise") <= 4
        assert "psychological_first_aid" in (programme_list(preset("rise"), "courses") or [])

    def test_you_matter(self) -> None:
        assert programme_list(preset("you_matter"), "tiers") == ["unit_colleague", "trained_peer", "professional"]
        assert times("you_matter", contact_kind="one_to_one") == round(232 / 24)
        assert times("you_matter", contact_kind="group") == round(21 / 24)
        assert modalities_of("you_matter") >= {"phone", "email", "in_person_private"}
        assert {entry.fields["tier"] for entry in logged("you_matter")} == {0, 1, 2}

    def test_for_you(self) -> None:
        assert programme_list(preset("for_you"), "tiers") == ["local", "trained_peer", "professional"]
        assert times("for_you", tier=0) > times("for_you", tier=1) > times("for_you", tier=2) >= 1

    def test_hart(self) -> None:
        shifts = logged("hart", "presence_shift")
        assert {(each.fields["shift_band"], each.fields["hours_band"]) for each in shifts} == {
            ("day", "h8_11"),
            ("night", "h8_11"),
        }
        assert len(kinds_of("hart")) == 5

    def test_ice_cream_rounds(self) -> None:
        phases = ["introduction", "check_in", "discussion", "check_out"]
        assert programme_list(preset("ice_cream_rounds"), "phases") == phases
        [ice_cream] = logged("ice_cream_rounds", contact_kind="group")
        assert (ice_cream.fields["phases_done"], ice_cream.fields["duration_band"]) == (phases, "m60_89")
        assert ice_cream.fields["facilitators"] == {"count": 2, "kinds": ["peer"]}
        with pytest.raises(RecordError):
            prepare("contact", ice_cream.fields, today=TODAY, programme=preset("you_matter"))

    def test_cope_columbia(self) -> None:
        [group] = logged("cope_columbia", group_format="peer_support_group")
        assert (group.fields["modality"], group.fields["duration_band"]) == ("video", "m30_44")
        assert group.fields["unit_scope"] == "single_unit"
        town_halls = logged("cope_columbia", group_format="town_hall")
        assert {each.fields["duration_band"] for each in town_halls} == {"m30_44", "m60_89"}
        led = [each.fields["facilitators"] for each in (group, *town_halls)]
        kinds = {kind for each in led if isinstance(each, dict) for kind in values(each["kinds"])}
        assert kinds == {"mental_health_professional", "moderator"}
        alone = times("cope_columbia", contact_kind="one_to_one")
        assert 3 * times("cope_columbia", contact_kind="one_to_one", disposition="referral_accepted") == alone

    def test_schwartz_rounds(self) -> None:
        [round_] = logged("schwartz_rounds", group_format="schwartz_round")
        assert (round_.count, round_.fields["duration_band"], round_.fields["people_band"]) == (1, "m60_89", "ge_50")

    def test_cair(self) -> None:
        assert kinds_of("cair") == {"group", "one_to_one", "resource_only"}
        assert (
            modalities_of("cair", contact_kind="group") == modalities_of("cair", contact_kind="one_to_one") == {"video"}
        )
        assert all(entry.fields["referrals"] for entry in logged("cair", contact_kind="resource_only"))

    def test_battle_buddies(self) -> None:
        assert times("battle_buddies", relationship="buddy", initiation="buddy_checkin") >= 10
        [plan] = logged("battle_buddies", "plan")
        assert {"anticipate", "plan", "deter"} <= plan.fields.keys()
        # The five questions never leave the phone, so no month holds them.
        assert logged("battle_buddies", "check_in") == []
        check = instrument("buddy_check")
        assert (len(check.items), check.kept) == (5, False)

    def test_buddy_care(self) -> None:
        programme = preset("buddy_care")
        assert programme_list(programme, "units") == ["medical_surgical"]
        assert {entry.fields["unit_group"] for entry in logged("buddy_care")} == {"medical_surgical"}
        assert len(logged("buddy_care", "check_in")) == 3

    def test_hand_n_hand(self) -> None:
        [triage] = logged("hand_n_hand", modality="phone")
        assert triage.fields["tier"] == 0
        [group] = logged("hand_n_hand", contact_kind="group")
        assert (group.count, group.fields["recurrence"]) == (2, "later_of_series")
        assert times("hand_n_hand", "training") >= 1

    def test_the_center_for_professionalism_and_peer_support(self) -> None:
        assert "litigation_complaint_investigation" in reasons_of("professionalism_center")
        assert "adverse_event" in reasons_of("professionalism_center")

    def test_prehospital(self) -> None:
        assert {entry.fields["unit_group"] for entry in logged("prehospital")} == {"prehospital"}
        assert times("prehospital", role_group="ems_prehospital") > times("prehospital") / 2

    def test_member2member(self) -> None:
        assert len(programme_list(preset("member2member"), "courses") or []) >= 5
        assert {entry.type for entry in typical_month("member2member")} == {
            "contact",
            "training",
            "supervision",
            "check_in",
        }
        for third in logged("member2member", visit_number="third"):
            assert third.fields["disposition"] == "referral_accepted"
            assert third.fields["referrals"]

    def test_formal_psp(self) -> None:
        assert times("formal_psp", initiation="supervisor_referral") >= 1
        assert kinds_of("formal_psp") == {"one_to_one", "group"}
        assert (programme_list(preset("formal_psp"), "phases") or [])[-1] == "closing"

    def test_informal_peer(self) -> None:
        assert {entry.fields["relationship"] for entry in logged("informal_peer")} == {"one_off", "ongoing"}
        assert modalities_of("informal_peer") >= {"phone", "video", "online_forum"}
        assert times("informal_peer", contact_kind="group") >= 1
        [call] = logged("informal_peer", "availability")
        assert (call.fields["starts_at"], call.fields["ends_at"], len(values(call.fields["weekdays"]))) == (
            "08:00",
            "22:00",
            7,
        )

    def test_training_and_education(self) -> None:
        courses = logged("training_and_education", "training")
        assert {each.fields["mode"] for each in courses} == {"in_person", "online"}
        assert {each.fields["hours_half_steps"] for each in courses} == {4, 10}
        formats = Counter(entry.fields.get("group_format") for entry in logged("training_and_education"))
        assert {"storytelling", "reflecting_group", "education_session"} <= formats.keys()
        wanted = preset("training_and_education")["training_requirements"]
        assert all(4 <= each["hours_half_steps"] <= 10 and each["refresher_months"] for each in values(wanted))


def test_every_type_that_a_supporter_logs_is_in_some_month() -> None:
    types = {entry.type for name in preset_names() for entry in typical_month(name)}
    assert types == {"contact", "check_in", "training", "supervision", "presence_shift", "availability", "plan"}
    assert all(record_type(each).space == "personal" for each in types)


def test_a_lead_who_changes_a_preset_changes_nobody_else_s() -> None:
    mine = preset("you_matter")
    mine["display_name"] = "Ours"
    assert preset("you_matter")["display_name"] == "You Matter"


def test_an_unknown_preset_is_refused_with_the_choice() -> None:
    for call in (preset, typical_month, about, published):
        with pytest.raises(RecordError, match=r"choose one of battle_buddies, .*, you_matter"):
            call("rise_and_shine")
