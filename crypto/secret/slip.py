"""Slips: what travels to the leads beside each flush, nearly always with nothing in it (docs/protocol/2-keys.md)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from crypto.errors import EncodingError, OpenFailed
from crypto.public.encoding import decode, encode
from crypto.secret import hpke
from crypto.secret.hpke import HpkeKey
from crypto.secret.padding import pad, unpad

PADDED_SIZE = 128
SLIP_SIZE = PADDED_SIZE + hpke.OVERHEAD
ID_SIZE = 16

_CODE = re.compile(r"[a-z0-9_]{1,32}")
_NUMBER = re.compile(r"[ -~]{0,32}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Slip:
    """A number of the directory that did not work.

    `report`: 16 random bytes, the same each time it is told; `resource`: record id; `failure`: a code; `number`: which
    one, or empty; `checked`: the resource's `assured_date` as the teller's phone knew it, or empty.
    """

    report: bytes
    resource: bytes
    failure: str
    number: str = ""
    checked: str = ""

    def is_valid(self) -> bool:
        """Whether each part has the shape that page 2 gives it."""
        # A record id is never all zeros: a lead's phone that took one would write a flush which nobody reads.
        ids = all(len(one) == ID_SIZE and any(one) for one in (self.report, self.resource))
        texts = _CODE.fullmatch(self.failure) and _NUMBER.fullmatch(self.number)
        return ids and bool(texts) and (not self.checked or _is_day(self.checked))


def seal_slip(inbox_public: bytes, programme: bytes, slip: Slip | None) -> bytes:
    """1,264 bytes for the leads' inbox, whether there is anything to tell or not.

    Raises ValueError for a slip that is not valid, KeyRefused for a bad inbox key.
    """
    if slip is not None and not slip.is_valid():
        raise ValueError("a slip that no reader would take")
    content = b"" if slip is None else encode([slip.report, slip.resource, slip.failure, slip.number, slip.checked])
    return hpke.seal(inbox_public, "slip", encode([programme]), pad(content, PADDED_SIZE))


def open_slip(inbox: HpkeKey, programme: bytes, sealed: bytes) -> Slip | None:
    """What the slip tells; None for nothing. Raises OpenFailed: `size`, `tag`, `padding`, `content`."""
    if len(sealed) != SLIP_SIZE:
        raise OpenFailed("size")
    content = unpad(inbox.open("slip", encode([programme]), sealed))
    if not content:
        return None
    try:
        value: Any = decode(content)
    except EncodingError:
        raise OpenFailed("content") from None
    if not isinstance(value, list) or list(map(type, value)) != [bytes, bytes, str, str, str]:
        raise OpenFailed("content")
    slip = Slip(*value)
    if not slip.is_valid():
        raise OpenFailed("content")
    return slip


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False
