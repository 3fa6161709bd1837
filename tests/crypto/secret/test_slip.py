"""Slips: whatever they tell, they look alike to whoever cannot open them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import KeyRefused, OpenFailed
from crypto.public.encoding import encode
from crypto.secret import hpke
from crypto.secret.hpke import HpkeKey
from crypto.secret.padding import pad
from crypto.secret.slip import SLIP_SIZE, Slip, open_slip, seal_slip

INBOX, PROGRAMME = HpkeKey.from_seed(bytes(32)), b"\7" * 32
ID = b"\1" * 16
IDS = st.binary(min_size=16, max_size=16).filter(any)
SLIPS = st.builds(
    Slip,
    IDS,
    IDS,
    st.text("abcxyz019_", min_size=1, max_size=32),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=32),
    st.one_of(st.just(""), st.dates().map(lambda day: day.isoformat())),
)


@given(st.one_of(st.none(), SLIPS))
def test_a_slip_opens_and_has_one_size(slip: Slip | None) -> None:
    sealed = seal_slip(INBOX.public, PROGRAMME, slip)
    assert len(sealed) == SLIP_SIZE == 1264
    assert open_slip(INBOX, PROGRAMME, sealed) == slip


@given(st.binary(max_size=127))
def test_what_is_no_slip_is_refused(content: bytes) -> None:
    sealed = hpke.seal(INBOX.public, "slip", encode([PROGRAMME]), pad(content, 128))
    if content == b"":
        assert open_slip(INBOX, PROGRAMME, sealed) is None
        return
    with pytest.raises(OpenFailed) as caught:
        open_slip(INBOX, PROGRAMME, sealed)
    assert caught.value.reason == "content"


def test_nobody_seals_what_no_reader_would_take() -> None:
    for slip in (
        Slip(bytes(16), ID, "other"),
        Slip(ID, bytes(16), "other"),
        Slip(bytes(15), ID, "other"),
        Slip(ID, bytes(17), "other"),
        Slip(ID, ID, "Please call me"),
        Slip(ID, ID, "other", "1" * 33),
        Slip(ID, ID, "other", "", "tomorrow"),
    ):
        with pytest.raises(ValueError, match="no reader"):
            seal_slip(INBOX.public, PROGRAMME, slip)
    with pytest.raises(KeyRefused):
        seal_slip(bytes(1216), PROGRAMME, None)
