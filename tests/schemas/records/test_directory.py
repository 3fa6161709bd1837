import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import PROBLEMS, DirectoryError, Remark, prepare, read_directory, resource_key
from schemas.records.directory import MAX_BYTES, MAX_ENTRIES
from tests.schemas.records.strategies import TODAY, YOU_MATTER, records

ENTRY: dict[str, Any] = {"name": "Help line", "categories": ["crisis_line"], "assured_date": "2026-03-01"}


def as_json(*entries: object) -> bytes:
    return json.dumps({"about": "remark", "resources": entries}).encode()


def read(data: bytes, form: Any = "json") -> list[dict[str, Any]]:
    return list(read_directory(data, form, today=TODAY, programme=YOU_MATTER).resources)


def errors(data: bytes, form: Any = "json") -> list[tuple[int, str, str]]:
    with pytest.raises(DirectoryError) as refused:
        read(data, form)
    assert all(error.problem in PROBLEMS and error.message for error in refused.value.errors)
    return [(error.row, error.field, error.problem) for error in refused.value.errors]


def test_a_json_directory_is_read_with_its_defaults() -> None:
    assert read(as_json(ENTRY)) == [{"status": "active", **ENTRY}]


def test_a_csv_directory_says_the_same() -> None:
    table = (
        "\ufeffname,categories,assured_date,phones,schedules,languages,is_crisis,tier,verify_interval_days,description\r\n"
        'Help line,crisis_line; eap,2026-03-01,112; 988|text|7,"MO,TU|08:00|17:00; SU|10:00|24:00",en;it,Yes,2,30,'
        '"Calls, day and night"\r\n'
        ",,,,,,,,,\r\n"
        "Desk,other,2026-02-01\r\n"
    )
    assert read(table.encode(), "csv") == [
        {
            "status": "active",
            "name": "Help line",
            "categories": ["crisis_line", "eap"],
            "assured_date": "2026-03-01",
            "phones": [
                {"number": "112", "type": "voice"},
                {"number": "988", "type": "text", "extension": "7"},
            ],
            "schedules": [
                {"freq": "WEEKLY", "byday": ["MO", "TU"], "opens_at": "08:00", "closes_at": "17:00"},
                {"freq": "WEEKLY", "byday": ["SU"], "opens_at": "10:00", "closes_at": "24:00"},
            ],
            "languages": ["en", "it"],
            "is_crisis": True,
            "tier": 2,
            "verify_interval_days": 30,
            "description": "Calls, day and night",
        },
        {"status": "active", "name": "Desk", "categories": ["other"], "assured_date": "2026-02-01"},
    ]


