"""A record as plain JSON, for its owner to take along."""

from typing import TypeAlias

from crypto.public.base64url import b64
from schemas.records.errors import RecordError
from schemas.records.types import record_types
from schemas.records.values import Fields, Value, copied

Json: TypeAlias = "int | str | bool | list[Json] | dict[str, Json]"


def is_reserved(record_type: str) -> bool:
    """Whether a type is the engine's own, never exported.

    A type of a newer version is unknown here: by convention, one whose name ends in `_keys` holds key material.
    """
    known = record_types().get(record_type)
    return known.reserved if known else record_type.endswith("_keys")


def export_record(record_id: bytes, record_type: str, version: int, fields: Fields) -> dict[str, Json]:
    """{id, type, version, fields}; bytes become unpadded base64url, unknown types, fields and codes stay.

    Raises RecordError reserved-type; TypeError if `fields` is not CBOR data without floats and null.
    """
    if is_reserved(record_type):
        raise RecordError("reserved-type", "", f"{record_type} holds keys and is never exported: leave it out")
    plain = {name: _plain(copied(value)) for name, value in fields.items()}
    return {"id": b64(record_id), "type": record_type, "version": version, "fields": plain}


def _plain(value: Value) -> Json:
    match value:
        case bytes():
            return b64(value)
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {name: _plain(item) for name, item in value.items()}
    return value
