import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.base64url import b64
from schemas.records import Fields
from schemas.records.entries import EntriesError, read_entries
from tests.schemas.records.strategies import TODAY, YOU_MATTER
from tests.schemas.records.test_forbidden import REFUSED

FIVE = "occurred_on,contact_kind,modality,duration_band,reasons.primary,disposition"
ROW = "2025-01-05,one_to_one,phone,m15_29,burnout_exhaustion,closed_supported"


def table(*rows: str) -> bytes:
    return "\r\n".join(rows).encode()


def refused(data: bytes, form: Any = "csv", **options: Any) -> list[tuple[int, str, str]]:
    with pytest.raises(EntriesError) as error:
        read_entries(data, form, today=TODAY, programme=YOU_MATTER, **options)
    assert str(error.value)
    return [(each.row, each.field, each.problem) for each in error.value.errors]


def test_a_table_kept_elsewhere_is_read_however_old_it_is() -> None:
    more = "2025-02-05,group,video,ge_90,own_health,info_given,2,peer; chaplain,category=eap, yes"
    data = table(f"{FIVE},facilitators.count,facilitators.kinds,shift_band", ROW, "", ",".join(more.split(",")[:8]))
    first, second = read_entries(data, "csv", today=TODAY, programme=YOU_MATTER)
    assert (first.row, first.id, first.type, first.version) == (2, None, "contact", 1)
    assert first.fields["reasons"] == {"primary": "burnout_exhaustion"}
    assert second.row == 4
    assert second.fields["facilitators"] == {"count": 2, "kinds": ["peer", "chaplain"]}


def test_referrals_of_a_table_get_their_defaults() -> None:
    data = table(f"{FIVE},referrals", f'{ROW},"category=eap, method=info_only"')
    (entry,) = read_entries(data, "csv", today=TODAY, programme=YOU_MATTER)
    assert entry.fields["referrals"] == [{"category": "eap", "method": "info_only", "outcome": "unknown"}]


@pytest.mark.parametrize("name", REFUSED)
def test_a_column_that_no_record_has_is_refused_by_name_and_place(name: str) -> None:
    data = table(f"{FIVE},{name}", f"{ROW},x")
    with pytest.raises(EntriesError) as error:
        read_entries(data, "csv", today=TODAY, programme=YOU_MATTER)
    (found,) = error.value.errors
    assert (found.row, found.field, found.problem) == (1, name, "forbidden-field")
    assert "Delete this column, the 7th" in found.message


def test_all_columns_that_are_refused_are_named_at_once_whatever_the_rows_hold() -> None:
    assert refused(table("notes,contact_kind,patient_name", "fine,x,y")) == [
        (1, "notes", "forbidden-field"),
        (1, "patient_name", "forbidden-field"),
    ]
    assert refused(table("record_type,reasons.narrative", "diary,x"))[0][1:] == ("reasons.narrative", "forbidden-field")
    # An empty column is one, too: its name says what it was for.
    assert refused(table(f"{FIVE},notes", f"{ROW},"))[0][2] == "forbidden-field"


@pytest.mark.parametrize("name", ["notes", "followup_handle", "Patient-Name"])
def test_in_json_such_a_field_is_refused_at_any_depth_and_in_any_type(name: str) -> None:
    for fields in ({name: 1}, {"reasons": {name: 1}}, {"referrals": [{"a": [{name: 1}]}]}):
        for kind in ("contact", "diary", "plan"):
            record = {"id": b64(b"x" * 16), "type": kind, "version": 9, "fields": fields}
            (found,) = refused(json.dumps({"records": [record]}).encode(), "json")
            assert (found[0], found[2]) == (1, "forbidden-field")
            assert found[1].endswith(name)


def test_every_fault_is_named_with_its_row() -> None:
    rows = [
        ROW.replace("phone", "telepathy"),
        ROW.replace("2025-01-05", ""),
        ROW + ",too,many",
        "2999-01-01" + ROW[10:],
    ]
    assert refused(table(FIVE, *rows)) == [
        (2, "modality", "unknown-code"),
        (3, "occurred_on", "missing-field"),
        (4, "", "too-many"),
        (5, "occurred_on", "date-in-future"),
    ]


