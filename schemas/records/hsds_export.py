"""Writes resources as services of Open Referral HSDS 3.0. Takes records of any version, in any shape.

Source: Human Services Data Specification 3.0, an Open Referral resource (CC BY-SA 4.0). What HSDS has no field for
becomes attributes, which `from_hsds` reads back.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from schemas.records.codes import code_list
from schemas.records.hours import zone_of
from schemas.records.hsds import PLAIN, PREFIX, STRICT, TEXTS, own_fields
from schemas.records.labels import label
from schemas.records.types import FieldSpec
from schemas.records.values import Fields

Json = dict[str, Any]

_ORGANIZATIONS = UUID("6f0c0a3e-6f27-4a34-9d0e-2f4f5a3d9b10")
_RULE = ("freq", "interval", "dtstart", "until", "opens_at")


def to_hsds(resources: Mapping[bytes, Fields]) -> list[Json]:
    """A service for each resource, by record id (16 random bytes): the same id every time it is exported."""
    return [_service(UUID(bytes=record, version=4), fields) for record, fields in resources.items()]


def _service(id_: UUID, fields: Fields) -> Json:
    known = code_list("resource_status").codes
    status = fields.get("status")
    service: Json = {"id": str(id_), "name": str(fields.get("name", ""))}
    service |= {name: fields[name] for name in (*PLAIN, *TEXTS) if isinstance(fields.get(name), str)}
    # A validator refuses the whole service for one link with a brace in it.
    refused = [name for name, form in STRICT.items() if name in service and not form.fullmatch(service[name])]
    for name in refused:
        del service[name]
    # A status of a newer version is none of HSDS: nobody is sent where it may be closed.
    service["status"] = status if status in known else "inactive"
    organization = fields.get("organization")
    if isinstance(organization, str):
        name = organization
        # HSDS demands a description; of the organization we know its name alone.
        service["organization"] = {"id": str(uuid5(_ORGANIZATIONS, name)), "name": name, "description": name}
    parts = {
        "phones": [_phone(item) for item in _items(fields, "phones", dict)],
        "schedules": [_schedule(item, fields.get("timezone")) for item in _items(fields, "schedules", dict)],
        "languages": [_language(item) for item in _items(fields, "languages", str)],
        "service_areas": [{"name": area} for area in [fields.get("service_area")] if isinstance(area, str)],
        "attributes": list(_attributes(id_, own_fields(refused), fields)),
    }
    for name, items in parts.items():
        if items:
            service[name] = [{"id": str(uuid5(id_, f"{name} {at}")), **item} for at, item in enumerate(items)]
    return service


def _items(fields: Fields, name: str, kind: type) -> list[Any]:
    values = fields.get(name)
    return [value for value in values if isinstance(value, kind)] if isinstance(values, list) else []


def _phone(phone: Json) -> Json:
    made: Json = {"number": str(phone.get("number", ""))}
    if isinstance(phone.get("type"), str):
        made["type"] = phone["type"]
    extension = phone.get("extension")
    if isinstance(extension, str) and extension.isascii() and extension.isdigit() and str(int(extension)) == extension:
        made["extension"] = int(extension)
    elif isinstance(extension, str):
        # A number in HSDS: *7 and 007 are none.
        made["description"] = f"Extension {extension}"
        id_ = str(uuid5(_ORGANIZATIONS, f"extension {made['number']} {extension}"))
        made["attributes"] = [{"id": id_, "link_type": f"{PREFIX}extension", "value": extension}]
    return made


def _schedule(rule: Json, zone: object) -> Json:
    made: Json = {name: rule[name] for name in _RULE if name in rule}
    byday = rule.get("byday")
    if isinstance(byday, list):
        made["byday"] = ",".join(str(day) for day in byday)
    closes = rule.get("closes_at")
    if closes is not None:
        # HSDS: 00:00 to 23:59 says that it is open day and night.
        made["closes_at"] = "23:59" if (rule.get("opens_at"), closes) == ("00:00", "24:00") else closes
    if isinstance(zone, str):
        fixed = zone_of(zone)
        offset = fixed.utcoffset(None) if fixed is not None else None
        if offset is not None:
            made["timezone"] = offset / timedelta(hours=1)
        else:
            # Where clocks change, one offset would be wrong for half of the year.
            made["description"] = f"Local time in {zone}."
    return made


def _language(code: str) -> Json:
    name = label("en", "language", code.lower().split("-")[0])
    return {"code": code} if code in name else {"code": code, "name": name}


def _attributes(id_: UUID, specs: Mapping[str, FieldSpec], fields: Fields) -> Iterator[Json]:
    for name, spec in specs.items():
        value = fields.get(name)
        for one in value if isinstance(value, list) else [] if value is None else [value]:
            text = str(one).lower() if isinstance(one, bool) else str(one)
            yield {
                "link_id": str(id_), "link_entity": "service", "link_type": PREFIX + name, "value": text,
                **_term(spec, text),
            }  # fmt: skip


def _term(spec: FieldSpec, value: str) -> Json:
    if not spec.codes:
        return {}
    said = label("en", spec.codes, value)
    taxonomy = PREFIX + spec.codes
    id_ = str(uuid5(_ORGANIZATIONS, f"{taxonomy} {value}"))
    return {"taxonomy_term": {"id": id_, "code": value, "name": said, "description": said, "taxonomy": taxonomy}}
