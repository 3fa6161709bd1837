"""Finds markers in bytes, however they were encoded: the eye of the ciphertext-only proof.

A marker is searched in clear, in hexadecimal of both cases, in base64 and base64url at each of the three alignments,
in UTF-16 of both byte orders, and all of these again within zlib and gzip streams and base64 strings found anywhere.
"""

import base64
import binascii
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SHORTEST = 7
"""Bytes of the shortest pattern: it holds a whole word of four bytes wherever it begins."""
WORD = 4
DEPTH = 3
"""How many wrappings are taken off: zlib within base64 within gzip."""
INFLATED = 64 * 1024 * 1024
STEP = 65_536


def _headers() -> bytes:
    """A pattern of the first bytes of zlib (RFC 1950) and gzip streams that consumes one byte only.

    A header that stands there by chance must not hide one that begins within it.
    """
    zlib_headers = (
        # CM is 8, a window of 256 bytes to 32 KiB, no preset dictionary, and the two bytes are a multiple of 31.
        (first, [second for second in range(256) if (first << 8 | second) % 31 == 0 and not second & 0x20])
        for first in range(0x08, 0x79, 0x10)
    )
    return rb"\x1f(?=\x8b\x08)|" + b"|".join(
        re.escape(bytes([first])) + b"(?=[" + b"".join(re.escape(bytes([second])) for second in seconds) + b"])"
        for first, seconds in zlib_headers
    )


_STREAM = re.compile(_headers(), re.DOTALL)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}")


@dataclass(frozen=True, slots=True)
class Marker:
    """Something that only phones may know. `kind`: tag, code, text or name."""

    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """A marker that was found. `wrapping`: what had to be taken off, the outermost first."""

    marker: Marker
    encoding: str
    wrapping: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " in ".join((self.marker.kind, self.encoding, *reversed(self.wrapping)))


def encodings(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Every form in which `data` (UTF-8 or raw) is looked for, by name."""
    yield "raw", data
    yield "hex", data.hex().encode()
    yield "HEX", data.hex().upper().encode()
    for alignment in range(3):
        yield f"base64+{alignment}", base64_core(data, alignment)
        yield f"base64url+{alignment}", base64_core(data, alignment).translate(bytes.maketrans(b"+/", b"-_"))
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    yield "utf-16-le", text.encode("utf-16-le")
    yield "utf-16-be", text.encode("utf-16-be")
    if not text.isascii():
        yield "json", text.encode("ascii", "backslashreplace")


def base64_core(data: bytes, alignment: int) -> bytes:
    """The characters of `data` in base64 that depend on nothing else, if `alignment` bytes (mod 3) stand before it."""
    whole = base64.b64encode(bytes(alignment) + data).rstrip(b"=")
    # A character carries six bits; the first and the last may share theirs with a neighbour.
    first = -(-8 * alignment // 6)
    last = 8 * (alignment + len(data)) // 6
    return whole[first:last]


class Scanner:
    """Looks for all `markers` in one pass. Raises ValueError for a marker that is too short to tell."""

    def __init__(self, markers: Iterable[Marker]) -> None:
        self._patterns: dict[bytes, tuple[Marker, str]] = {}
        self._words: dict[int, list[tuple[int, bytes]]] = {}
        for marker in markers:
            for name, pattern in encodings(marker.data):
                if len(pattern) < SHORTEST:
                    raise ValueError(f"{len(pattern)} bytes are too short to be a marker")
                self._patterns.setdefault(pattern, (marker, name))
        for pattern in self._patterns:
            for offset in range(WORD):
                word = int.from_bytes(pattern[offset : offset + WORD], sys.byteorder)
                self._words.setdefault(word, []).append((offset, pattern))

    @property
    def searched(self) -> int:
        """How many distinct byte patterns are looked for."""
        return len(self._patterns)

    def finding(self, pattern: bytes, wrapping: tuple[str, ...] = ()) -> Finding:
        """What `scan` reports for this pattern; two encodings of two markers may be the same bytes."""
        return Finding(*self._patterns[pattern], wrapping)

    def scan(self, haystack: bytes) -> set[Finding]:
        """Everything that stands anywhere in `haystack`."""
        return set(self._scan(haystack, (), DEPTH))

    def _scan(self, haystack: bytes, wrapping: tuple[str, ...], depth: int) -> Iterator[Finding]:
        for marker, encoding in self._clear(haystack):
            yield Finding(marker, encoding, wrapping)
        if depth:
            for name, inner in unwrapped(haystack):
                yield from self._scan(inner, (*wrapping, name), depth - 1)

    def _clear(self, haystack: bytes) -> Iterator[tuple[Marker, str]]:
        words = self._words
        aligned = memoryview(haystack)[: len(haystack) // WORD * WORD].cast("I")
        for at, word in enumerate(aligned):
            if word in words:
                for offset, pattern in words[word]:
                    start = at * WORD - offset
                    if start >= 0 and haystack.startswith(pattern, start):
                        yield self._patterns[pattern]


def unwrapped(haystack: bytes) -> Iterator[tuple[str, bytes]]:
    """What zlib and gzip streams and base64 strings in `haystack` hold, also damaged or cut off ones."""
    for found in _STREAM.finditer(haystack):
        inflated = _inflate(haystack, found.start())
        if len(inflated) >= SHORTEST:
            yield ("gzip" if haystack[found.start()] == 0x1F else "zlib"), inflated
    for found in _BASE64.finditer(haystack):
        run = found[0].translate(bytes.maketrans(b"-_", b"+/"))
        # A lone last character carries no byte.
        run = run[:-1] if len(run) % 4 == 1 else run
        yield "base64", binascii.a2b_base64(run + b"=" * (-len(run) % 4))


def _inflate(haystack: bytes, start: int) -> bytes:
    """As much as comes out before the stream ends or breaks."""
    stream = zlib.decompressobj(wbits=31 if haystack[start] == 0x1F else 15)
    out = bytearray()
    step = 64
    try:
        while not stream.eof and start < len(haystack) and len(out) < INFLATED:
            out += stream.decompress(haystack[start : start + step])
            start += step
            # Most headers are chance and break at once.
            step = STEP
    except zlib.error:
        pass
    return bytes(out)
