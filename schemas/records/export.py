"""A record as plain JSON, for its owner to take along and to bring back."""

from crypto.public.base64url import b64
from schemas.records.errors import RecordError
from schemas.records.plain import Json, to_plain
from schemas.records.types import record_types
from schemas.records.values import Fields, copied


def is_reserved(record_type: str) -> bool:
    """Whether a type is the engine's own, never exported.

    A type of a newer version is unknown here: by convention, one whose name ends in `_keys` holds key material.
    """
    known = record_types().get(record_type)
    return known.reserved if known else record_type.endswith("_keys")


def export_record(record_id: bytes, record_type: str, version: int, fields: Fields) -> dict[str, Json]:
    """{id, type, version, fields}; the id as unpadded base64url, values as `plain` writes them.

    Unknown types, fields and codes stay. Raises RecordError reserved-type; TypeError if `fields` is not CBOR data
    without floats and null.
    """
    if is_reserved(record_type):
        raise RecordError("reserved-type", "", f"{record_type} holds keys and is never exported: leave it out")
    return {"id": b64(record_id), "type": record_type, "version": version, "fields": to_plain(copied(dict(fields)))}
