"""A programme's month through the real engine and server: logged on one phone, read on another of the account."""

from collections.abc import Mapping
from datetime import date

import pytest

from crypto.public.encoding import encode
from device.checkins import check_in, trend
from device.directory import configure
from device.phone import Phone
from device.statistics.explain import explain
from schemas.records import Fields, RecordError, Value, preset, preset_names, typical_month
from schemas.tables.ready import plan, ready
from tests.device.conftest import House

WEEKS = 4


def shown(phone: Phone) -> dict[bytes, tuple[str, bytes]]:
    """The own records of a phone, each byte of their fields."""
    return {record.id: (record.type, encode({**record.fields})) for record in phone.records.list()}


@pytest.mark.parametrize("name", preset_names())
async def test_the_typical_month_of_a_preset_is_read_on_the_other_phone(house: House, name: str) -> None:
    before = shown(house.ada)
    configure(house.lead.records, preset(name))
    await house.lead.sync()
    await house.everything_arrives()
    wanted = [(entry.type, entry.fields) for entry in typical_month(name) for _ in range(entry.count)]
    logged: dict[bytes, tuple[str, Mapping[str, Value]]] = {}
    for week in range(WEEKS):
        for kind, fields in wanted[week::WEEKS]:
            logged[house.ada.records.log(kind, fields)] = (kind, fields)
        await house.everything_arrives()
        house.hall.pass_days(7)
    read = shown(house.second)
    assert read == shown(house.ada)
    assert read.keys() - before.keys() == logged.keys()
    assert len(logged) == len(wanted)
    for record, (kind, fields) in logged.items():
        there = house.second.records.get(record)
        assert (there.type, there.unsent, there.conflicts) == (kind, False, {})
        given = {field: there.fields[field] for field in fields}
        assert encode(given) == encode({**fields})
        # Nothing but the day was added.
        assert there.fields.keys() - fields.keys() <= {"occurred_on", "completed"}
    assert house.second.records.programme() == preset(name)


async def test_a_lead_changes_a_preset_and_phones_follow_after_the_next_sync(house: House) -> None:
    configure(house.lead.records, preset("rise"))
    await house.lead.sync()
    await house.everything_arrives()
    contact: Fields = {**typical_month("rise")[0].fields, "unit_group": "maternity", "tier": 2}
    house.ada.records.log("contact", contact)
    with pytest.raises(RecordError) as refused:
        house.ada.records.log("contact", {**contact, "contact_kind": "group", "phases_done": ["opening"]})
    assert refused.value.problem == "programme-unknown"

    changed: dict[str, Value] = {
        "display_name": "Standing by",
        "tiers": [{"code": "peer", "name": "Peer"}, {"code": "clinic", "name": "Clinic"}],
        "phases": [{"code": "opening", "name": "Opening"}, {"code": "closing", "name": "Closing"}],
        "units": [
            {"code": "paediatric_neonatal", "name": "Women and children", "folds": ["maternity"], "people": 140},
            {"code": "emergency", "name": "Front door"},
        ],
    }
    configure(house.lead.records, changed)
    await house.lead.sync()
    house.ada.records.log("contact", contact)
    await house.everything_arrives()
    for phone in (house.ada, house.second):
        programme = phone.records.programme()
        assert programme == {**preset("rise"), **changed}
        for wrong, field in (({"unit_group": "maternity"}, "unit_group"), ({"tier": 2}, "tier")):
            with pytest.raises(RecordError) as refused:
                phone.records.log("contact", {**contact, "unit_group": "emergency", "tier": 1, **wrong})
            assert refused.value.field == field
        phone.records.log(
            "contact",
            {
                **contact,
                "contact_kind": "group",
                "unit_group": "paediatric_neonatal",
                "tier": 1,
                "phases_done": ["opening", "closing"],
            },
        )
    # What was logged under the old settings stays as it was.
    await house.everything_arrives()
    tiers = [record.fields["tier"] for record in house.second.records.list("contact") if "tier" in record.fields]
    assert sorted(str(tier) for tier in tiers) == ["1", "1", "2", "2"]


async def test_buddy_care_asks_at_the_start_and_after_three_and_six_months(house: House) -> None:
    asked = [entry.fields for entry in typical_month("buddy_care") if entry.type == "check_in"]
    start = house.ada.today()
    for phone, sums in ((house.ada, 12), (house.second, 9), (house.ada, 14)):
        for fields in asked:
            answers = fields["answers"]
            assert isinstance(answers, dict)
            given = {item: int(place < sums % 5) + sums // 5 for place, item in enumerate(answers)}
            check_in(phone.records, str(fields["instrument"]), given if len(given) == 5 else answers)
        await house.everything_arrives()
        house.hall.pass_days(91)
    for phone in (house.ada, house.second):
        points = trend(phone.records, "who5")[""]
        assert [point.result.score for point in points] == [48, 36, 56]
        assert [(point.change, point.meaningful) for point in points] == [(None, None), (-12, True), (20, True)]
        assert [(date.fromisoformat(point.day) - start).days for point in points] == [0, 91, 182]
        assert [len(trend(phone.records, name)[""]) for name in ("stress_continuum", "burnout_single_item")] == [3, 3]


@pytest.mark.parametrize("name", preset_names())
def test_a_supporter_is_told_of_each_table_that_a_preset_proposes(name: str) -> None:
    proposed = plan(name)
    for table in {*proposed.activity, *proposed.wellbeing, *proposed.large}:
        task = ready()[table].task(proposed.period_kind, 2)
        card = explain("en", task, 8108, accounts=40, newcomers=(), one_organisation=False)
        assert "other (" not in card.counted
