"""The scanner finds whatever is planted, wherever and however."""

import base64
import gzip
import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.scan import Finding, Marker, Scanner, base64_core, encodings, unwrapped

TEXT = Marker("text", "Sleep and shift guide, at night: çé".encode())
CODE = Marker("code", b"warm_handoff")
TAG = Marker("tag", bytes(range(200, 216)))
MARKERS = (TEXT, CODE, TAG)
SCANNER = Scanner(MARKERS)

markers = st.sampled_from(MARKERS)
around = st.binary(max_size=40)


@given(around, markers, around, st.data())
def test_every_encoding_is_found_at_every_position(
    before: bytes, marker: Marker, after: bytes, data: st.DataObject
) -> None:
    name, pattern = data.draw(st.sampled_from(list(encodings(marker.data))))
    assert SCANNER.finding(pattern) in SCANNER.scan(before + pattern + after), name


@given(around, markers, around, st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]), around, around)
def test_base64_is_found_at_every_alignment(
    before: bytes, marker: Marker, after: bytes, encode: object, left: bytes, right: bytes
) -> None:
    assert callable(encode)
    found = SCANNER.scan(left + encode(before + marker.data + after) + right)
    assert any(one.marker == marker and one.encoding.startswith("base64") for one in found)


@given(around, markers, around, st.integers(0, 9), around, around, st.booleans())
def test_a_compressed_copy_is_found(
    before: bytes, marker: Marker, after: bytes, level: int, left: bytes, right: bytes, gzipped: bool
) -> None:
    plain = before + marker.data + after
    packed = gzip.compress(plain, level) if gzipped else zlib.compress(plain, level)
    assert Finding(marker, "raw", ("gzip" if gzipped else "zlib",)) in SCANNER.scan(left + packed + right)


@given(markers, st.lists(st.sampled_from(["zlib", "gzip", "base64"]), max_size=3), st.data())
def test_wrappings_may_stand_within_each_other(marker: Marker, wrapping: list[str], data: st.DataObject) -> None:
    held = marker.data
    for name in reversed(wrapping):
        if name == "base64":
            held = b'"' + base64.urlsafe_b64encode(held).rstrip(b"=") + b'"'
        else:
            held = zlib.compress(held) if name == "zlib" else gzip.compress(held)
    before = data.draw(around)
    assert Finding(marker, "raw", tuple(wrapping)) in SCANNER.scan(before + held)


@given(markers, st.integers(1, 40))
def test_what_a_broken_stream_still_holds_is_found(marker: Marker, lost: int) -> None:
    packed = zlib.compress(marker.data + os.urandom(200))
    assert Finding(marker, "raw", ("zlib",)) in SCANNER.scan(packed[:-lost])


def test_a_header_by_chance_does_not_hide_the_stream_that_begins_within_it() -> None:
    packing = zlib.compressobj(wbits=-9)
    # A window of 256 bytes: the stream begins with 08, as does the third byte of a gzip header.
    stream = b"\x08\x1d" + packing.compress(CODE.data) + packing.flush() + zlib.adler32(CODE.data).to_bytes(4, "big")
    assert zlib.decompress(stream) == CODE.data
    assert Finding(CODE, "raw", ("zlib",)) in SCANNER.scan(b"\x1f\x8b" + stream)


@given(st.binary(max_size=2000))
def test_nothing_is_found_where_nothing_is(noise: bytes) -> None:
    assert SCANNER.scan(noise) == set()


@given(st.binary(max_size=300))
def test_no_bytes_upset_it(noise: bytes) -> None:
    for _, inner in unwrapped(noise + zlib.compress(noise)):
        assert isinstance(inner, bytes)


@given(st.binary(max_size=9), st.binary(min_size=10, max_size=40), st.binary(max_size=9))
def test_the_core_of_base64_depends_on_nothing_around_it(before: bytes, data: bytes, after: bytes) -> None:
    core = base64_core(data, len(before) % 3)
    assert core in base64.b64encode(before + data + after)
    assert len(core) >= 8 * len(data) // 6 - 1


def test_a_marker_too_short_to_tell_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        Scanner([Marker("code", b"phone")])


def test_patterns_are_counted_once() -> None:
    tag = Marker("tag", bytes(range(200, 216)))
    alone = Scanner([tag]).searched
    assert Scanner([tag, tag]).searched == alone
    # The tag's hexadecimal digits are a marker of their own, and one of them is known already.
    both = Scanner([tag, Marker("tag", tag.data.hex().encode())]).searched
    assert both == len({pattern for data in (tag.data, tag.data.hex().encode()) for _, pattern in encodings(data)})


def test_every_encoding_has_its_name_and_form() -> None:
    forms = dict(encodings(b"warm_handoff"))
    assert forms["hex"] == b"7761726d5f68616e646f6666"
    assert forms["HEX"] == b"7761726D5F68616E646F6666"
    assert forms["utf-16-le"] == b"w\0a\0r\0m\0_\0h\0a\0n\0d\0o\0f\0f\0"
    assert forms["utf-16-be"] == b"\0w\0a\0r\0m\0_\0h\0a\0n\0d\0o\0f\0f"
    assert "json" not in forms
    assert dict(encodings("Müller".encode()))["json"] == b"M\\xfcller"
