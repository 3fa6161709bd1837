from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import decode, encode
from schemas.records import (
    PROBLEMS,
    RecordError,
    code_list,
    defaults,
    normalise,
    prepare,
    problems,
    record_type,
    score,
    validate,
)
from tests.schemas.records.strategies import ROUNDS, TODAY, YOU_MATTER, contacts, records

QUICK = {
    "contact_kind": "one_to_one",
    "modality": "phone",
    "duration_band": "m5_14",
    "reasons": {"primary": "adverse_event"},
    "disposition": "closed_supported",
}
CONTACT = record_type("contact")
GROUP_ONLY = sorted(name for name, spec in CONTACT.fields.items() if spec.group_only)


def refusal(record: str, fields: dict[str, Any], **options: Any) -> tuple[str, str]:
    with pytest.raises(RecordError) as refused:
        validate(record, fields, **{"today": TODAY, "programme": ROUNDS, **options})
    assert refused.value.problem in PROBLEMS
    assert refused.value.message
    return refused.value.problem, refused.value.field


@given(contacts())
def test_every_valid_contact_is_taken_and_encodes(fields: dict[str, Any]) -> None:
    ready = prepare("contact", fields, today=TODAY, programme=ROUNDS)
    assert decode(encode(ready)) == ready
    assert prepare("contact", ready, today=TODAY, programme=ROUNDS) == ready
    assert ready.keys() == fields.keys()


@given(records("resource", YOU_MATTER))
def test_every_valid_resource_is_taken(fields: dict[str, Any]) -> None:
    if fields.get("is_crisis"):
        fields["phones"] = [{"number": "112", "type": "voice"}]
    validate("resource", normalise("resource", fields), today=TODAY, programme=YOU_MATTER)


OWN = ("training", "supervision", "presence_shift", "availability", "plan")
ORDERED = {
    "training": ("completed", "refresher_due"),
    "supervision": ("occurred_on", "next_due"),
    "availability": ("first_on", "last_on"),
}


@given(st.sampled_from(OWN).flatmap(lambda name: st.tuples(st.just(name), records(name, YOU_MATTER))))
def test_every_valid_note_of_one_s_own_is_taken_and_encodes(made: tuple[str, dict[str, Any]]) -> None:
    name, fields = made
    for earlier, later in [ORDERED[name]] if name in ORDERED else []:
        if earlier in fields and later in fields:
            fields[earlier], fields[later] = sorted((fields[earlier], fields[later]))
    ready = prepare(name, fields, today=TODAY, programme=YOU_MATTER)
    assert decode(encode(ready)) == ready == {**ready, **fields}


@pytest.mark.parametrize("name", ORDERED)
def test_what_follows_lies_not_before(name: str) -> None:
    earlier, later = ORDERED[name]
    others: dict[str, dict[str, Any]] = {
        "training": {"course": "refresher"},
        "supervision": {"supervision_kind": "group"},
        "availability": {"weekdays": ["MO"], "starts_at": "08:00", "ends_at": "08:00"},
    }
    fields = {**others[name], earlier: "2026-03-02", later: "2026-03-01"}
    assert refusal(name, fields, programme=YOU_MATTER) == ("inconsistent", later)
    validate(name, {**fields, later: "2026-03-02"}, today=TODAY, programme=YOU_MATTER)


def test_a_course_is_one_of_the_programme_s() -> None:
    fields = {"completed": "2024-03-02", "course": "juggling"}
    assert refusal("training", fields) == ("unknown-code", "course")
    assert refusal("training", fields, programme=None) == ("programme-unknown", "course")
    assert refusal("training", {**fields, "completed": "2026-03-10"})[0] == "date-in-future"


BREAKAGES: list[tuple[str, str, Callable[[dict[str, Any]], Any]]] = [
    *((name, "missing-field", lambda fields, name=name: fields.pop(name)) for name in CONTACT.quick_fields),
    ("occurred_on", "missing-field", lambda fields: fields.pop("occurred_on")),
    ("occurred_on", "date-too-old", lambda fields: fields.update(occurred_on=day(-15))),
    ("occurred_on", "date-in-future", lambda fields: fields.update(occurred_on=day(1))),
    *(
        (name, "unknown-code", lambda fields, name=name: fields.update({name: "of_a_newer_version"}))
        for name, spec in CONTACT.fields.items()
        if spec.kind == "code"
    ),
    *(
        (name, "wrong-kind", lambda fields, name=name: fields.update({name: 1.5}))
        for name in CONTACT.fields
        if name not in GROUP_ONLY
    ),
    ("tier", "out-of-bounds", lambda fields: fields.update(tier=2)),
    ("reasons.others", "duplicate", lambda fields: fields["reasons"].update(others=[fields["reasons"]["primary"]])),
    ("reasons.others", "too-many", lambda fields: fields.update(reasons=three_others())),
    ("referrals[0]", "one-of", lambda fields: fields.update(referrals=[{"method": "info_only", "outcome": "unknown"}])),
    ("mood", "unknown-field", lambda fields: fields.update(mood="low")),
    ("patient_number", "forbidden-field", lambda fields: fields.update(patient_number=7)),
]