@given(st.lists(records("resource", YOU_MATTER), min_size=1, max_size=4, unique_by=resource_key))
def test_every_valid_directory_is_taken_whole(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        if entry.get("is_crisis"):
            entry["phones"] = [{"number": "112", "type": "voice"}]
    wanted = [prepare("resource", entry, today=TODAY, programme=YOU_MATTER) for entry in entries]
    distinct = {resource_key(fields) for fields in wanted}
    if len(distinct) == len(wanted):
        assert read(as_json(*entries)) == wanted


def test_every_error_of_every_row_is_listed_and_nothing_is_imported() -> None:
    wrong = {**ENTRY, "name": "x" * 121, "categories": ["mystery"], "url": "javascript:1", "mood": 1}
    assert errors(as_json(ENTRY, wrong, "text", {"name": "No date"}, {**ENTRY, "name": "HELP  line"})) == [
        (2, "name", "too-long"),
        (2, "categories[0]", "unknown-code"),
        (2, "url", "bad-format"),
        (2, "mood", "unknown-field"),
        (3, "", "wrong-kind"),
        (4, "assured_date", "missing-field"),
        (4, "categories", "missing-field"),
        (5, "name", "duplicate"),
    ]


def test_rows_of_csv_are_those_of_a_spreadsheet() -> None:
    table = (
        "name,categories,assured_date,is_crisis,tier,phones,schedules\n"
        "A,other,2026-03-01,,,,\n"
        "B,other,2026-03-01,perhaps,3,,\n"
        "C,other,1 March,,two,1|voice|2|3,\n"
        "D,other,2026-03-01,yes,,,MO|08:00\n"
        "E,other,2026-03-01,,,,,extra,cells\n"
    )
    assert errors(table.encode(), "csv") == [
        (3, "is_crisis", "wrong-kind"),
        (3, "tier", "out-of-bounds"),
        (4, "assured_date", "bad-format"),
        (4, "tier", "wrong-kind"),
        (4, "phones[0]", "wrong-kind"),
        (5, "schedules[0].closes_at", "missing-field"),
        (5, "phones", "missing-field"),
        (6, "", "too-many"),
    ]


def test_a_crisis_entry_needs_a_number() -> None:
    assert errors(as_json({**ENTRY, "is_crisis": True})) == [(1, "phones", "missing-field")]


def test_a_check_that_lies_ahead_is_refused() -> None:
    assert errors(as_json({**ENTRY, "assured_date": "2026-03-10"})) == [(1, "assured_date", "date-in-future")]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "bad-format"),
        (b"[]", "too-few"),
        (b"{}", "bad-format"),
        (b'{"resources": {}}', "bad-format"),
        (b'{"resources": [{"name": "a", "name": "b"}]}', "bad-format"),
        (b'{"resources": [NaN]}', "bad-format"),
        (b'{"resources": [' + b"9" * 5000 + b"]}", "bad-format"),
        (b"[" * 100_000, "bad-format"),
        (b'{"resources": [], "x": "\xff"}', "bad-text"),
        (b'{"resources": []}', "too-few"),
        (b" " * (MAX_BYTES + 1), "too-long"),
        (as_json(*[ENTRY] * (MAX_ENTRIES + 1)), "too-many"),
    ],
)
def test_a_file_that_is_no_directory_is_refused(data: bytes, problem: str) -> None:
    assert errors(data) == [(0, "", problem)]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("", (1, "", "missing-field")),
        ("name;categories\nA;other\n", (0, "", "bad-format")),
        ("name,colour\nA,red\n", (1, "colour", "unknown-field")),
        ("name,name\nA,B\n", (1, "name", "duplicate")),
        ('name,alert\nA,"x\n', (1, "", "bad-format")),
        ("name,alert\n", (0, "", "too-few")),
    ],
)
def test_a_table_that_is_no_directory_is_refused(table: str, expected: tuple[int, str, str]) -> None:
    assert errors(table.encode(), "csv") == [expected]


@given(st.binary(max_size=60), st.sampled_from(["json", "csv"]))
def test_no_bytes_whatever_break_the_import(data: bytes, form: Any) -> None:
    assert errors(data, form)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_cells_whatever_break_the_import(left: str, right: str) -> None:
    for name in ("phones", "schedules", "tier", "is_crisis", "languages"):
        table = f"name,{name}\n{left},{right}\n".encode(errors="replace")
        assert errors(table, "csv")


def test_what_entries_lack_can_be_given_for_all() -> None:
    services = json.dumps([{"name": "A"}, {"name": "B", "assured_date": "2026-01-01"}]).encode()
    assert errors(services) == [
        (1, "assured_date", "missing-field"),
        (1, "categories", "missing-field"),
        (2, "categories", "missing-field"),
    ]
    absent = {"assured_date": "2026-03-01", "categories": ["other"]}
    found = read_directory(services, "json", today=TODAY, absent=absent).resources
    assert [(one["assured_date"], one["categories"]) for one in found] == [
        ("2026-03-01", ["other"]),
        ("2026-01-01", ["other"]),
    ]


def test_what_a_row_could_not_keep_is_remarked_once() -> None:
    service = {**ENTRY, "categories": None, "alternate_name": "x", "phones": [{"number": "1", "description": "a"}] * 2}
    found = read_directory(json.dumps([service]).encode(), "json", today=TODAY, absent={"categories": ["other"]})
    assert found.remarks == (Remark(1, "phones.description", "not-kept"), Remark(1, "alternate_name", "not-kept"))


def test_an_error_says_where_and_what_to_do() -> None:
    with pytest.raises(DirectoryError) as refused:
        read(as_json({**ENTRY, "url": "help"}))
    assert str(refused.value) == "row 1, url: write it like https://example.org/help"


def test_the_same_resource_is_known_by_name_and_organization() -> None:
    assert resource_key({"name": " Help  LINE ", "organization": "A"}) == ("help line", "a")
    assert resource_key({"name": "Help line"}) != resource_key({"name": "Help line", "organization": "A"})
