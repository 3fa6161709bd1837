"""A secret of 16 bytes on paper: seven groups of four symbols and a check (docs/protocol/2-keys.md)."""

from crypto.errors import CodeWrong
from crypto.public.hashing import H

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {symbol: value for value, symbol in enumerate(_ALPHABET)}
_VALUE |= {symbol.lower(): value for symbol, value in _VALUE.items()}
_VALUE |= dict.fromkeys("Oo", 0) | dict.fromkeys("IiLl", 1)

_SECRET_SIZE = 16
_GROUPS = 7
_GROUP_SIZE = 5
_CHECKSUM_BITS = 12


def to_paper(secret: bytes) -> str:
    """`XXXXX-XXXXX-...`, seven groups, 41 characters. Raises ValueError unless `secret` has 16 bytes."""
    if len(secret) != _SECRET_SIZE:
        raise ValueError("a code on paper holds 16 bytes")
    number = int.from_bytes(secret, "big") << _CHECKSUM_BITS | _checksum(secret)
    symbols = [number >> shift & 31 for shift in range(135, -1, -5)]
    groups = [symbols[start : start + 4] for start in range(0, len(symbols), 4)]
    return "-".join(
        "".join(_ALPHABET[symbol] for symbol in (*group, _check(index, group))) for index, group in enumerate(groups)
    )


def from_paper(text: str) -> bytes:
    """The 16 bytes of a code as typed: case, spaces and hyphens are ignored, O reads as 0, I and L as 1.

    Raises CodeWrong, which names the first wrong group if one is.
    """
    typed = "".join(text.replace("-", "").split())
    number = 0
    for index in range(_GROUPS):
        group = [_VALUE.get(symbol, -1) for symbol in typed[index * _GROUP_SIZE :][:_GROUP_SIZE]]
        if len(group) < _GROUP_SIZE or min(group) < 0 or _check(index, group[:4]) != group[4]:
            raise CodeWrong(index + 1)
        for symbol in group[:4]:
            number = number << 5 | symbol
    secret = (number >> _CHECKSUM_BITS).to_bytes(_SECRET_SIZE, "big")
    if len(typed) != _GROUPS * _GROUP_SIZE or number & (1 << _CHECKSUM_BITS) - 1 != _checksum(secret):
        raise CodeWrong(None)
    return secret


def _checksum(secret: bytes) -> int:
    return int.from_bytes(H("code", secret)[:2], "big") >> 4


def _check(index: int, group: list[int]) -> int:
    """The check symbol of a group: `a*d0 + a^2*d1 + a^3*d2 + a^4*d3 + a^5*(index+1)`, by Horner's rule."""
    total = index + 1
    for symbol in reversed(group):
        total = _times_a(total) ^ symbol
    return _times_a(total)


def _times_a(value: int) -> int:
    """Times a = 2 in GF(32) with x^5 + x^2 + 1."""
    return value << 1 ^ (0b100101 if value & 16 else 0)
