"""The shared records: a directory imported twice, found offline on every phone; settings made once."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from device.directory import Imported, configure, find, import_resources
from device.records import NotAllowed
from schemas.records import preset, read_directory
from tests.device.local import TODAY, Local, Space, local_phone

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
