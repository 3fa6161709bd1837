"""Reads services of Open Referral HSDS 3.0 as resources, and says what it cannot keep.

Source: Human Services Data Specification 3.0, an Open Referral resource (CC BY-SA 4.0): service, phone, schedule,
language, service_area, organization, attribute. Its schema checks no schedule; what one means is RFC 5545.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from schemas.records.formats import parse_date
from schemas.records.hours import WEEKDAYS
from schemas.records.labels import labels_of
from schemas.records.types import FieldSpec, record_type

PREFIX = "hallway:"
"""The `link_type` of an attribute that says a field which HSDS has not: `hallway:cost`."""

Lost = Callable[[str, str], None]
"""Takes the field that was not kept, and why: a code of the list `import_remark`."""

PLAIN = ("name", "status", "url", "email", "assured_date")
TEXTS = ("description", "eligibility_description", "fees_description", "alert")
_CHAR = r"[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2}"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
STRICT = {
    "url": re.compile(rf"https?://[A-Za-z0-9.-]+(:[0-9]{{1,5}})?(/({_CHAR})*)?(\?({_CHAR}|\?)*)?(#({_CHAR}|\?)*)?"),
    "email": re.compile(
        rf"(?=.{{1,64}}@)[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+)*@{_LABEL}(\.{_LABEL})+"
    ),
}
"""What HSDS takes as a URI (RFC 3986) and an e-mail address (RFC 5321), where browsers and we take more."""
_BREAKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_TIME = re.compile(r"([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?")
_UNREAD = ("count", "byweekno", "bymonthday", "byyearday")
_SILENT = frozenset({"id", "service_id", "organization_id", "link_id", "organization", "metadata", "last_modified"})
"""Ids are made anew, and what only says where an entry came from is no loss."""


def from_hsds(service: Mapping[str, Any], lost: Lost) -> dict[str, Any]:
    """The fields of a resource; whatever HSDS says beside them goes to `lost`.

    Shapes that are none of HSDS pass through, for validation to name.
    """
    given = {name: value for name, value in service.items() if value not in (None, "", [])}
    fields = {name: given.pop(name) for name in PLAIN if name in given}
    for name in TEXTS:
        if name in given:
            fields[name] = _shortened(name, given.pop(name), lost)
    organization = given.get("organization")
    if isinstance(organization, Mapping):
        fields["organization"] = organization.get("name")
        _rest("organization", organization, {"name", "description"}, lost)
    elif organization is not None:
        fields["organization"] = given.pop("organization")
    readers: dict[str, Callable[[Any, Lost], dict[str, Any]]] = {
        "phones": lambda items, report: {"phones": [_phone(item, report) for item in items]},
        "languages": _languages,
        "service_areas": _service_area,
        "attributes": _attributes,
        "schedules": _schedules,
    }
    for name, read in readers.items():
        items = given.pop(name, None)
        if isinstance(items, list):
            # Attributes come before schedules: the zone that one names is that of the other's times.
            fields = {**read(items, lost), **fields}
        elif items is not None:
            fields[name] = items
    _rest("", given, set(), lost)
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _own_field(attribute: Any) -> str:
    """The field of ours that an attribute says, or ""."""
    kind = attribute.get("link_type") if isinstance(attribute, Mapping) else None
    return kind.removeprefix(PREFIX) if isinstance(kind, str) and kind.startswith(PREFIX) else ""


def own_fields(refused: Iterable[str] = ()) -> dict[str, FieldSpec]:
    """The fields of a resource that HSDS has no place for, and those whose value it refuses."""
    elsewhere = {*PLAIN, *TEXTS, "organization", "phones", "languages", "service_area", "schedules"} - set(refused)
    return {name: spec for name, spec in record_type("resource").fields.items() if name not in elsewhere}


def _rest(name: str, item: Mapping[str, Any], kept: set[str], lost: Lost) -> None:
    for inner, value in item.items():
        if inner not in kept | _SILENT and value not in (None, "", []):
            lost(f"{name}.{inner}" if name else inner, "not-kept")


def _shortened(name: str, value: Any, lost: Lost) -> Any:
    if not isinstance(value, str):
        return value
    text, limit = _BREAKS.sub(" ", value).strip(), record_type("resource").fields[name].max
    if len(text) <= limit:
        return text
    lost(name, "shortened")
    return text[: limit - 1].rstrip() + "…"


def _phone(phone: Any, lost: Lost) -> Any:
    if not isinstance(phone, Mapping):
        return phone
    number, kind, extension = phone.get("number"), phone.get("type"), phone.get("extension")
    kept: dict[str, Any] = {"number": number.strip(' "') if isinstance(number, str) else number}
    if isinstance(kind, str):
        kept["type"] = kind.lower()
    attributes = phone.get("attributes")
    for attribute in attributes if isinstance(attributes, list) else []:
        if _own_field(attribute) == "extension":
            extension = attribute.get("value")
    if isinstance(extension, int | float) and not isinstance(extension, bool) and extension == int(extension):
        extension = str(int(extension))
    if extension not in (None, ""):
        kept["extension"] = extension
    rest = {name: value for name, value in phone.items() if name != "attributes"}
    _rest("phones", rest, {"number", "type", "extension"}, lost)
    return kept


def _languages(items: list[Any], lost: Lost) -> dict[str, Any]:
    by_name = {name.casefold(): code for code, name in labels_of("en", "language").items()}
    codes: list[Any] = []
    for item in items:
        code = item
        if isinstance(item, Mapping):
            named = str(item.get("name", "")).casefold()
            code = item.get("code") or by_name.get(named)
            _rest("languages", item, {"name", "code"}, lost)
            if code is None:
                lost("languages", "language-unknown")
        if isinstance(code, str):
            code = code[:3].lower() + code[3:] if "-" not in code[:3] else code[:2].lower() + code[2:]
        if code is not None:
            codes.append(code)
    return {"languages": codes}


def _service_area(items: list[Any], lost: Lost) -> dict[str, Any]:
    names = []
    for item in items:
        if isinstance(item, Mapping):
            names.append(item.get("name") or item.get("description") or "")
            _rest("service_areas", item, {"name"} if item.get("name") else {"description"}, lost)
    return {"service_area": _shortened("service_area", ", ".join(str(name) for name in names if name), lost)}


def _attributes(items: list[Any], lost: Lost) -> dict[str, Any]:
    """Our own fields, as `to_hsds` writes them; a taxonomy of somebody else cannot be read."""
    fields: dict[str, Any] = {}
    specs = own_fields(STRICT)
    for item in items:
        name = _own_field(item)
        if name not in specs:
            lost("attributes", "taxonomy-unknown")
            continue
        spec, value = specs[name], item.get("value")
        if spec.kind == "codes":
            fields.setdefault(spec.name, []).append(value)
        elif spec.kind == "bool":
            fields[spec.name] = {"true": True, "false": False}.get(str(value), value)
        elif spec.kind in ("int", "index"):
            fields[spec.name] = int(value) if re.fullmatch("[0-9]{1,9}", str(value)) else value
        else:
            fields[spec.name] = value
    return fields


def _schedules(items: list[Any], lost: Lost) -> dict[str, Any]:
    read = [rule for item in items if (rule := _schedule(item, lost)) is not None]
    offsets = {offset for _, offset in read if offset}
    if len(offsets) > 1:
        # One zone a resource: half of these hours would be wrong by hours.
        lost("schedules", "zones-differ")
        return {}
    return {"schedules": [rule for rule, _ in read], **({"timezone": offsets.pop()} if offsets else {})}


def _schedule(item: Any, lost: Lost) -> tuple[dict[str, Any], str] | None:
    """A weekly rule and the offset of its times; None if it is not weekly, or cannot be read without a guess."""
    if not isinstance(item, Mapping):
        return item, ""
    given = {name: value for name, value in item.items() if value not in (None, "")}
    opens, closes = (_TIME.fullmatch(str(given.get(name, ""))) for name in ("opens_at", "closes_at"))
    days, start = _days(given), given.get("dtstart", given.get("valid_from"))
    interval = _whole(given.get("interval", 1))
    other_weeks = given.get("wkst", "MO") != "MO" and interval != 1
    if (
        str(given.get("freq", "WEEKLY")) != "WEEKLY" or any(name in given for name in _UNREAD) or other_weeks
        or opens is None or closes is None or not days or not isinstance(interval, int) or interval < 1
        or (interval > 1 and start is None)
    ):  # fmt: skip
        lost("schedules", "not-weekly")
        return None
    rule: dict[str, Any] = {"freq": "WEEKLY", "byday": days, "opens_at": opens[1], "closes_at": closes[1]}
    if (opens[1], closes[1]) == ("00:00", "23:59"):
        rule["closes_at"] = "24:00"
    if interval > 1:
        rule["interval"] = interval
    ends = [str(given[name])[:10] for name in ("until", "valid_to") if name in given]
    rule |= {"dtstart": str(start)[:10]} if start else {}
    rule |= {"until": min(ends)} if ends else {}
    _rest("schedules", given, _READ, lost)
    return rule, _offset(given.get("timezone"), opens[3] or closes[3])


_READ = {
    "freq", "byday", "opens_at", "closes_at", "interval", "dtstart", "until", "valid_from", "valid_to", "timezone",
    "wkst", "description",
}  # fmt: skip


def _days(given: Mapping[str, Any]) -> list[str]:
    byday = given.get("byday")
    if isinstance(byday, str):
        days = [day.strip().upper() for day in byday.split(",")]
    elif isinstance(byday, list):
        days = [str(day) for day in byday]
    else:
        # RFC 5545, section 3.3.10: without BYDAY it is the day of DTSTART.
        start = parse_date(str(given.get("dtstart", ""))[:10])
        days = [] if start is None else [WEEKDAYS[start.weekday()]]
    return list(dict.fromkeys(days)) if all(day in WEEKDAYS for day in days) else []


def _offset(hours: Any, suffix: str | None) -> str:
    if isinstance(hours, int | float) and not isinstance(hours, bool) and -15 < hours < 15:
        minutes = round(abs(hours) * 60)
        return f"{'-' if hours < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"
    return "+00:00" if suffix == "Z" else suffix or ""


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value == int(value) else value


def rows(document: Any) -> Iterator[Any] | None:
    """The services of an HSDS 3.0 file: an array of them, a page of an API (`contents`), or `services`."""
    members = document if isinstance(document, dict) else {"services": document}
    lists = (members.get(name) for name in ("services", "contents"))
    found: list[Any] | None = next((each for each in lists if isinstance(each, list)), None)
    return None if found is None else iter(found)
