"""Numbers that did not work: a supporter's own note, and what a lead tells all."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from device.directory import find
from device.failures import OWN, SHARED, mark_checked, note_failure
from device.records import NotAllowed, NotFound
from device.retention import old
from schemas.records import RecordError
from sync.statements import Policy
from tests.device.local import TODAY, Local, Space, local_phone

LINE = {
    "name": "Night line",
    "categories": ["crisis_line"],
    "is_crisis": True,
    "phones": [{"number": "+1 555 0100", "type": "voice"}],
    "assured_date": "2026-11-01",
}


@pytest.fixture
def phones(tmp_path: Path) -> Iterator[tuple[Local, Local, bytes]]:
    """A lead's phone, a supporter's, and the id of a resource on both."""
    with local_phone(tmp_path / "lead", lead=True) as lead, local_phone(tmp_path / "member") as member:
        record = lead.records.log("resource", LINE)
        commons = commons_of(lead)
        lead.push(commons)
        member.pull(commons)
        yield lead, member, record


def commons_of(phone: Local) -> Space:
    return Space(phone.records.view.logs["commons"], "commons")


def test_a_supporter_s_note_is_their_own(phones: tuple[Local, Local, bytes]) -> None:
    lead, member, line = phones
    note = note_failure(member.records, line, "wrong_number", "+1 555 0100")
    kept = member.records.get(note)
    assert (kept.type, kept.space) == (OWN, "personal")
    assert {name: value for name, value in kept.fields.items() if name != "report"} == {
        "resource": line,
        "failure": "wrong_number",
        "number": "+1 555 0100",
        "occurred_on": TODAY.isoformat(),
    }
    assert len(bytes(kept.fields["report"])) == 16  # type: ignore[arg-type]
    untold = member.records.get(note_failure(member.records, line, "no_answer", telling=False))
    assert "report" not in untold.fields
    member.records.delete(untold.id)
    (hit,) = find(member.records, "night")
    assert [each.id for each in hit.failed] == [note]
    (other,) = find(lead.records, "night")
    assert other.failed == ()


def test_a_lead_s_note_is_shown_to_all_and_names_nobody(phones: tuple[Local, Local, bytes]) -> None:
    lead, member, line = phones
    note = note_failure(lead.records, line, "not_in_service")
    assert lead.records.get(note).space == "commons"
    space = commons_of(lead)
    space.entries = []
    lead.push(space)
    shared = {each.type: set(each.fields) for each in lead.records.list(SHARED)}
    assert shared == {SHARED: {"resource", "failure", "occurred_on"}}
    (hit,) = find(lead.records, "night")
    assert [each.id for each in hit.failed] == [note]
    with pytest.raises(NotAllowed):
        mark_checked(member.records, line)


def test_checking_clears_every_note_and_makes_the_entry_fresh(phones: tuple[Local, Local, bytes]) -> None:
    lead, _, line = phones
    for failure in ("no_answer", "wrong_number"):
        note_failure(lead.records, line, failure)
    assert mark_checked(lead.records, line, {"status": "temporarily closed"}) == 2
    (hit,) = find(lead.records, "night")
    assert hit.failed == ()
    assert hit.record.fields["assured_date"] == TODAY.isoformat()
    assert hit.record.fields["status"] == "temporarily closed"
    assert lead.records.list(SHARED) == []
    assert mark_checked(lead.records, line) == 0


def test_one_s_own_note_stands_until_the_lead_has_checked_on_a_later_day(phones: tuple[Local, Local, bytes]) -> None:
    lead, member, line = phones
    note_failure(member.records, line, "no_answer")
    for day, standing in ((TODAY.isoformat(), 1), (date(2026, 11, 21).isoformat(), 0)):
        lead.records.today = lambda day=day: date.fromisoformat(day)  # type: ignore[misc]
        lead.records.edit(line, {"assured_date": day})
        commons = Space(commons_of(lead).log, "commons", [(lead.device, *entry) for entry in lead.sealed])
        lead.flush(commons)
        member.pull(Space(commons.log, "commons", [(lead.device, *entry) for entry in lead.sealed]))
        (hit,) = find(member.records, "night")
        assert len(hit.failed) == standing


def test_only_a_resource_and_a_code_are_noted(phones: tuple[Local, Local, bytes]) -> None:
    _, member, line = phones
    note = note_failure(member.records, line, "no_answer")
    for wrong in (note, bytes(16)):
        with pytest.raises(NotFound):
            note_failure(member.records, wrong, "no_answer")
        with pytest.raises(NotFound):
            mark_checked(member.records, wrong)
    with pytest.raises(RecordError):
        note_failure(member.records, line, "she shouted at me")


def test_a_note_is_kept_no_longer_than_contacts(phones: tuple[Local, Local, bytes]) -> None:
    _, member, line = phones
    note_failure(member.records, line, "no_answer")
    day = (TODAY - date(1970, 1, 1)).days
    assert old(member.records, Policy(), day + Policy().contact_days, 0) == []
    assert len(old(member.records, Policy(), day + Policy().contact_days + 1, 0)) == 1
