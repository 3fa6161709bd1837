"""Byte strings on the wire: canonical unpadded base64url (docs/protocol/1-encoding.md), bytes in Python.

pydantic's own base64 types accept white space and several spellings of one value, and an id with two
spellings is two ids.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypeAliasType

from crypto.errors import EncodingError
from crypto.public.base64url import b64, unb64

BODY_LIMIT = 1_048_576
HEADER_LIMIT = 512
STATEMENT_LIMIT = 4096

# The last character of a value carries 2 or 4 unused bits, which must be zero.
_TAILS = {0: "", 1: "[A-Za-z0-9_-][AQgw]", 2: "[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048]"}


def characters(octets: int) -> int:
    """Length of the base64url text of so many bytes."""
    return -(-octets * 8 // 6)


@dataclass(frozen=True)
class Octets:
    """A byte string of `low` to `high` bytes; annotates a field of type bytes."""

    low: int
    high: int
    title: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._validate,
            serialization=core_schema.plain_serializer_function_ser_schema(b64, when_used="json"),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "title": self.title,
            "description": f"{self._size()} in canonical unpadded base64url.",
            "minLength": characters(self.low),
            "maxLength": characters(self.high),
            "pattern": self._pattern(),
            "examples": [b64(bytes(i % 251 for i in range(self.low)))],
        }

    def _size(self) -> str:
        return f"{self.low} bytes" if self.low == self.high else f"{self.low} to {self.high} bytes"

    def _pattern(self) -> str:
        if self.low == self.high:
            whole, rest = divmod(self.low, 3)
            return f"^[A-Za-z0-9_-]{{{4 * whole}}}{_TAILS[rest]}$"
        return f"^(?:[A-Za-z0-9_-]{{4}})*(?:{_TAILS[1]}|{_TAILS[2]})?$"

    def _validate(self, value: object) -> bytes:
        if isinstance(value, str):
            try:
                value = unb64(value)
            except EncodingError:
                raise PydanticCustomError("base64url", "is not canonical unpadded base64url") from None
        if not isinstance(value, bytes):
            raise PydanticCustomError("base64url", "is not a string of base64url")
        if not self.low <= len(value) <= self.high:
            raise PydanticCustomError("octets", "is not {size}", {"size": self._size()})
        return value


Id16 = TypeAliasType("Id16", Annotated[bytes, Octets(16, 16, "Account id or token")])
Id32 = TypeAliasType("Id32", Annotated[bytes, Octets(32, 32, "Id, hash, key or challenge")])
Challenge = TypeAliasType("Challenge", Annotated[bytes, Octets(48, 48, "Challenge")])
Signature = TypeAliasType("Signature", Annotated[bytes, Octets(64, 64, "Ed25519 signature")])
HpkeKey = TypeAliasType("HpkeKey", Annotated[bytes, Octets(1216, 1216, "HPKE public key")])
WrapBytes = TypeAliasType("WrapBytes", Annotated[bytes, Octets(1168, 1168, "Epoch key sealed to a reader")])
SealedNameBytes = TypeAliasType(
    "SealedNameBytes", Annotated[bytes, Octets(1392, 1392, "Display name sealed to the leads")]
)
SlipBytes = TypeAliasType("SlipBytes", Annotated[bytes, Octets(1264, 1264, "Slip sealed to the leads")])
HeaderBytes = TypeAliasType("HeaderBytes", Annotated[bytes, Octets(1, HEADER_LIMIT, "Canonical header")])
BodyBytes = TypeAliasType("BodyBytes", Annotated[bytes, Octets(1, BODY_LIMIT, "Body of an entry")])
StatementBytes = TypeAliasType("StatementBytes", Annotated[bytes, Octets(1, STATEMENT_LIMIT, "Body of a statement")])
