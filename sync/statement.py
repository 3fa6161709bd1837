"""What all statements have in common: the day first, the co-signature last, one codec."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, ClassVar, Self

from crypto.public.encoding import encode
from sync.log import Cursor
from sync.shape import Check, array, decode_array, octets, optional

Parts = Mapping[str, Callable[[Any], Any]]

COSIGNATURE = optional(array(octets(32), octets(64)))


@dataclass(frozen=True, slots=True)
class Cosignature:
    """Consent of a recovery code: its invite id, and its signature under context `cosign`."""

    code: bytes
    signature: bytes

    def as_array(self) -> list[Any]:
        return [self.code, self.signature]


def plain(value: Any) -> Any:
    """A field as the encoding has it: an absent co-signature is the empty array, tuples are arrays."""
    if value is None:
        return []
    if isinstance(value, tuple):
        return [plain(element) for element in value]
    return value.as_array() if hasattr(value, "as_array") else value


@dataclass(frozen=True, slots=True)
class Statement:
    """Common to all kinds: the day first, the co-signature last."""

    kind: ClassVar[str]
    shape: ClassVar[Check]
    parts: ClassVar[Parts] = MappingProxyType({})
    strict: ClassVar[bool] = False

    day: int

    @property
    def cosigned(self) -> Cosignature | None:
        value: Cosignature | None = getattr(self, "cosignature")  # noqa: B009  every kind declares it last
        return value

    def _values(self) -> list[Any]:
        return [plain(getattr(self, item.name)) for item in fields(self)]

    def encode(self) -> bytes:
        return encode(self._values())

    def cosign_message(self, log: bytes, seen: Cursor) -> bytes:
        """What a recovery code signs: log id, and an array of kind, `seen`, the body without its last element."""
        return log + encode([self.kind, seen.as_array(), self._values()[:-1]])

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Raises Refused `entry-malformed`."""
        values = decode_array(body, cls.shape, f"{cls.kind} statement")
        names = [item.name for item in fields(cls)]
        made = {
            name: cls.parts[name](value) if name in cls.parts else value
            for name, value in zip(names, values, strict=True)
        }
        made["cosignature"] = Cosignature(*values[-1]) if values[-1] else None
        return cls(**made)
