"""The ciphertext-only proof: nothing of what phones know is in anything the server held, said or was told.

A search that finds nothing proves nothing unless it would have found something: in a copy of every place markers of
every kind are planted in every encoding first, and each of them must be found.
"""

import base64
import gzip
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from demo.scan import Finding, Marker, Scanner, encodings

WRAPPINGS = ((), ("zlib",), ("gzip",), ("base64", "zlib"), ("gzip", "base64"))


@dataclass(frozen=True)
class Proof:
    """`searched`: distinct byte patterns looked for. `found`: place -> findings; `blind`: planted and overlooked."""

    searched: int
    planted: int
    found: Mapping[str, frozenset[Finding]]
    blind: Mapping[str, frozenset[Finding]]

    @property
    def count(self) -> int:
        return sum(len(findings) for findings in self.found.values())


def prove(
    places: Mapping[str, bytes], markers: Sequence[Marker], random: Random, searched: Callable[[], None] = lambda: None
) -> Proof:
    """Searches place by place, a planted copy of each first; `searched` is called after each."""
    scanner = Scanner(markers)
    kinds = dict.fromkeys(marker.kind for marker in markers)
    found, blind, planted = {}, {}, 0
    for name, place in places.items():
        plants = [
            (scanner.finding(pattern, wrapping), wrapped(disguised(marker.data, encoding, random), wrapping))
            for marker in (random.choice([one for one in markers if one.kind == kind]) for kind in kinds)
            for encoding, pattern in encodings(marker.data)
            for wrapping in WRAPPINGS
        ]
        seen = scanner.scan(plant(place, [data for _, data in plants], random))
        blind[name] = frozenset(finding for finding, _ in plants if finding not in seen)
        found[name] = frozenset(scanner.scan(place))
        planted += len(plants)
        searched()
    return Proof(scanner.searched, planted, found, blind)


def disguised(data: bytes, encoding: str, random: Random) -> bytes:
    """`data` as it would stand somewhere in that encoding, within more of it."""
    name, _, alignment = encoding.partition("+")
    if name not in ("base64", "base64url"):
        return dict(encodings(data))[encoding]
    around = random.randbytes(3 + int(alignment)) + data + random.randbytes(5)
    return base64.b64encode(around) if name == "base64" else base64.urlsafe_b64encode(around).rstrip(b"=")


def wrapped(data: bytes, wrapping: tuple[str, ...]) -> bytes:
    """`data` within these wrappings, the outermost first."""
    for name in reversed(wrapping):
        if name == "base64":
            data = b'"' + base64.urlsafe_b64encode(data).rstrip(b"=") + b'"'
        else:
            data = zlib.compress(data) if name == "zlib" else gzip.compress(data)
    return data


def plant(place: bytes, plants: Iterable[bytes], random: Random) -> bytes:
    """A copy of `place` with `plants` at random positions."""
    pieces, before = [], 0
    at = sorted((random.randrange(len(place) + 1), data) for data in plants)
    for position, data in at:
        pieces += [place[before:position], data]
        before = position
    return b"".join([*pieces, place[before:]])
