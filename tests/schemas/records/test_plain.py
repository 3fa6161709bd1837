import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import encode
from schemas.records.plain import from_plain, parse, to_plain

NAMES = st.text(max_size=6) | st.sampled_from(["$bytes", "$$bytes", "$", "bytes"])
ANYTHING = st.recursive(
    st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=6) | st.text(max_size=6) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(ANYTHING)
def test_a_value_comes_back_from_json_as_it_was(value: Any) -> None:
    assert encode(from_plain(parse(json.dumps(to_plain(value))))) == encode(value)


def test_bytes_are_named() -> None:
    assert to_plain({"resource": bytes(16), "$bytes": "x"}) == {"resource": {"$bytes": "A" * 22}, "$$bytes": "x"}


@pytest.mark.parametrize(
    "value", [None, 1.5, {"$bytes": "A"}, {"$bytes": 1}, {"$bytes": "AA", "x": 1}, {"$tag": 1}, [None]]
)
def test_what_no_value_reads_as_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_plain(value)


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', "[NaN]", "{", "[" * 100_000, '{"a": Infinity}'])
def test_json_that_means_two_things_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)
