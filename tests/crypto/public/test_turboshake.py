"""TurboSHAKE128 against RFC 9861, section 5."""

import pytest

from crypto.public.turboshake import turboshake128


def test_published_answers() -> None:
    assert turboshake128(b"", 0x1F).read(32).hex() == "1e415f1c5983aff2169217277d17bb538cd945a397ddec541f1ce41af2c1b74c"
    assert turboshake128(b"\xff" * 3, 1).read(32).hex() == (
        "bf323f940494e88ee1c540fe660be8a0c93f43d15ec006998462fa994eed5dab"
    )


def test_the_stream_goes_on_where_it_was_left() -> None:
    whole, pieces = turboshake128(b"m", 1), turboshake128(b"m", 1)
    assert whole.read(400) == pieces.read(1) + pieces.read(167) + pieces.read(232)


@pytest.mark.parametrize("domain", [0, 128])
def test_domains_outside_the_range_are_refused(domain: int) -> None:
    with pytest.raises(ValueError):
        turboshake128(b"", domain)
