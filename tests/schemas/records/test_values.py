import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import decode, encode
from schemas.records.values import copied

LEAVES = st.integers(-(2**63), 2**63) | st.binary() | st.text(st.characters(codec="utf-8")) | st.booleans()
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=8,
)


@given(TREES)
def test_a_copy_encodes_like_the_original(value: object) -> None:
    copy = copied(value)
    assert copy == value
    assert decode(encode(copy)) == value


@pytest.mark.parametrize("value", [1.5, None, [None], {"a": 0.0}, {1: "a"}, {"a": {b"b": 1}}, object()])
def test_what_would_not_encode_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        copied(value)


def test_a_copy_shares_nothing() -> None:
    original = {"a": [{"b": [1]}]}
    copy = copied(original)
    original["a"][0]["b"].append(2)
    assert copy == {"a": [{"b": [1]}]}
