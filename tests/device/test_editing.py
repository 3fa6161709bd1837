"""Two phones of one account correct the same entry: by field, through a real server, for every type that is edited."""

from typing import Any

import pytest

from device.records import NotFound
from schemas.records import RecordError, preset
from tests.device.conftest import House
from tests.device.contacts import CONTACT

DAY = "2024-10-01"
EDITS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "contact": (dict(CONTACT), {"modality": "video"}, {"zone_before": "red"}, {"modality": "email"}),
    "training": (
        {"course": "basic_support", "hours_half_steps": 4},
        {"hours_half_steps": 6},
        {"mode": "online"},
        {"hours_half_steps": 8},
    ),
    "supervision": (
        {"supervision_kind": "group"},
        {"supervision_kind": "debrief"},
        {"duration_band": "m60_89"},
        {"supervision_kind": "individual"},
    ),
    "presence_shift": (
        {"shift_band": "night", "hours_band": "h8_11"},
        {"hours_band": "lt_2"},
        {"consults": 3},
        {"hours_band": "ge_12"},
    ),
    "availability": (
        {"weekdays": ["MO"], "starts_at": "20:00", "ends_at": "08:00"},
        {"weekdays": ["TU", "WE"]},
        {"last_on": "2030-01-01"},
        {"weekdays": ["SU"]},
    ),
    "plan": (
        {"anticipate": ["workload_staffing"]},
        {"anticipate": ["other"]},
        {"deter": "orange"},
        {"anticipate": ["own_health"]},
    ),
}
"""Type -> what is logged, what one phone sets, what the other sets, what both set of the same field."""


async def test_what_two_phones_edit_of_one_entry_is_merged_by_field(house: House) -> None:
    house.lead.records.log("programme", preset("you_matter"))
    await house.lead.sync()
    await house.ada.sync()
    ids = {kind: house.ada.records.log(kind, logged) for kind, (logged, *_) in EDITS.items()}
    await house.everything_arrives()
    for kind, (_, one, other, _again) in EDITS.items():
        house.ada.records.edit(ids[kind], one)
        house.second.records.edit(ids[kind], other)
    await house.everything_arrives()
    for kind, (logged, one, other, _again) in EDITS.items():
        mine, theirs = (phone.records.get(ids[kind]) for phone in (house.ada, house.second))
        assert mine == theirs
        assert mine.fields.items() >= {**logged, **one, **other}.items()
        assert not mine.conflicts
    for kind, (_, one, _other, again) in EDITS.items():
        house.ada.records.edit(ids[kind], again)
        house.second.records.edit(ids[kind], {}, tuple(name for name in again if kind == "training"))
        house.second.records.edit(ids[kind], {name: each for name, each in one.items() if kind != "training"})
    house.ada.records.delete(ids["plan"])
    await house.everything_arrives()
    for kind, id_ in ids.items():
        if kind == "plan":
            for phone in (house.ada, house.second):
                with pytest.raises(NotFound):
                    phone.records.get(id_)
            continue
        mine, theirs = (phone.records.get(id_) for phone in (house.ada, house.second))
        assert mine == theirs
        assert set(mine.conflicts) == set(EDITS[kind][3])


async def test_a_check_in_stays_as_it_was_answered(house: House) -> None:
    """Its score belongs to its answers, and its day to how it was: it is deleted, never edited."""
    fields = {"instrument": "stress_continuum", "version": 1, "scoring_version": 1, "answers": {"zone": 1}}
    answered = house.ada.records.log("check_in", {**fields, "score": 1, "band": "yellow"})
    for change in ({"answers": {"zone": 2}}, {"occurred_on": house.ada.today().isoformat()}, {"patient": "x"}):
        with pytest.raises(RecordError) as refused:
            house.ada.records.edit(answered, change)
        assert refused.value.problem == "fixed-type"
    with pytest.raises(RecordError) as refused:
        house.ada.records.edit(answered, {}, ("score",))
    assert refused.value.problem == "fixed-type"
    house.ada.records.edit(answered, {})
    house.ada.records.delete(answered)


@pytest.mark.parametrize("kind", EDITS)
async def test_a_forbidden_field_is_refused_by_name_whatever_the_type(house: House, kind: str) -> None:
    house.lead.records.log("programme", preset("you_matter"))
    await house.lead.sync()
    await house.ada.sync()
    id_ = house.ada.records.log(kind, EDITS[kind][0])
    with pytest.raises(RecordError) as refused:
        house.ada.records.edit(id_, {"patient_name": "x"})
    assert (refused.value.problem, refused.value.field) == ("forbidden-field", "patient_name")
