import pytest

from schemas.records import RecordError, forbidden_reason, validate
from tests.schemas.records.strategies import ROUNDS, TODAY

REFUSED = [
    "name",
    "full_name",
    "colleagueName",
    "staff_number",
    "employee-id",
    "phone_number",
    "EMAIL",
    "pseudonym",
    "initials",
    "age",
    "gender",
    "ethnicity",
    "date_of_birth",
    "job_title",
    "JobTitle",
    "patient",
    "patient_number",
    "PATIENT-ID",
    "mrn",
    "incident_number",
    "case_id",
    "narrative",
    "notes",
    "free_text",
    "comment",
    "symptoms",
    "diagnosis",
    "suicide_method",
    "suicideMethod",
    "phq9",
    "phq_9",
    "gps",
    "latitude",
    "location",
    "event_date",
    "event_time",
    "clock_time",
    "start_time",
    "timestamp",
    "followup_handle",
]


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_of_the_list_is_refused_with_its_reason(name: str) -> None:
    reason = forbidden_reason("contact", name)
    assert reason is not None
    assert reason.endswith(".")


@pytest.mark.parametrize("name", ["mood", "urgency", "language_used", "stage", "pagers", "caseload"])
def test_a_harmless_name_is_not(name: str) -> None:
    assert forbidden_reason("contact", name) is None


def test_a_resource_has_a_name_and_a_telephone() -> None:
    assert forbidden_reason("resource", "name") is None
    assert forbidden_reason("contact", "name") is not None


@pytest.mark.parametrize("kind", ["training", "presence_shift", "plan", "diary"])
def test_no_other_type_brings_notes_about_people_in(kind: str) -> None:
    assert forbidden_reason(kind, "narrative")
    assert forbidden_reason(kind, "followup_handle")


@pytest.mark.parametrize("name", ["colleague_name", "notes"])
def test_a_record_with_such_a_field_is_refused_also_inside(name: str) -> None:
    fields = {
        "occurred_on": TODAY.isoformat(),
        "contact_kind": "one_to_one",
        "modality": "phone",
        "duration_band": "m5_14",
        "reasons": {"primary": "other"},
        "disposition": "info_given",
    }
    validate("contact", fields, today=TODAY, programme=ROUNDS)
    for broken, path in (
        ({**fields, name: "x"}, name),
        ({**fields, "reasons": {"primary": "other", name: "x"}}, f"reasons.{name}"),
    ):
        with pytest.raises(RecordError) as refused:
            validate("contact", broken, today=TODAY, programme=ROUNDS)
        assert (refused.value.problem, refused.value.field) == ("forbidden-field", path)
