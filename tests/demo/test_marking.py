"""The tag is in every text, and what was written can still be written."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from demo import story
from demo.marking import MARKED, Tag, long_codes, markers, texts
from demo.scan import Scanner
from schemas.records import FieldSpec, code_lists, preset, problems, read_directory, record_type

TAG = Tag(lambda size: bytes(range(size)))
TODAY = date(2026, 1, 5)
SETTINGS = preset("you_matter")
DIRECTORY = read_directory(
    (Path(story.DATA) / "directory.json").read_bytes(), "json", today=TODAY, programme=SETTINGS
).resources


def leaves(spec: FieldSpec, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from leaves(spec.item or spec, item)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from leaves(spec.fields[name], item)
    else:
        yield spec.kind, value


def all_leaves(kind: str, fields: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [leaf for name, value in fields.items() for leaf in leaves(record_type(kind).fields[name], value)]


def test_every_text_carries_the_tag_and_every_record_stays_valid() -> None:
    for kind, fields in [("programme", SETTINGS), *(("resource", each) for each in DIRECTORY)]:
        marked = TAG.marked(kind, fields)
        assert list(problems(kind, marked, today=TODAY, programme=SETTINGS)) == []
        before, after = all_leaves(kind, fields), all_leaves(kind, marked)
        assert len(before) == len(after)
        for (_, old), (spec_kind, new) in zip(before, after, strict=True):
            if spec_kind in MARKED:
                assert TAG.text in new
            else:
                assert new == old


def test_a_long_text_is_cut_so_that_the_tag_stays() -> None:
    assert TAG.on("x" * 100, 60) == "x" * 27 + " " + TAG.text
    assert len(TAG.on("x" * 100, 60)) == 60


def test_texts_are_those_long_enough_to_be_told_from_chance() -> None:
    found = texts("resource", {"name": "Chaplaincy", "description": "Short", "phones": [{"number": "+1 555 0100"}]})
    assert found == {"Chaplaincy", "+1 555 0100"}


def test_the_tag_is_no_code_of_any_list() -> None:
    assert all(TAG.code not in known.codes for known in code_lists().values())


def test_all_long_codes_are_markers() -> None:
    assert "moral_injury_distress" in long_codes()
    assert all(len(code) >= 10 for code in long_codes())
    made = markers(TAG, {"Occupational health clinic"}, {"Noor Lindqvist"})
    assert {marker.kind for marker in made} == {"tag", "code", "text", "name"}
    assert len(made) == 3 + len(long_codes()) + 2
    # In clear, hexadecimal of two cases, base64 at three alignments, UTF-16 of two orders; raw bytes have no UTF-16.
    assert Scanner(made).searched >= 7 * len(made)
