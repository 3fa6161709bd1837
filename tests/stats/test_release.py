"""A released table and its record."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import decode, encode
from schemas.records import record_type
from schemas.records.checks import Context, check_fields
from schemas.task import Axis, Task
from stats.release import Release

CODES = st.from_regex(r"[a-z0-9_]{1,12}", fullmatch=True)


@st.composite
def releases(draw: st.DrawFn) -> Release:
    once = draw(st.booleans())
    sizes = [draw(st.integers(1, 15)) for _ in range(1 if once else draw(st.integers(1, 2)))]
    names = draw(st.lists(CODES, min_size=len(sizes), max_size=len(sizes), unique=True))
    axes = tuple(
        Axis(name, tuple(sorted(draw(st.sets(CODES, min_size=size, max_size=size)))))
        for name, size in zip(names, sizes, strict=True)
    )
    shares = draw(st.integers(2, 3))
    task = Task(
        source="wellbeing" if once else draw(st.sampled_from(["contact", "hours", "referral"])),
        axes=axes,
        unit="supporter" if once else draw(st.sampled_from(["contact", "supporter"])),
        bound=draw(st.integers(1, 255)),
        epsilon=draw(st.integers(1, 100)),
        k=draw(st.integers(8, 50)),
        period_kind=draw(st.sampled_from(["month", "quarter"])),
        shares=shares,
    )
    return Release(
        task=task,
        period=draw(st.integers(12 * 2020, 12 * 2100) if task.period_kind == "month" else st.integers(8080, 8400)),
        opening=draw(st.binary(min_size=32, max_size=32)),
        cells=tuple(draw(st.lists(st.integers(-(2**40), 2**40), min_size=task.cells, max_size=task.cells))),
        reports=task.k + draw(st.integers(0, 5000)),
        rejected=draw(st.integers(0, 100)),
        released=draw(st.dates(date(2026, 1, 1), date(2100, 1, 1))),
    )


EXAMPLE = Release(
    Task("contact", (Axis("modality", ("phone", "video")),), "contact", 60, 100, 8, "month", 3),
    24321, bytes(range(32)), (37, -3), 19, 1, date(2026, 11, 23),
)  # fmt: skip


@given(releases())
def test_a_record_gives_the_release_back(release: Release) -> None:
    fields: Any = decode(encode(release.to_fields()))
    assert Release.from_fields(fields) == release
    assert Release.from_fields({**fields, "of_a_newer_version": 1}) == release
    kind = record_type("release")
    assert set(fields) == set(kind.fields) == {name for name, spec in kind.fields.items() if spec.required}
    assert list(check_fields(kind.fields, fields, "", Context("release", release.released, None))) == []


def test_two_phones_write_the_same_record() -> None:
    assert EXAMPLE.record == bytes(range(16))
    assert EXAMPLE.scales == (Fraction(2), Fraction(2))


@pytest.mark.parametrize(
    "change",
    [
        {"cells": (37,)},
        {"cells": (37, 2**53)},
        {"reports": 7},
        {"rejected": -1},
        {"opening": bytes(31)},
        {"period": 12 * 9999 + 12},
    ],
)
def test_what_no_release_can_be_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        replace(EXAMPLE, **change)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("opening", "text"),
        ("opening", b""),
        ("source", "=HYPERLINK"),
        ("source", "<script>"),
        ("source", "\x1b[2J"),
        ("source", "contact\n"),
        ("source", None),
        ("axes", []),
        ("axes", [1]),
        ("axes", "modality"),
        ("axes", [{"name": "modality", "codes": []}]),
        ("axes", [{"name": "modality", "codes": ["phone", "phone"]}]),
        ("axes", [{"name": "modality", "codes": ["phone", "+1"]}]),
        ("axes", [{"name": "modality", "codes": ["phone", "Ward 3"]}]),
        ("axes", [{"name": "modality"}]),
        ("axes", [{"name": "a", "codes": ["x"]}] * 3),
        ("unit", "nobody"),
        ("unit", ["contact"]),
        ("bound", 0),
        ("bound", True),
        ("epsilon", 101),
        ("epsilon", 1.0),
        ("k", 0),
        ("k", 20),
        ("period_kind", "week"),
        ("shares", 4),
        ("period", -1),
        ("period", 0),
        ("cells", [1, "2"]),
        ("cells", [1] * 257),
        ("cells", [1, 2, 3]),
        ("reports", 3),
        ("noises", 0),
        ("noises", 1),  # The task has three shares: an error bar of one noise would be too short.
        ("noises", 3),
        ("shares", 2),
        ("released", "yesterday"),
        ("released", 20261123),
    ],
)
def test_a_malformed_record_is_refused(name: str, value: object) -> None:
    fields = EXAMPLE.to_fields()
    with pytest.raises(ValueError):
        Release.from_fields({**fields, name: value})
    del fields[name]
    with pytest.raises(ValueError):
        Release.from_fields(fields)


@given(st.dictionaries(st.sampled_from(sorted(EXAMPLE.to_fields())), st.one_of(
    st.none(), st.integers(), st.text(max_size=5), st.binary(max_size=40), st.lists(st.integers(), max_size=3),
    st.lists(st.dictionaries(st.sampled_from(["name", "codes"]), st.text(max_size=3)), max_size=2),
)))  # fmt: skip
def test_any_record_is_a_release_or_a_value_error(changes: dict[str, Any]) -> None:
    try:
        release = Release.from_fields({**EXAMPLE.to_fields(), **changes})
    except ValueError:
        return
    assert Release.from_fields(release.to_fields()) == release
