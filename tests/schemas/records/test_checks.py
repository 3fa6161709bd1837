from typing import Any

import pytest

from schemas.records import FieldSpec, record_type
from schemas.records.checks import _CHECKS, Context, check
from tests.schemas.records.strategies import ROUNDS, TODAY, YOU_MATTER

CONTACT = record_type("contact").fields
RESOURCE = record_type("resource").fields
PROGRAMME = record_type("programme").fields
WRONG: list[object] = [None, 1.5, b"x", {"a": 1}, [["x"]], -1, True, "\x1b", "", "x" * 700, object()]


def found(
    spec: FieldSpec, value: object, *, programme: dict[str, Any] | None = ROUNDS, record: str = "contact"
) -> list[tuple[str, str]]:
    problems = check(spec, value, spec.name, Context(record, TODAY, programme))
    return [(problem.problem, problem.field) for problem in problems]


@pytest.mark.parametrize("value", WRONG, ids=lambda value: type(value).__name__)
def test_no_value_whatever_breaks_a_check(value: object) -> None:
    for fields in (CONTACT, RESOURCE, PROGRAMME, record_type("check_in").fields, record_type("member").fields):
        for spec in fields.values():
            for nested in (value, [value], {"count": value}, {"primary": value, "others": value}, [{"code": value}]):
                assert all(field.startswith(spec.name) for _, field in found(spec, nested))


def test_every_kind_has_a_field_that_uses_it() -> None:
    fields = [*CONTACT.values(), *RESOURCE.values(), *PROGRAMME.values(), *record_type("check_in").fields.values()]
    kinds: set[str] = set()
    while fields:
        spec = fields.pop()
        kinds.add(spec.kind)
        fields += [spec.item] if spec.item else spec.fields.values()
    assert kinds == set(_CHECKS)


@pytest.mark.parametrize(
    ("spec", "value", "expected"),
    [
        (CONTACT["modality"], "fax", [("unknown-code", "modality")]),
        (CONTACT["modality"], 3, [("wrong-kind", "modality")]),
        (CONTACT["actions"], "listened", [("wrong-kind", "actions")]),
        (CONTACT["actions"], ["listened", "listened"], [("duplicate", "actions[1]")]),
        (CONTACT["actions"], ["listened", "scolded"], [("unknown-code", "actions[1]")]),
        (CONTACT["occurred_on"], "2026-02-23", []),
        (CONTACT["occurred_on"], "2026-02-22", [("date-too-old", "occurred_on")]),
        (CONTACT["occurred_on"], "2026-03-10", [("date-in-future", "occurred_on")]),
        (CONTACT["occurred_on"], "9 March", [("bad-format", "occurred_on")]),
        (CONTACT["occurred_on"], 20260309, [("wrong-kind", "occurred_on")]),
        (CONTACT["reasons"], {}, [("missing-field", "reasons.primary")]),
        (CONTACT["reasons"], {"primary": "other", "others": ["other"]}, [("duplicate", "reasons.others")]),
        (
            CONTACT["reasons"],
            {"primary": "other", "others": ["own_health", "adverse_event", "undisclosed"]},
            [("too-many", "reasons.others")],
        ),
        (CONTACT["reasons"], {"primary": "other", "mood": "low"}, [("unknown-field", "reasons.mood")]),
        (CONTACT["reasons"], {1: "other"}, [("wrong-kind", "reasons")]),
        (CONTACT["tier"], 1, []),
        (CONTACT["tier"], 2, [("out-of-bounds", "tier")]),
        (CONTACT["tier"], -1, [("out-of-bounds", "tier")]),
        (CONTACT["tier"], True, [("wrong-kind", "tier")]),
        (CONTACT["phases_done"], ["check_in", "check_out"], []),
        (CONTACT["phases_done"], ["dessert"], [("unknown-code", "phases_done[0]")]),
        (CONTACT["facilitators"], {"count": 5}, [("out-of-bounds", "facilitators.count")]),
        (CONTACT["facilitators"], {"kinds": ["peer"]}, [("missing-field", "facilitators.count")]),
        (CONTACT["referrals"], [{"method": "info_only", "outcome": "unknown"}], [("one-of", "referrals[0]")]),
        (
            CONTACT["referrals"],
            [{"resource": bytes(16), "category": "eap", "method": "info_only", "outcome": "unknown"}],
            [("one-of", "referrals[0]")],
        ),
        (
            CONTACT["referrals"],
            [{"resource": bytes(15), "method": "info_only", "outcome": "unknown"}],
            [("out-of-bounds", "referrals[0].resource")],
        ),
        (
            CONTACT["referrals"],
            [{"category": "eap", "method": "letter", "outcome": "unknown"}],
            [("unknown-code", "referrals[0].method")],
        ),
        (CONTACT["referrals"], [{"category": "eap"}] * 9, [("too-many", "referrals")]),
        (RESOURCE["description"], "x" * 280, []),
        (RESOURCE["description"], "x" * 281, [("too-long", "description")]),
        (RESOURCE["description"], " \t ", [("bad-text", "description")]),
        (RESOURCE["description"], "red \x1b[31m", [("bad-text", "description")]),
        (RESOURCE["url"], "javascript:alert(1)", [("bad-format", "url")]),
        (RESOURCE["url"], "https://example.org/" + "a" * 300, [("too-long", "url")]),
        (RESOURCE["categories"], [], [("too-few", "categories")]),
        (RESOURCE["is_crisis"], 1, [("wrong-kind", "is_crisis")]),
        (RESOURCE["verify_interval_days"], 0, [("out-of-bounds", "verify_interval_days")]),
        (PROGRAMME["tiers"], [{"code": "a", "name": "A"}], [("too-few", "tiers")]),
        (PROGRAMME["tiers"], [{"code": "a", "name": "A"}] * 2, [("duplicate", "tiers[1].code")]),
        (PROGRAMME["units"], [{"code": "emergency", "people": 49}], [("out-of-bounds", "units[0].people")]),
    ],
)
def test_a_value_has_exactly_these_problems(spec: FieldSpec, value: object, expected: list[tuple[str, str]]) -> None:
    problems = found(spec, value)
    if spec.name == "referrals" and expected == [("too-many", "referrals")]:
        problems = problems[:1]  # The nine entries lack their method too.
    assert problems == expected


def test_what_the_programme_lists_cannot_be_written_before_the_first_sync() -> None:
    for programme in (None, {}, {"tiers": "three"}):
        assert found(CONTACT["tier"], 0, programme=programme) == [("programme-unknown", "tier")]
        assert found(CONTACT["phases_done"], ["check_in"], programme=programme) == [
            ("programme-unknown", "phases_done[0]")
        ]
        assert found(CONTACT["unit_group"], "emergency", programme=programme) == []


def test_a_programme_that_names_its_units_counts_by_these_alone() -> None:
    units = [{"code": "emergency", "name": "A&E", "folds": ["critical_care"]}, {"code": "maternity"}]
    programme = {**YOU_MATTER, "units": units}
    for code in ("emergency", "maternity", "multi_unit", "undisclosed"):
        assert found(CONTACT["unit_group"], code, programme=programme) == []
    for code in ("critical_care", "prehospital", "attic"):
        assert found(CONTACT["unit_group"], code, programme=programme) == [("unknown-code", "unit_group")]


def test_a_tier_in_a_shape_of_another_version_keeps_its_place() -> None:
    programme = {"tiers": [{"code": "a"}, ["new shape"], {"code": "c"}]}
    assert found(CONTACT["tier"], 2, programme=programme) == []
    assert found(CONTACT["tier"], 3, programme=programme) == [("out-of-bounds", "tier")]
