"""The shared records: a directory imported twice, found offline on every phone; settings made once."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from device.directory import Directory, Imported, configure, find, import_resources
from device.failures import mark_checked, note_failure
from device.records import NotAllowed
from schemas.records import preset, read_directory, to_hsds
from tests.device.local import TODAY, Local, Space, local_phone

PHONE = [{"number": "+1 555 0100", "type": "voice"}]
DIRECTORY = Path(__file__).resolve().parents[2] / "demo" / "data" / "directory.json"


@pytest.fixture
def lead(tmp_path: Path) -> Iterator[Local]:
    with local_phone(tmp_path / "lead", lead=True) as made:
        yield made


@pytest.fixture
def member(tmp_path: Path) -> Iterator[Local]:
    with local_phone(tmp_path / "member") as made:
        yield made


@pytest.fixture
def commons(lead: Local) -> Space:
    return Space(lead.records.view.logs["commons"], "commons")


def resources(lead: Local) -> list[dict[str, object]]:
    programme = lead.records.programme()
    read = read_directory(DIRECTORY.read_bytes(), "json", today=TODAY, programme=programme)
    return [dict(fields) for fields in read.resources]


def test_every_phone_finds_what_a_lead_imported(lead: Local, member: Local, commons: Space) -> None:
    configure(lead.records, preset("you_matter"))
    entries = resources(lead)
    assert len(entries) >= 20
    assert import_resources(lead.records, entries) == Imported(len(entries), 0, 0)
    lead.push(commons)
    for phone in (lead, member):
        phone.pull(commons)
    assert lead.states(commons) == member.states(commons)
    names = {record.fields["name"] for record in member.records.list("resource")}
    assert names == {fields["name"] for fields in entries}
    for text in ("", "crisis", "nothing of the kind zzz"):
        assert any(hit.record.fields.get("is_crisis") for hit in find(member.records, text))
    first = find(member.records, str(entries[0]["name"]))[0]
    assert first.record.fields["name"] == entries[0]["name"]
    assert first.matched


def test_a_second_import_changes_what_differs(lead: Local, commons: Space) -> None:
    configure(lead.records, preset("you_matter"))
    entries = resources(lead)
    import_resources(lead.records, entries)
    lead.push(commons)
    lead.pull(commons)
    assert import_resources(lead.records, entries) == Imported(0, 0, len(entries))
    assert lead.records.unsent() == 0
    described = next(fields for fields in entries if "description" in fields)
    del described["description"]
    entries[-1]["alert"] = "Closed on Friday"
    changed = 1 if described is entries[-1] else 2
    assert import_resources(lead.records, entries) == Imported(0, changed, len(entries) - changed)
    shown = {record.fields["name"]: record.fields for record in lead.records.list("resource")}
    assert "description" not in shown[str(described["name"])]
    assert shown[str(entries[-1]["name"])]["alert"] == "Closed on Friday"


def test_members_import_and_configure_nothing(member: Local) -> None:
    with pytest.raises(NotAllowed):
        import_resources(member.records, [{"name": "A", "assured_date": "2026-11-01", "categories": ["eap"]}])
    with pytest.raises(NotAllowed):
        configure(member.records, preset("you_matter"))
    assert find(member.records, "anything") == []


def test_settings_are_made_once_and_changed_after(lead: Local) -> None:
    record = configure(lead.records, preset("you_matter"))
    assert configure(lead.records, {"display_name": "Standing by"}, ("phases",)) == record
    programme = lead.records.programme()
    assert programme is not None
    assert programme["display_name"] == "Standing by"
    assert "phases" not in programme


def test_of_two_settings_made_at_once_all_phones_take_the_same(lead: Local, member: Local, commons: Space) -> None:
    for name in ("you_matter", "ice_cream_rounds"):
        lead.records.log("programme", preset(name))
    lead.push(commons)
    for phone in (lead, member):
        phone.pull(commons)
    assert member.records.programme() == lead.records.programme()
    assert member.records.programme() is not None


def test_a_stale_entry_says_so(lead: Local) -> None:
    fields = {"name": "Old line", "assured_date": date(2025, 1, 1).isoformat(), "categories": ["eap"]}
    import_resources(lead.records, [{**fields, "status": "active"}])
    [hit] = find(lead.records, "old line")
    assert hit.freshness.value == "red"


def test_an_index_follows_edits_and_syncs(lead: Local, member: Local, commons: Space) -> None:
    mine, theirs = Directory(lead.records), Directory(member.records)
    assert mine.find("night") == theirs.find("night") == []
    record = lead.records.log("resource", {"name": "Night line", "assured_date": "2026-11-01", "categories": ["eap"]})
    assert [hit.record.id for hit in mine.find("nigth")] == [record]
    lead.push(commons)
    member.pull(commons)
    assert [hit.record.id for hit in theirs.find("night")] == [record]
    lead.records.edit(record, {"name": "Day line"})
    assert mine.find("night") == []
    assert [hit.record.id for hit in mine.find("day")] == [record]
    lead.records.delete(record)
    assert mine.find() == []


def test_an_export_is_imported_elsewhere_and_here_without_a_change(lead: Local, tmp_path: Path) -> None:
    configure(lead.records, preset("you_matter"))
    import_resources(lead.records, resources(lead))
    services = to_hsds({record.id: record.fields for record in lead.records.list("resource")})
    programme = lead.records.programme()
    read = read_directory(json.dumps(services).encode(), "json", today=TODAY, programme=programme)
    assert read.remarks == ()
    assert import_resources(lead.records, read.resources) == Imported(0, 0, len(services))
    with local_phone(tmp_path / "sister", lead=True) as sister:
        configure(sister.records, preset("you_matter"))
        import_resources(sister.records, read.resources)
        here, there = (
            {str(record.fields["name"]): record.fields for record in phone.records.list("resource")}
            for phone in (lead, sister)
        )
        assert here == there


def test_what_is_due_is_what_failed_then_what_was_not_checked_for_longest(lead: Local) -> None:
    days = {"Fresh": "2026-11-19", "Amber": "2026-08-01", "Red": "2026-01-01", "Gone": "2020-01-01"}
    ids = {}
    for name, day in days.items():
        status = "defunct" if name == "Gone" else "active"
        fields = {"name": name, "assured_date": day, "categories": ["eap"], "status": status, "phones": PHONE}
        ids[name] = lead.records.log("resource", fields)
    crisis = {"name": "Crisis", "assured_date": "2026-10-15", "categories": ["crisis_line"], "is_crisis": True}
    ids["Crisis"] = lead.records.log("resource", {**crisis, "phones": PHONE})
    directory = Directory(lead.records)
    assert [hit.record.fields["name"] for hit in directory.due()] == ["Crisis", "Red", "Amber"]
    note_failure(lead.records, ids["Fresh"], "wrong_number")
    assert [hit.record.fields["name"] for hit in directory.due()] == ["Crisis", "Fresh", "Red", "Amber"]
    mark_checked(lead.records, ids["Fresh"])
    mark_checked(lead.records, ids["Crisis"])
    assert [hit.record.fields["name"] for hit in directory.due()] == ["Red", "Amber"]
