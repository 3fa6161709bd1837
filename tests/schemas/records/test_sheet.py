import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import encode
from schemas.records import record_types, score
from schemas.records.sheet import HEAD, CellError, path_of, read_row, read_type, write_sheet
from tests.schemas.records.strategies import YOU_MATTER, contacts, records
from tests.schemas.records.test_plain import ANYTHING, NAMES

CONTACT = {
    "occurred_on": "2026-03-09",
    "contact_kind": "group",
    "reasons": {"primary": "burnout_exhaustion", "others": ["own_health", "other"]},
    "referrals": [
        {"category": "eap", "method": "number_given", "outcome": "unknown"},
        {"resource": bytes(range(16)), "method": "info_only", "outcome": "attended"},
    ],
    "facilitators": {"count": 2, "kinds": ["peer"]},
    "tier": 0,
    "actions": [],
}


def read(text: str) -> list[tuple[str, dict[str, Any]]]:
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert tuple(header[:3]) == HEAD
    return [(read_type(row[1]), read_row(read_type(row[1]), header[3:], row[3:])) for row in rows]


def test_a_person_reads_the_cells() -> None:
    text = write_sheet([("AA", "contact", 1, CONTACT), ("BB", "check_in", 1, {"answers": {"zone": 3}, "score": 3})])
    header, contact, check_in = csv.reader(io.StringIO(text, newline=""))
    cells = {name: cell for name, cell in zip(header, contact, strict=True) if cell}
    assert cells == {
        "record_id": "AA",
        "record_type": "contact",
        "record_version": "1",
        "occurred_on": "2026-03-09",
        "contact_kind": "group",
        "reasons.primary": "burnout_exhaustion",
        "reasons.others": "own_health; other",
        "referrals": "category=eap, method=number_given, outcome=unknown; "
        "method=info_only, outcome=attended, resource=AAECAwQFBgcICQoLDA0ODw",
        "facilitators.count": "2",
        "facilitators.kinds": "peer",
        "tier": "0",
        "actions": "json:[]",
    }
    assert dict(zip(header, check_in, strict=True))["answers"] == "zone=3"
    assert [fields for _, fields in read(text)] == [CONTACT, {"answers": {"zone": 3}, "score": 3}]
    assert text.endswith("\r\n")


WILD = st.dictionaries(
    NAMES | st.sampled_from(["reasons", "reasons.primary", "tier", "referrals", "id", "answers", "=x", "json:"]),
    ANYTHING,
    max_size=4,
)
KINDS = ["contact", "check_in", "training", "supervision", "presence_shift", "availability", "plan"]
VALID = st.sampled_from(KINDS[2:]).flatmap(lambda kind: st.tuples(st.just(kind), records(kind, YOU_MATTER)))
CHECK_INS = st.integers(0, 3).map(lambda zone: ("check_in", score("stress_continuum", {"zone": zone})))
ANY_RECORD = (
    st.tuples(st.just("contact"), contacts())
    | VALID
    | CHECK_INS
    | st.tuples(st.sampled_from(KINDS) | st.text(max_size=5), WILD)
)


@given(st.lists(ANY_RECORD, max_size=6))
def test_records_of_any_shape_come_back_as_they_were(found: list[tuple[str, dict[str, Any]]]) -> None:
    again = read(write_sheet(("AA", kind, 1, fields) for kind, fields in found))
    assert [(kind, encode(fields)) for kind, fields in again] == [(kind, encode(fields)) for kind, fields in found]


@given(st.lists(ANY_RECORD, max_size=4))
def test_no_cell_is_a_formula(found: list[tuple[str, dict[str, Any]]]) -> None:
    text = write_sheet(("AA", kind, 1, fields) for kind, fields in found)
    assert not [
        cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row if cell.startswith(tuple("=+-@"))
    ]


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        (["reasons", "reasons.primary"], ["json:{}", "other"]),
        (["reasons.primary", "reasons"], ["other", "json:{}"]),
        (["referrals"], ["eap"]),
        (["answers"], ["a=1; a=2"]),
        (["tier"], ["json:1.5"]),
    ],
)
def test_cells_that_cannot_be_read_are_named(columns: list[str], cells: list[str]) -> None:
    with pytest.raises(CellError):
        read_row("check_in" if columns == ["answers"] else "contact", columns, cells)


def test_no_field_is_called_like_the_head_of_a_row() -> None:
    assert not {name for kind in record_types().values() for name in kind.fields} & set(HEAD)


def test_a_column_is_a_field_or_a_part_of_one() -> None:
    assert path_of("reasons.primary") == ("reasons", "primary")
    assert path_of('json:"reasons.primary"') == ("reasons.primary",)
    for wrong in ("json:1", "json:{"):
        with pytest.raises(CellError):
            path_of(wrong)
