"""What was exported comes in again on a fresh phone, without loss, once, and all or nothing."""

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.public.encoding import Canonical
from device.importing import Imported, NotImportable, import_entries
from device.pending import stage
from schemas.records.entries import EntriesError, Entry, read_entries
from schemas.records.forbidden import forbidden_reason
from sync.device.changes import Change
from tests.device.contacts import CONTACT
from tests.device.local import TODAY, Local, Space, local_phone
from tests.schemas.records.test_sheet import ANY_RECORD

Form = Literal["json", "csv"]
FORMS: tuple[Form, ...] = ("json", "csv")


def exported(phone: Local, form: Form) -> bytes:
    if form == "csv":
        return phone.records.export_sheet().encode()
    return json.dumps({"records": phone.records.export()}, indent=1).encode()


def imported(phone: Local, data: bytes, form: Form) -> Imported:
    return import_entries(phone.records, read_entries(data, form, today=TODAY, programme=phone.records.programme()))


def put(phone: Local, record: bytes, kind: str, version: int, fields: dict[str, Canonical]) -> None:
    """As another version of the program would have written it."""
    with phone.vault.write() as connection:
        change = Change(record, kind, version, deleted=False, fields=fields, removed=())
        stage(connection, phone.records.view.logs["personal"], change)


def holds_forbidden(value: Any) -> bool:
    if isinstance(value, dict):
        return any(forbidden_reason("contact", name) or holds_forbidden(each) for name, each in value.items())
    return isinstance(value, list) and any(map(holds_forbidden, value))


def storable(found: tuple[str, dict[str, Any]]) -> bool:
    kind, fields = found
    return bool(kind) and not kind.endswith("_keys") and "" not in fields and not holds_forbidden(fields)


@settings(max_examples=40, deadline=None)
@given(st.lists(ANY_RECORD.filter(storable), max_size=8), st.integers(1, 9), st.booleans())
def test_an_export_comes_in_on_a_fresh_phone_and_goes_out_with_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, found: list[tuple[str, dict[str, Any]]], version: int, land: bool
) -> None:
    folder = tmp_path_factory.mktemp("export")
    with local_phone(folder / "one") as one:
        for number, (kind, fields) in enumerate(found, 1):
            put(one, number.to_bytes(16, "big"), kind, version, fields)
        if land:
            space = Space(one.records.view.logs["personal"])
            one.push(space)
            one.pull(space)
        for form in FORMS:
            data = exported(one, form)
            with local_phone(folder / form) as fresh:
                if found:
                    assert imported(fresh, data, form) == Imported(len(found), 0, 0, 0)
                    assert imported(fresh, data, form) == Imported(0, len(found), 0, 0)
                assert exported(fresh, form) == data
                other: Form = "json" if form == "csv" else "csv"
                assert exported(fresh, other) == exported(one, other)
                space = Space(fresh.records.view.logs["personal"])
                fresh.push(space)
                fresh.pull(space)
                assert exported(fresh, form) == data


@pytest.fixture
def phone(tmp_path: Path) -> Any:
    with local_phone(tmp_path) as made:
        yield made


TABLE = (
    b"occurred_on,contact_kind,modality,duration_band,reasons.primary,disposition\r\n"
    b"2026-01-05,one_to_one,phone,m15_29,burnout_exhaustion,closed_supported\r\n"
    b"2026-01-05,one_to_one,phone,m15_29,burnout_exhaustion,closed_supported\r\n"
    b"2026-01-06,one_to_one,phone,m15_29,burnout_exhaustion,closed_supported\r\n"
)


def test_a_table_that_is_imported_twice_is_in_once(phone: Local) -> None:
    assert imported(phone, TABLE, "csv") == Imported(3, 0, 0, 0)
    assert imported(phone, TABLE, "csv") == Imported(0, 3, 0, 0)
    longer = TABLE + TABLE.splitlines(keepends=True)[1]
    assert imported(phone, longer, "csv") == Imported(1, 3, 0, 0)
    assert len(phone.records.list("contact")) == 4


def test_a_file_with_one_wrong_row_changes_nothing(phone: Local) -> None:
    with pytest.raises(EntriesError):
        imported(phone, TABLE + b"2026-01-07,one_to_one,phone,m15_29,burnout_exhaustion,\r\n", "csv")
    with pytest.raises(EntriesError):
        imported(phone, TABLE.replace(b"modality", b"modality,patient"), "csv")
    assert phone.records.list() == []


def test_what_the_phone_has_stays_and_what_it_deleted_stays_deleted(phone: Local) -> None:
    space = Space(phone.records.view.logs["personal"])
    edited, deleted = (phone.records.log("contact", CONTACT) for _ in range(2))
    data = exported(phone, "json")
    phone.push(space)
    phone.pull(space)
    phone.records.edit(edited, {"modality": "video"})
    phone.records.delete(deleted)
    assert imported(phone, data, "json") == Imported(0, 0, 1, 1)
    assert [record.fields["modality"] for record in phone.records.list("contact")] == ["video"]


def test_an_id_of_the_programme_s_own_records_is_refused(phone: Local) -> None:
    with phone.vault.write() as connection:
        change = Change(b"p" * 16, "programme", 1, deleted=False, fields={"display_name": "x"}, removed=())
        stage(connection, phone.records.view.logs["commons"], change)
    fine = Entry(1, b"q" * 16, "contact", 1, {"modality": "phone"})
    with pytest.raises(NotImportable, match="row 2"):
        import_entries(phone.records, [fine, Entry(2, b"p" * 16, "contact", 1, {"modality": "phone"})])
    assert phone.records.list() == []


@pytest.mark.parametrize(
    "value", ["x" * (1 << 20), [[[[[[[1]]]]]]], 2**64, "\ud800"], ids=["large", "deep", "number", "surrogate"]
)
def test_what_would_stop_the_next_flush_is_refused(phone: Local, value: Any) -> None:
    with pytest.raises(NotImportable):
        import_entries(phone.records, [Entry(1, b"q" * 16, "contact", 1, {"later": value})])
    assert phone.records.list() == []
    phone.records.log("contact", CONTACT)
    assert len(phone.flush(Space(phone.records.view.logs["personal"]))) == 1


def test_the_largest_that_is_taken_is_sealed(phone: Local) -> None:
    import_entries(phone.records, [Entry(1, b"q" * 16, "contact", 1, {"later": "x" * ((1 << 20) - 2048)})])
    assert len(phone.flush(Space(phone.records.view.logs["personal"]))) == 1
