"""What is due, from this phone's records alone."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crypto.public.encoding import Canonical
from device.due import due, settle
from device.pending import stage
from device.records import NotFound
from sync.device.changes import Change
from tests.device.contacts import CONTACT
from tests.device.local import TODAY, Local, local_phone


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Local]:
    with local_phone(tmp_path) as made:
        yield made


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def agreed(phone: Local, days: int, band: str) -> bytes:
    return phone.records.log("contact", {**CONTACT, "occurred_on": ago(days), "followup_due": band})


def test_what_is_due_comes_in_the_order_of_its_days(phone: Local) -> None:
    week, later, day = agreed(phone, 3, "w1"), agreed(phone, 0, "m3"), agreed(phone, 3, "h24")
    agreed(phone, 2, "none")
    phone.records.log("contact", CONTACT)
    phone.records.log("supervision", {"supervision_kind": "group", "occurred_on": ago(92)})
    found = due(phone.records)
    assert [(one.kind, one.record.id if one.record else None) for one in found] == [
        ("follow_up", day),
        ("supervision", None),
        ("follow_up", week),
    ]
    assert [one.record.id for one in due(phone.records, ahead=91) if one.record] == [day, week, later]
    assert [one.kind for one in due(phone.records, ahead=0)] == ["follow_up", "supervision"]


def test_a_settled_follow_up_is_reminded_of_no_more_and_nothing_of_it_leaves(phone: Local) -> None:
    contact = agreed(phone, 3, "h24")
    before = phone.records.get(contact)
    staged = phone.one("SELECT COUNT(*) FROM pending")
    settle(phone.records, contact)
    assert due(phone.records) == []
    assert phone.records.get(contact) == before
    assert phone.one("SELECT COUNT(*) FROM pending") == staged
    phone.records.edit(contact, {"followup_due": "w1"})
    assert [one.kind for one in due(phone.records)] == ["follow_up"]


def test_what_is_settled_is_forgotten_with_its_contact(phone: Local) -> None:
    gone, other = agreed(phone, 3, "h24"), agreed(phone, 3, "h24")
    settle(phone.records, gone)
    phone.records.delete(gone)
    settle(phone.records, other)
    assert phone.one("SELECT COUNT(*) FROM settled") == 1
    with pytest.raises(NotFound):
        settle(phone.records, gone)
    with pytest.raises(NotFound):
        settle(phone.records, phone.records.log("contact", CONTACT))


def test_a_refresher_falls_due(phone: Local) -> None:
    fields: dict[str, Canonical] = {"course": "basics", "completed": ago(400), "refresher_due": ago(-3)}
    with phone.vault.write() as connection:
        change = Change(b"t" * 16, "training", 1, deleted=False, fields=fields, removed=())
        stage(connection, phone.records.view.logs["personal"], change)
    assert [(one.kind, one.on.isoformat()) for one in due(phone.records)] == [("refresher", ago(-3))]
    assert due(phone.records, ahead=2) == []
