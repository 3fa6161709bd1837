"""Hypothesis strategies made from the record types themselves."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from schemas.records import (
    FieldSpec,
    Value,
    code_list,
    prepare,
    preset,
    programme_list,
    record_type,
    resource_key,
)
from schemas.records.formats import is_printable

TODAY = date(2026, 3, 9)
YOU_MATTER = preset("you_matter")
ROUNDS = preset("ice_cream_rounds")

_FORMATTED = {
    "url": st.sampled_from(
        ["https://example.org/help", "http://example.org:8080/?q=1#top", "https://example.org/?{x}"]
    ),
    "email": st.sampled_from(["@".join([name, "example.org"]) for name in ("desk", "help..desk")]),
    "phone": st.from_regex(r"\A[+*]?[0-9][0-9 -]{0,7}\Z"),
    "language": st.sampled_from(["en", "it", "pt-BR", "zh-Hant"]),
    "time": st.from_regex(r"\A([01][0-9]|2[0-3]):[0-5][0-9]\Z"),
    "timezone": st.sampled_from(["Europe/Rome", "America/Argentina/Buenos_Aires", "UTC", "+05:30", "-03:00"]),
    "own_code": st.from_regex(r"\A[a-z][a-z0-9_]{0,31}\Z"),
}


def texts(limit: int) -> st.SearchStrategy[str]:
    """Text that shows on one line, at most `limit` characters."""
    shown = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]).filter(is_printable)
    return st.text(shown, min_size=1, max_size=limit).filter(lambda text: bool(text.strip()))


def values(spec: FieldSpec, programme: dict[str, Value]) -> st.SearchStrategy[Any]:
    """Valid values of one field."""
    if spec.kind in _FORMATTED:
        return _FORMATTED[spec.kind]
    match spec.kind:
        case "text":
            # NFC can make three characters of one.
            return texts(min(spec.max // 3, 20))
        case "date":
            days = st.integers(0, spec.max_days_back if spec.max_days_back is not None else 4000)
            return days.map(lambda back: (TODAY - timedelta(days=back)).isoformat())
        case "bool":
            return st.booleans()
        case "int":
            return st.integers(spec.min, spec.max)
        case "bytes":
            return st.binary(min_size=spec.min, max_size=spec.max)
        case "index":
            return st.integers(0, len(programme_list(programme, spec.programme_list or "") or []) - 1)
        case "code":
            return st.sampled_from(_codes(spec, programme))
        case "codes":
            codes = st.sampled_from(_codes(spec, programme))
            return st.lists(codes, unique=True, min_size=spec.min_items, max_size=spec.max_items)
        case "list":
            assert spec.item is not None
            by = spec.unique_by
            items = values(spec.item, programme)
            return st.lists(
                items,
                min_size=spec.min_items,
                max_size=min(spec.max_items, 6),
                unique_by=(lambda item: item[by]) if by else None,
            )
        case "struct":
            return _structs(spec, programme)
    raise AssertionError(spec.kind)


@st.composite
def _structs(draw: st.DrawFn, spec: FieldSpec, programme: dict[str, Value]) -> dict[str, Any]:
    one = draw(st.sampled_from(spec.exactly_one_of)) if spec.exactly_one_of else None
    found = {}
    for name, inner in spec.fields.items():
        wanted = name == one if name in spec.exactly_one_of else inner.required or draw(st.booleans())
        if wanted:
            found[name] = draw(values(inner, programme))
            if inner.distinct_from:
                found[name] = [code for code in found[name] if code != found[inner.distinct_from]]
    return found


def _codes(spec: FieldSpec, programme: dict[str, Value]) -> list[str]:
    if spec.codes:
        return list(code_list(spec.codes).codes)
    return programme_list(programme, spec.programme_list or "") or []


@st.composite
def records(
    draw: st.DrawFn, name: str, programme: dict[str, Value], fixed: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Valid fields of a new record of the type `name`; group-only fields for group contacts alone."""
    kind = record_type(name)
    fields: dict[str, Any] = {}
    for spec in kind.fields.values():
        if spec.programme_list and not spec.codes and not programme_list(programme, spec.programme_list):
            continue
        if spec.group_only and fields.get("contact_kind") != "group":
            continue
        if fixed and spec.name in fixed:
            fields[spec.name] = fixed[spec.name]
        elif spec.required or draw(st.booleans()):
            fields[spec.name] = draw(values(spec, programme))
    for rule in fields.get("schedules", []):
        if rule.get("interval", 1) > 1:
            rule.setdefault("dtstart", TODAY.isoformat())
    return fields


def contacts(kind: str | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Valid contacts under the Ice Cream Rounds preset, which has tiers and phases."""
    return records("contact", ROUNDS, {"contact_kind": kind} if kind else None)


@st.composite
def directories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One to three resources as they are stored, no two of one name and organization."""
    entries = draw(st.lists(records("resource", YOU_MATTER), min_size=1, max_size=3))
    for entry in entries:
        if entry.get("is_crisis"):
            entry["phones"] = [{"number": "112", "type": "voice"}]
    ready = [prepare("resource", entry, today=TODAY, programme=YOU_MATTER) for entry in entries]
    return list({resource_key(fields): fields for fields in ready}.values())
