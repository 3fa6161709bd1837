"""The proof is worth something only if it fails when it must."""

import os
import zlib
from random import Random

import pytest

from demo import scan
from demo.proof import Proof, disguised, plant, prove, wrapped
from demo.scan import Marker, Scanner, encodings

MARKERS = [Marker("tag", bytes(range(16))), Marker("code", b"warm_handoff"), Marker("code", b"moral_injury_distress")]


def proof(places: dict[str, bytes]) -> Proof:
    return prove(places, MARKERS, Random(1))


def test_clean_places_are_clean_and_were_searched() -> None:
    searched = []
    made = prove({"a": os.urandom(5000), "b": b""}, MARKERS, Random(1), lambda: searched.append(1))
    assert made.count == 0
    assert not any(made.blind.values())
    assert len(searched) == 2
    assert made.searched == Scanner(MARKERS).searched
    # Two kinds; bytes that are no UTF-8 have no UTF-16 form, these are.
    assert made.planted == 2 * 2 * 11 * 5


@pytest.mark.parametrize("leak", [b"warm_handoff", zlib.compress(b"x moral_injury_distress y")])
def test_a_leak_is_found_where_it_is(leak: bytes) -> None:
    made = proof({"clean": os.urandom(3000), "leaking": os.urandom(1000) + leak + os.urandom(1000)})
    assert made.count == 1
    assert [len(found) for found in made.found.values()] == [0, 1]


def test_a_search_that_does_not_look_into_streams_is_called_blind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "DEPTH", 0)
    made = proof({"place": os.urandom(1000)})
    assert made.count == 0
    assert {one.wrapping for one in made.blind["place"]} == {
        ("zlib",),
        ("gzip",),
        ("base64", "zlib"),
        ("gzip", "base64"),
    }


def test_a_disguise_holds_what_it_disguises() -> None:
    for encoding, pattern in encodings(b"warm_handoff"):
        assert pattern in disguised(b"warm_handoff", encoding, Random(2))
    assert zlib.decompress(wrapped(b"warm_handoff", ("zlib",))) == b"warm_handoff"


def test_planting_leaves_the_place_around_it_as_it_was() -> None:
    place = bytes(range(256))
    planted = plant(place, [b"<one>", b"<two>"], Random(3))
    assert len(planted) == len(place) + 10
    assert planted.replace(b"<one>", b"").replace(b"<two>", b"") == place
