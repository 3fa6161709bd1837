"""The fields are what they say, and their encoding is one to one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.errors import Malformed
from stats.prio3.field import FIELD64, FIELD128, Field, roots

FIELDS = (FIELD64, FIELD128)
fields = pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)


@fields
def test_modulus_and_subgroup(field: Field) -> None:
    assert field.modulus.bit_length() == 8 * field.size
    assert (field.modulus - 1) % (1 << field.order) == 0
    # Of order 2^order exactly: half way it is -1. That also proves the modulus prime (Pocklington), as 2^order
    # is above its square root.
    assert pow(field.root, 1 << field.order - 1, field.modulus) == field.modulus - 1
    assert (1 << field.order) ** 2 > field.modulus


@fields
@pytest.mark.parametrize("size", [1, 2, 8, 64])
def test_roots(field: Field, size: int) -> None:
    powers = roots(field, size)
    assert len(set(powers)) == size
    assert powers[0] == 1
    assert all(power == pow(powers[1 % size], k, field.modulus) for k, power in enumerate(powers))
    assert pow(powers[1 % size], size, field.modulus) == 1


@fields
@given(data=st.data())
def test_encoding_is_one_to_one(field: Field, data: st.DataObject) -> None:
    elements = data.draw(st.lists(st.integers(0, field.modulus - 1), max_size=9))
    encoded = field.encode(elements)
    assert encoded == b"".join(element.to_bytes(field.size, "little") for element in elements)
    assert field.decode(encoded) == elements


@fields
@given(data=st.data())
def test_elements_that_are_not_reduced_are_refused(field: Field, data: st.DataObject) -> None:
    elements = data.draw(st.lists(st.integers(0, field.modulus - 1), min_size=1, max_size=5))
    elements[data.draw(st.integers(0, len(elements) - 1))] = data.draw(st.integers(field.modulus, 256**field.size - 1))
    with pytest.raises(Malformed):
        field.decode(field.encode(elements))


@fields
@given(data=st.binary(max_size=70))
def test_any_bytes_are_refused_or_encode_back(field: Field, data: bytes) -> None:
    try:
        elements = field.decode(data)
    except Malformed:
        assert len(data) % field.size or max(field.integers(data)) >= field.modulus
    else:
        assert field.encode(elements) == data


@fields
@given(data=st.data())
def test_inverse(field: Field, data: st.DataObject) -> None:
    element = data.draw(st.integers(1, field.modulus - 1))
    assert element * field.inverse(element) % field.modulus == 1
    with pytest.raises(ValueError):
        field.inverse(0)