def day(ahead: int) -> str:
    return (TODAY + timedelta(days=ahead)).isoformat()


def three_others() -> dict[str, Any]:
    primary, *others = code_list("reason").codes[:4]
    return {"primary": primary, "others": others}


@given(contacts(), st.sampled_from(BREAKAGES))
def test_every_broken_rule_is_refused_with_its_field(
    fields: dict[str, Any], breakage: tuple[str, str, Callable[[dict[str, Any]], Any]]
) -> None:
    field, problem, damage = breakage
    damage(fields)
    found = [(each.problem, each.field) for each in problems("contact", fields, today=TODAY, programme=ROUNDS)]
    assert (problem, field) in found
    # Group-only fields of a contact whose kind is broken cannot be judged; nothing else may be wrong.
    roots = {path.split(".")[0].split("[")[0] for _, path in found}
    assert roots == {field.split(".")[0].split("[")[0]}
    assert refusal("contact", fields) == found[0]


@given(contacts("group"), st.sampled_from([code for code in code_list("contact_kind").codes if code != "group"]))
def test_group_fields_are_for_group_contacts_alone(fields: dict[str, Any], kind: str) -> None:
    present = {name for name in GROUP_ONLY if name in fields}
    fields["contact_kind"] = kind
    found = {each.field for each in problems("contact", fields, today=TODAY, programme=ROUNDS)}
    assert found == present


def test_five_taps_are_a_contact_of_today() -> None:
    ready = prepare("contact", QUICK, today=TODAY)
    assert ready == {**QUICK, "occurred_on": "2026-03-09"}


def test_text_gets_one_form_and_lists_their_defaults() -> None:
    fields = {
        "name": "  Cafe\u0301 ",
        "phones": [{"number": " 112 "}],
        "schedules": [{"byday": ["MO"], "opens_at": "09:00", "closes_at": "17:00"}],
        "unheard_of": 1.5,
    }
    assert normalise("resource", fields) == {
        "name": "Caf\u00e9",
        "phones": [{"number": "112", "type": "voice"}],
        "schedules": [{"freq": "WEEKLY", "byday": ["MO"], "opens_at": "09:00", "closes_at": "17:00"}],
        "unheard_of": 1.5,
    }


@given(contacts())
def test_putting_into_form_twice_is_once(fields: dict[str, Any]) -> None:
    once = normalise("contact", fields)
    assert normalise("contact", once) == once


def test_the_defaults_are_data() -> None:
    assert defaults("contact", today=date(2026, 1, 2)) == {"occurred_on": "2026-01-02"}
    assert defaults("resource", today=TODAY) == {"status": "active"}


OLD = {**QUICK, "occurred_on": "2025-06-01", "modality": "hologram", "aura": 7}
CHECK_IN = {**score("stress_continuum", {"zone": 2}), "occurred_on": "2026-03-09"}


class TestEdits:
    """Only what changes is judged: `stored` may come from another version."""

    def test_an_old_record_of_a_newer_version_can_be_completed(self) -> None:
        ready = prepare("contact", {"tier": 1}, today=TODAY, programme=ROUNDS, stored=OLD)
        assert ready == {"tier": 1}

    def test_what_changes_is_checked(self) -> None:
        assert refusal("contact", {"modality": "fax"}, stored=OLD) == ("unknown-code", "modality")
        assert refusal("contact", {"aura": 8}, stored=OLD) == ("unknown-field", "aura")

    def test_what_a_newer_version_put_into_a_list_stays_when_this_one_adds_to_it(self) -> None:
        theirs = {"category": "robot", "method": "letter", "outcome": "unknown", "mood": 1}
        mine = {"category": "eap", "method": "info_only"}
        stored = {**OLD, "referrals": [theirs]}
        ready = prepare("contact", {"referrals": [theirs, mine]}, today=TODAY, stored=stored)
        assert ready == {"referrals": [theirs, {**mine, "outcome": "unknown"}]}
        contacted = {**theirs, "outcome": "contacted"}
        validate("contact", {"referrals": [contacted]}, today=TODAY, stored=stored)
        worse = {**theirs, "method": "pigeon"}
        assert refusal("contact", {"referrals": [worse]}, stored=stored) == ("unknown-code", "referrals[0].method")
        assert refusal("contact", {"referrals": [theirs, theirs]}, stored=stored)[1] == "referrals[1].category"

    def test_a_value_that_stays_as_it_was_is_not_judged(self) -> None:
        validate("contact", {"modality": "hologram", "aura": 7, "tier": 0}, today=TODAY, programme=ROUNDS, stored=OLD)

    def test_a_required_field_cannot_be_removed(self) -> None:
        assert refusal("contact", {}, stored=OLD, removed=["modality"]) == ("missing-field", "modality")

    def test_a_field_of_a_newer_version_can_be_removed(self) -> None:
        validate("contact", {}, today=TODAY, stored=OLD, removed=["aura"])

    def test_a_group_contact_becomes_another_kind_once_its_group_fields_go(self) -> None:
        stored = {**OLD, "contact_kind": "group", "group_format": "huddle"}
        change = {"contact_kind": "one_to_one"}
        assert refusal("contact", change, stored=stored) == ("group-only", "group_format")
        validate("contact", change, today=TODAY, stored=stored, removed=["group_format"])

    def test_a_group_field_needs_the_stored_record_to_be_a_group(self) -> None:
        change = {"group_format": "huddle"}
        assert refusal("contact", change, stored=OLD) == ("group-only", "group_format")
        validate("contact", change, today=TODAY, stored={**OLD, "contact_kind": "group"})
        # A kind of a newer version may well be a group.
        validate("contact", change, today=TODAY, stored={**OLD, "contact_kind": "choir"})

    def test_a_rule_looks_at_the_record_as_it_will_be(self) -> None:
        stored = {"name": "Line", "is_crisis": True, "phones": [{"number": "112", "type": "voice"}]}
        assert refusal("resource", {}, stored=stored, removed=["phones"]) == ("missing-field", "phones")
        validate("resource", {"alert": "Moved"}, today=TODAY, stored={"is_crisis": True})


