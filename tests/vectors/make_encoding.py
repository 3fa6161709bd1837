"""Vectors of the canonical encoding and of base64url."""

from typing import Any

from conformance.reference.shown import typed
from crypto.public.base64url import b64
from crypto.public.encoding import encode
from tests.vectors.vector import Lists, Vector, vector


def nested(depth: int, innermost: Any) -> Any:
    for _ in range(depth):
        innermost = [innermost]
    return innermost


def encoding() -> list[Vector]:
    values: dict[str, tuple[Any, str]] = {
        "zero": (0, "one byte"),
        "23": (23, "the last integer in one byte"),
        "24": (24, "the first in two"),
        "255": (255, "the last in two"),
        "256": (256, "the first in three"),
        "65535": (65535, "the last in three"),
        "65536": (65536, "the first in five"),
        "2^32-1": (2**32 - 1, "the last in five"),
        "2^32": (2**32, "the first in nine"),
        "2^64-1": (2**64 - 1, "the largest"),
        "-1": (-1, "one byte"),
        "-24": (-24, "the last negative integer in one byte"),
        "-25": (-25, "the first in two"),
        "-2^64": (-(2**64), "the smallest; does not fit a signed 64-bit integer"),
        "no bytes": (b"", ""),
        "24 bytes": (bytes(24), "length in two bytes"),
        "no text": ("", ""),
        "text": ("héllo ✓ 𝄞", "lengths count bytes of UTF-8"),
        "text with NUL": ("a\0b", "NUL is a character like any other"),
        "decomposed text": ("e\u0301", "no Unicode normalisation"),
        "false": (False, ""),
        "true": (True, ""),
        "empty array": ([], ""),
        "empty map": ({}, ""),
        "mixed array": ([1, -1, b"\1", "a", True, [], {}], ""),
        "key order": ({"": 0, "b": 1, "z": 2, "é": 3, "aa": 4}, "length of the UTF-8 first, then bytes"),
        "astral keys": ({"\uffff": 1, "\U00010000": 2}, "UTF-8 order; UTF-16 order is the other way round"),
        "twelve deep": (nested(12, 0), "the deepest there is"),
        "twelve deep, empty": (nested(11, {}), "the deepest there is"),
        "header": (
            [1, bytes(32), bytes(32), 1, "sealed", 1, bytes(32), [0, bytes(32)], [2, bytes(32)], bytes(32)],
            "the shape of a header",
        ),
    }
    refused = {
        "empty input": ("", "no item"),
        "two items": ("0000", "trailing byte"),
        "trailing break": ("00ff", "trailing byte"),
        "0 in two bytes": ("1800", "not the shortest form"),
        "23 in two bytes": ("1817", "not the shortest form"),
        "255 in three bytes": ("1900ff", "not the shortest form"),
        "65535 in five bytes": ("1a0000ffff", "not the shortest form"),
        "2^32-1 in nine bytes": ("1b00000000ffffffff", "not the shortest form"),
        "-1 in two bytes": ("3800", "not the shortest form"),
        "long length of bytes": ("5800", "not the shortest form"),
        "long length of text": ("780161", "not the shortest form"),
        "long length of array": ("980100", "not the shortest form"),
        "long length of map": ("b801616100", "not the shortest form"),
        "reserved length": ("1c", "additional information 28"),
        "endless bytes": ("5f4101ff", "indefinite length"),
        "endless text": ("7f6161ff", "indefinite length"),
        "endless array": ("9f01ff", "indefinite length"),
        "endless map": ("bf616101ff", "indefinite length"),
        "break": ("ff", "break without a start"),
        "null": ("f6", "null"),
        "undefined": ("f7", "undefined"),
        "simple value 0": ("e0", "simple value"),
        "simple value 32": ("f820", "simple value"),
        "false in two bytes": ("f814", "simple value below 32 in two bytes"),
        "half float": ("f93c00", "float"),
        "single float": ("fa3f800000", "float"),
        "double float": ("fb3ff0000000000000", "float"),
        "float in a map": ("a16161f90000", "float"),
        "null in an array": ("81f6", "null"),
        "tag 0": ("c074323031332d30332d32315432303a30343a30305a", "a date"),
        "tag 1": ("c100", "a date"),
        "tag 2": ("c24101", "a big integer that a decoder may turn into 1"),
        "2^64": ("c249010000000000000000", "a big integer"),
        "tag 3": ("c34100", "a negative big integer"),
        "tag 28": ("d81c8100", "a shared value"),
        "tag 258": ("d901028101", "a set"),
        "tag 55799": ("d9d9f700", "self-described CBOR, which some decoders drop"),
        "unknown tag": ("d9ffff00", "a tag nobody registered"),
        "integer key": ("a10000", "key is not text"),
        "bytes key": ("a1416100", "key is not text"),
        "boolean key": ("a1f500", "key is not text"),
        "array key": ("a18000", "key is not text"),
        "keys not sorted": ("a2616200616100", "b before a"),
        "lexicographic keys": ("a262616100616200", "aa before b: the order of the text, not of its encoding"),
        "key twice": ("a2616100616101", "repeated key"),
        "same pair twice": ("a2616100616100", "repeated key"),
        "UTF-16 order of keys": (
            "a264f090808002" + "63efbfbf01",
            "the longer key first",
        ),
        "nested, not sorted": ("81a2616200616100", "inside an array too"),
        "key in long form": ("a178016100", "not the shortest form"),
        "invalid UTF-8": ("61ff", "0xff is never UTF-8"),
        "overlong UTF-8": ("62c080", "NUL in two bytes"),
        "surrogate": ("63eda080", "U+D800 has no UTF-8"),
        "beyond Unicode": ("64f4908080", "U+110000"),
        "cut UTF-8": ("61c3", "first byte of two"),
        "invalid UTF-8 in a key": ("a161ff00", ""),
        "cut integer": ("19ff", "ends early"),
        "cut bytes": ("42ff", "ends early"),
        "cut array": ("8201", "ends early"),
        "cut map": ("a16161", "ends early"),
        "huge array": ("9b7fffffffffffffff00", "a length that must not be allocated"),
        "huge bytes": ("5b7fffffffffffffff00", "a length that must not be allocated"),
        "longest bytes": ("5bffffffffffffffff00", "a length beyond signed 64 bits"),
        "huge map": ("bbffffffffffffffff", "a length beyond signed 64 bits"),
        "thirteen deep": ("81" * 13 + "00", "one container too many"),
        "thirteen deep, empty": ("81" * 12 + "80", "the innermost is empty, and counts"),
        "thirteen deep, empty map": ("81" * 12 + "a0", "the innermost is empty, and counts"),
        "thirteen deep in a map": ("a16161" * 12 + "80", "maps count too"),
        "a thousand deep": ("81" * 1000 + "00", "must not exhaust the stack"),
    }
    return [
        vector(name, "ok", comment, encoded=encode(value), value=typed(value))
        for name, (value, comment) in values.items()
    ] + [vector(name, "refused-encoding", comment, encoded=encoded) for name, (encoded, comment) in refused.items()]