def test_of_many_faults_some_are_said() -> None:
    with pytest.raises(EntriesError, match="and 30 more") as error:
        read_entries(table(FIVE, *[ROW.replace("phone", "fax")] * 50), "csv", today=TODAY)
    assert len(error.value.errors) == 50
    assert len(str(error.value).splitlines()) == 21


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "too-few"), (b"\xff", "bad-text"), (b"a;b;c\r\n", "bad-format"), (b'a\r\n"b', "bad-format"),
        (b"a,a\r\n", "duplicate"), (b"a,,b\r\n", "missing-field"), (b"json:{\r\n", "bad-format"),
        (b"contact_kind\r\n", "too-few"),
    ],
)  # fmt: skip
def test_a_table_that_is_none(data: bytes, problem: str) -> None:
    assert refused(data)[0][2] == problem


@pytest.mark.parametrize(
    ("record", "field", "problem"),
    [
        ({"type": "account_keys", "fields": {}}, "type", "reserved-type"),
        ({"type": "new_keys", "id": b64(b"x" * 16), "fields": {}}, "type", "reserved-type"),
        ({"type": "resource", "id": b64(b"x" * 16), "fields": {"name": "x"}}, "type", "unknown-type"),
        ({"type": "diary", "fields": {}}, "type", "unknown-type"),
        ({"type": "", "id": b64(b"x" * 16), "fields": {}}, "type", "unknown-type"),
        ({"type": 5, "fields": {}}, "type", "wrong-kind"),
        ({"id": "12345", "fields": {}}, "id", "bad-format"),
        ({"id": b64(bytes(16)), "fields": {}}, "id", "bad-format"),
        ({"id": 7, "fields": {}}, "id", "bad-format"),
        ({"id": b64(b"x" * 16), "version": 0, "fields": {}}, "version", "out-of-bounds"),
        ({"id": b64(b"x" * 16), "version": True, "fields": {}}, "version", "out-of-bounds"),
        ({"id": b64(b"x" * 16), "fields": {"x" * 65: 1}}, "", "too-long"),
        ({"id": b64(b"x" * 16), "fields": {"x": None}}, "fields", "wrong-kind"),
        ({"id": b64(b"x" * 16), "fields": {}, "space": "leads"}, "space", "unknown-field"),
        ({"id": b64(b"x" * 16)}, "", "wrong-kind"),
        ("contact", "", "wrong-kind"),
    ],
)
def test_a_record_that_is_none(record: Any, field: str, problem: str) -> None:
    assert refused(json.dumps({"records": [record]}).encode(), "json") == [(1, field, problem)]


@pytest.mark.parametrize("text", ["{", "[]", '{"records": {}}', '{"records": [], "records": []}', "[" * 100_000])
def test_json_that_is_no_export(text: str) -> None:
    assert refused(text.encode(), "json")[0][2] == "bad-format"


def test_an_id_stands_once() -> None:
    record = {"id": b64(b"x" * 16), "type": "contact", "version": 1, "fields": {}}
    assert refused(json.dumps({"records": [record, record]}).encode(), "json") == [(2, "id", "duplicate")]


def test_what_comes_from_an_export_is_taken_as_it_stands() -> None:
    fields = {"modality": "hologram", "occurred_on": "1999-01-01", "tier": 99}
    record = {"id": b64(b"x" * 16), "type": "contact", "version": 7, "fields": fields}
    (entry,) = read_entries(json.dumps({"records": [record]}).encode(), "json", today=TODAY, programme=None)
    assert (entry.id, entry.version, entry.fields) == (b"x" * 16, 7, fields)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), st.sampled_from(["json", "csv"]))
def test_anything_is_read_or_refused(data: bytes, form: Any) -> None:
    programme: Fields = YOU_MATTER
    with suppress(EntriesError):
        assert read_entries(data, form, today=TODAY, programme=programme)
