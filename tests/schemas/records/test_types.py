import pytest

from schemas.records import RecordError, code_lists, forbidden_reason, record_type, record_types
from schemas.records.checks import _CHECKS
from schemas.records.rules import RULES
from schemas.records.types import writable_type
from tests.schemas.records.walk import containers, specs_of

CONTACT_FIELDS = [
    "occurred_on",
    "shift_band",
    "contact_kind",
    "modality",
    "duration_band",
    "reasons",
    "disposition",
    "initiation",
    "response_band",
    "visit_number",
    "relationship",
    "role_group",
    "unit_group",
    "people_band",
    "event_recency",
    "actions",
    "zone_before",
    "zone_after",
    "tier",
    "referrals",
    "followup_due",
    "confidentiality_explained",
    "limits_invoked",
    "conflict_check",
    "supporter_impact",
    "debrief_wanted",
    "supporter_time_band",
    "group_format",
    "facilitators",
    "recurrence",
    "phases_done",
    "unit_scope",
]

RESOURCE_FIELDS = [
    "name",
    "organization",
    "status",
    "description",
    "url",
    "email",
    "phones",
    "schedules",
    "timezone",
    "languages",
    "eligibility_description",
    "who_can_use",
    "fees_description",
    "cost",
    "service_area",
    "assured_date",
    "alert",
    "categories",
    "tier",
    "access",
    "run_by_employer",
    "anonymous_use",
    "records_kept",
    "reports_to_licensing_body",
    "is_crisis",
    "verify_interval_days",
]


def test_the_types_and_their_spaces() -> None:
    spaces = {name: kind.space for name, kind in record_types().items()}
    assert spaces == {
        "contact": "personal",
        "check_in": "personal",
        "account_keys": "personal",
        "resource": "commons",
        "programme": "commons",
        "member": "leads",
        "release": "leads",
        "report": "personal",
        "preferences": "personal",
        "failed_call": "personal",
        "reported_number": "personal",
        "failing_number": "commons",
        "training": "personal",
        "supervision": "personal",
        "presence_shift": "personal",
        "availability": "personal",
        "plan": "personal",
    }
    reserved = [name for name, kind in record_types().items() if kind.reserved]
    assert reserved == ["account_keys", "preferences", "release", "report"]


def test_the_fields_of_the_design() -> None:
    assert sorted(record_type("contact").fields) == sorted(CONTACT_FIELDS)
    assert sorted(record_type("resource").fields) == sorted(RESOURCE_FIELDS)


def test_five_taps_suffice_for_a_contact() -> None:
    kind = record_type("contact")
    assert kind.quick_fields == ("contact_kind", "modality", "duration_band", "reasons", "disposition")
    required = {name for name, spec in kind.fields.items() if spec.required and spec.default is None}
    assert required == set(kind.quick_fields)


@pytest.mark.parametrize("name", sorted(record_types()))
def test_what_the_data_says_is_what_the_code_knows(name: str) -> None:
    kind = record_type(name)
    assert kind.name == name
    assert kind.version == 1
    assert set(kind.rules) <= set(RULES)
    for rule in kind.rules:
        assert set(RULES[rule][0]) <= set(kind.fields)
    for spec in specs_of(kind):
        assert spec.kind in _CHECKS
        assert spec.codes is None or spec.codes in code_lists()
        if spec.kind in {"codes", "list", "answers"}:
            assert spec.max_items > 0
        if spec.kind in {"text", "int", "bytes", "url", "phone", "email"}:
            assert spec.max > 0
        if spec.programme_list:
            assert spec.programme_list in record_type("programme").fields


@pytest.mark.parametrize("name", sorted(record_types()))
def test_no_value_nests_more_than_three_containers(name: str) -> None:
    # A body puts six around a value, and an encoding has at most twelve: the rest is for later versions.
    assert max(containers(spec) for spec in record_type(name).fields.values()) <= 3


def test_no_field_of_a_record_is_a_forbidden_one() -> None:
    for kind in record_types().values():
        for spec in specs_of(kind):
            assert forbidden_reason(kind.name, spec.name) is None


def test_unknown_and_reserved_types_are_refused_by_name() -> None:
    with pytest.raises(RecordError) as unknown:
        record_type("diary")
    assert unknown.value.problem == "unknown-type"
    with pytest.raises(RecordError) as reserved:
        writable_type("account_keys")
    assert reserved.value.problem == "reserved-type"
