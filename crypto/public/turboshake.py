"""TurboSHAKE128 (RFC 9861, section 2), the one primitive that `cryptography` does not have."""

from typing import TypeAlias

from Cryptodome.Hash import TurboSHAKE128

Stream: TypeAlias = "TurboSHAKE128.TurboSHAKE"
"""Its `read(length)` gives the next `length` bytes."""


def turboshake128(message: bytes, domain: int) -> Stream:
    """The output stream for `message`. Raises ValueError unless `domain` is in [1, 127]."""
    return TurboSHAKE128.new(domain=domain, data=message)