class TestCheckIns:
    def test_a_scored_check_in_is_taken(self) -> None:
        validate("check_in", CHECK_IN, today=TODAY)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("score", 1),
            ("band", "green"),
            ("version", 2),
            ("scoring_version", 2),
            ("scales", [{"scale": "burnout", "score": 2, "band": "orange"}]),
        ],
    )
    def test_a_score_that_the_answers_do_not_make_is_refused(self, field: str, value: object) -> None:
        assert refusal("check_in", {**CHECK_IN, field: value}) == ("wrong-score", field)

    @pytest.mark.parametrize(
        ("answers", "refused"),
        [
            ({}, ("missing-field", "answers.zone")),
            ({"zone": 4}, ("out-of-bounds", "answers.zone")),
            ({"zone": True}, ("wrong-kind", "answers.zone")),
            ({"zone": 2, "mood": 1}, ("unknown-field", "answers.mood")),
        ],
    )
    def test_wrong_answers_are_refused(self, answers: dict[str, Any], refused: tuple[str, str]) -> None:
        assert refusal("check_in", {**CHECK_IN, "answers": answers}) == refused


class TestProgrammes:
    def test_a_unit_is_folded_once(self) -> None:
        units = [{"code": "emergency", "folds": ["critical_care"]}, {"code": "maternity", "folds": ["critical_care"]}]
        assert refusal("programme", {**YOU_MATTER, "units": units}) == ("duplicate", "units[1].folds")
        units = [{"code": "emergency", "folds": ["maternity"]}, {"code": "maternity"}]
        assert refusal("programme", {**YOU_MATTER, "units": units}) == ("duplicate", "units[0].folds")

    def test_training_names_a_course_and_a_tier_of_the_programme(self) -> None:
        wrong_course = [{"course": "juggling"}]
        assert refusal("programme", {**YOU_MATTER, "training_requirements": wrong_course}) == (
            "unknown-code",
            "training_requirements[0].course",
        )
        wrong_tier = [{"course": "refresher", "tier": 3}]
        assert refusal("programme", {**YOU_MATTER, "training_requirements": wrong_tier}) == (
            "out-of-bounds",
            "training_requirements[0].tier",
        )

    def test_the_crisis_card_names_no_programme(self) -> None:
        in_text = {"texts": ["Call your YOU  MATTER team."]}
        in_name = {"numbers": [{"name": "You Matter desk", "number": "112"}]}
        assert refusal("programme", {**YOU_MATTER, "crisis_card": in_text}) == ("inconsistent", "crisis_card.texts[0]")
        assert refusal("programme", {**YOU_MATTER, "crisis_card": in_name}) == (
            "inconsistent",
            "crisis_card.numbers[0].name",
        )
        renamed = {"display_name": "Life"}
        assert refusal("programme", renamed, stored=YOU_MATTER) == ("inconsistent", "crisis_card.texts[0]")


def test_reserved_and_unknown_types_are_not_written() -> None:
    assert refusal("account_keys", {"member_key": bytes(32)}) == ("reserved-type", "")
    assert refusal("diary", {}) == ("unknown-type", "")


def test_a_member_is_an_account_and_a_name() -> None:
    validate("member", {"account": bytes(16), "display_name": "Ada"}, today=TODAY)
    assert refusal("member", {"account": bytes(15), "display_name": "Ada"}) == ("out-of-bounds", "account")
    assert refusal("member", {"account": bytes(16)}) == ("missing-field", "display_name")
