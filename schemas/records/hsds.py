"""Takes the shapes of Open Referral HSDS 3.0 where a resource here is flatter."""

from typing import Any


def from_hsds(entry: dict[str, Any]) -> dict[str, Any]:
    """A resource entry with HSDS shapes flattened; what is flat already stays as it is.

    organization {name} -> organization; languages [{code}] -> codes; service_areas [{name}] -> service_area;
    phones[].extension as a number -> text; schedules[].byday "MO,TU" -> list, times HH:MM:SS -> HH:MM. A null is
    an absent field. Source: HSDS 3.0, service, phone, schedule, language and service_area.
    """
    flat = {name: value for name, value in entry.items() if value is not None}
    if isinstance(flat.get("organization"), dict):
        flat["organization"] = flat["organization"].get("name")
    if "languages" in flat:
        flat["languages"] = _each(flat["languages"], lambda item: item.get("code", item.get("name")))
    if "service_area" not in flat and isinstance(flat.get("service_areas"), list):
        names = _each(flat.pop("service_areas"), lambda item: item.get("name"))
        flat["service_area"] = ", ".join(str(name) for name in names)
    if "phones" in flat:
        flat["phones"] = _each(flat["phones"], _phone)
    if "schedules" in flat:
        flat["schedules"] = _each(flat["schedules"], _schedule)
    return flat


def _each(items: Any, convert: Any) -> Any:
    if not isinstance(items, list):
        return items
    return [convert(item) if isinstance(item, dict) else item for item in items]


def _phone(phone: dict[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in phone.items() if value is not None}
    extension = flat.get("extension")
    if isinstance(extension, int) and not isinstance(extension, bool):
        flat["extension"] = str(extension)
    return flat


def _schedule(rule: dict[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in rule.items() if value is not None}
    if isinstance(flat.get("byday"), str):
        flat["byday"] = [day.strip() for day in flat["byday"].split(",")]
    for name in ("opens_at", "closes_at"):
        if isinstance(flat.get(name), str) and len(flat[name]) == len("10:00:00"):
            flat[name] = flat[name].removesuffix(":00")
    return flat
