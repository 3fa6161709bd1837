"""Every encoding: there and back, and nothing but the exact length."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.errors import Malformed
from stats.prio3.codec import Codec
from stats.prio3.xof import SEED_SIZE
from tests.stats.prio3.samples import Sample, samples, vectors

every = pytest.mark.parametrize("sample", samples(3), ids=lambda sample: sample.name)
seeds = st.binary(min_size=SEED_SIZE, max_size=SEED_SIZE)


def seed_of(sample: Sample) -> st.SearchStrategy[bytes]:
    return seeds if sample.circuit.joint_length else st.just(b"")


@every
@given(data=st.data())
def test_there_and_back(sample: Sample, data: st.DataObject) -> None:
    circuit, codec = sample.circuit, sample.prio3.codec
    measurement, proof = (data.draw(vectors(circuit, n)) for n in (circuit.length, circuit.proof_length))
    blind, seed = data.draw(seed_of(sample)), data.draw(seeds)
    encoded = circuit.field.encode(measurement)
    leader = codec.encode_leader_share(encoded, proof, blind)
    assert codec.decode_leader_share(leader) == (measurement, encoded, proof, blind)
    assert codec.decode_helper_share(seed + blind) == (seed, blind)
    verifier = data.draw(vectors(circuit, circuit.verifier_length))
    assert codec.decode_verifier_share(codec.encode_verifier_share(verifier, blind)) == (verifier, blind)
    parts = [data.draw(seeds) for _ in range(3)] if circuit.joint_length else []
    assert codec.decode_public_share(b"".join(parts)) == parts
    codec.check_verifier_message(blind)


def decoders(codec: Codec) -> list[tuple[Callable[[bytes], Any], int]]:
    """With the one length that each takes."""
    circuit, size = codec.circuit, codec.circuit.field.size
    seed = SEED_SIZE if circuit.joint_length else 0
    return [
        (codec.decode_leader_share, (circuit.length + circuit.proof_length) * size + seed),
        (codec.decode_helper_share, SEED_SIZE + seed),
        (codec.decode_public_share, 3 * seed),
        (codec.decode_verifier_share, circuit.verifier_length * size + seed),
        (codec.check_verifier_message, seed),
    ]


@every
@given(data=st.data())
def test_any_other_length_is_refused(sample: Sample, data: st.DataObject) -> None:
    for decode, size in decoders(sample.prio3.codec):
        decode(bytes(size))
        near = [size + n for n in (-32, -16, -8, -1, 1, 8, 16, 32, size) if n and size + n >= 0]
        other = data.draw(st.sampled_from(near) | st.integers(size + 1, size + 3000))
        with pytest.raises(Malformed):
            decode(bytes(other))


@every
@given(data=st.data())
def test_an_element_out_of_range_is_refused(sample: Sample, data: st.DataObject) -> None:
    circuit, codec = sample.circuit, sample.prio3.codec
    for decode, elements in (
        (codec.decode_leader_share, circuit.length + circuit.proof_length),
        (codec.decode_verifier_share, circuit.verifier_length),
    ):
        (size,) = (size for other, size in decoders(codec) if other == decode)
        place = data.draw(st.integers(0, elements - 1)) * circuit.field.size
        encoded = bytearray(size)
        encoded[place : place + circuit.field.size] = data.draw(
            st.integers(circuit.field.modulus, 256**circuit.field.size - 1)
        ).to_bytes(circuit.field.size, "little")
        with pytest.raises(Malformed):
            decode(bytes(encoded))