def base64url() -> list[Vector]:
    ok = [b"", b"\0", b"\0\0", b"\0\0\0", b"f", b"fo", b"foo", b"\xfb\xff\xbf", bytes(range(32))]
    refused = {
        "padded": ("Zg==", "padding"),
        "half padded": ("Zg=", "padding"),
        "padding only": ("=", "padding"),
        "standard 62": ("+_-_", "the other alphabet"),
        "standard 63": ("-/-_", "the other alphabet"),
        "space inside": ("Zm 9v", "white space"),
        "newline at the end": ("Zm9v\n", "white space"),
        "tab in front": ("\tZm9v", "white space"),
        "one character": ("Z", "no bytes have this length"),
        "five characters": ("Zm9vZ", "no bytes have this length"),
        "unused bits, two characters": ("Zh", "f is Zg"),
        "unused bits, three characters": ("Zm9", "fo is Zm8"),
        "punctuation": ("Zm9v!", "a library may skip it"),
        "dot": ("Zm.v", "outside the alphabet"),
        "full-width letter": ("Zm9\uff56", "looks like a v"),
        "accented letter": ("Zm9é", "not ASCII"),
        "NUL": ("Zm9v\0", "outside the alphabet"),
    }
    return (
        [vector(f"bytes {data[:4].hex()}", "ok", "", text=b64(data), bytes=data) for data in ok]
        + [
            vector("expected length", "ok", "32 bytes wanted", text=b64(bytes(32)), bytes=bytes(32), length=32),
            vector("too short", "refused-encoding", "32 bytes wanted", text=b64(bytes(31)), length=32),
            vector("too long", "refused-encoding", "32 bytes wanted", text=b64(bytes(33)), length=32),
        ]
        + [vector(name, "refused-encoding", comment, text=text) for name, (text, comment) in refused.items()]
    )


LISTS: Lists = {"base64url": base64url, "encoding": encoding}
