"""Only exact copies of a table's definition are left out of the search."""

from base64 import b64encode, urlsafe_b64encode

from crypto.public.encoding import encode
from demo.definitions import stated, without
from demo.scan import Marker, Scanner
from schemas.tables.ready import ready

REASONS = ready()["reasons"].task("month", 2)
SECRET = Marker("code", b"moral_injury_distress")


def found(place: bytes) -> bool:
    return bool(Scanner([SECRET]).scan(without({"place": place}, stated([REASONS]))[0]["place"]))


def test_a_definition_is_left_out_raw_and_in_base64_at_every_alignment() -> None:
    entry = b"header" + encode(REASONS.as_array()) + b"signature"
    assert Scanner([SECRET]).scan(entry)
    for place in (
        entry,
        *(encoded(b"x" * shift + entry) for shift in range(3) for encoded in (b64encode, urlsafe_b64encode)),
    ):
        assert not found(b"{" + place + b"}")
        assert found(b"{" + place + b"} moral_injury_distress")
        assert found(b"{" + place + b"} " + b64encode(b"a moral_injury_distress b"))


def test_what_is_no_exact_copy_stays() -> None:
    other = ready()["reasons"].task("month", 3)
    assert found(encode(other.as_array()))
    assert found(encode(REASONS.as_array())[:-1])


def test_copies_are_counted() -> None:
    entry = encode(REASONS.as_array())
    assert without({"a": entry + entry, "b": b"nothing"}, stated([REASONS, REASONS])) == (
        {"a": b"\0\0", "b": b"nothing"},
        2,
    )
