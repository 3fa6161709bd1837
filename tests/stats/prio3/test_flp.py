"""The proof: complete, sound, and the same as from the definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.prio3.field import roots
from stats.prio3.flp import AnyCircuit, decide, prove, query
from stats.prio3.polynomial import Row
from tests.stats.prio3.naive import interpolate
from tests.stats.prio3.samples import Sample, samples, vectors

every = pytest.mark.parametrize("sample", samples(2), ids=lambda sample: sample.name)


def random(data: st.DataObject, circuit: AnyCircuit) -> tuple[list[int], list[int], list[int]]:
    """Of the prover, of the verifiers, and of both."""
    lengths = (circuit.prove_length, circuit.query_length, circuit.joint_length)
    drawn = data.draw(vectors(circuit, sum(lengths)))
    first, second = lengths[0], lengths[0] + lengths[1]
    return drawn[:first], drawn[first:second], drawn[second:]


@every
@given(data=st.data())
def test_a_valid_measurement_is_accepted(sample: Sample, data: st.DataObject) -> None:
    circuit = sample.circuit
    prover, verifier, joint = random(data, circuit)
    for measurement in sample.measurements:
        encoded = circuit.encode(measurement)
        proof = prove(circuit, encoded, prover, joint)
        assert len(proof) == circuit.proof_length
        answer = query(circuit, encoded, proof, verifier, joint, 1)
        assert len(answer) == circuit.verifier_length
        assert decide(circuit, answer)


@every
@given(data=st.data())
def test_proof_and_verifier_are_those_of_the_definition(sample: Sample, data: st.DataObject) -> None:
    circuit, field = sample.circuit, sample.circuit.field
    prover, verifier, joint = random(data, circuit)
    encoded = circuit.encode(data.draw(st.sampled_from(sample.measurements)))
    proof = prove(circuit, encoded, prover, joint)
    rows: list[Row] = [prover, *circuit.inputs(encoded, joint, 1)]
    columns = [[*column, *[0] * (circuit.size - len(rows))] for column in zip(*rows, strict=True)]
    coarse, fine = roots(field, circuit.size), roots(field, 2 * circuit.size)
    at_fine = ([interpolate(field, coarse, column, point) for column in columns] for point in fine[:-1])
    values = [circuit.gadget.evaluate(wires) % field.modulus for wires in at_fine]
    assert proof == [*prover, *values]
    point = verifier[-1]
    _, *wires, value = query(circuit, encoded, proof, verifier, joint, 1)
    assert wires == [interpolate(field, coarse, column, point) for column in columns]
    assert value == interpolate(field, fine[:-1], values, point)


@every
@given(data=st.data(), shares=st.integers(2, 4))
def test_shares_of_the_verifier_add_up(sample: Sample, data: st.DataObject, shares: int) -> None:
    circuit, modulus = sample.circuit, sample.circuit.field.modulus
    _, verifier, joint = random(data, circuit)
    parts = [
        (data.draw(vectors(circuit, circuit.length)), data.draw(vectors(circuit, circuit.proof_length)))
        for _ in range(shares)
    ]
    whole, proof = ([sum(x) % modulus for x in zip(*of, strict=True)] for of in zip(*parts, strict=True))
    answers = [query(circuit, *part, verifier, joint, shares) for part in parts]
    added = [sum(x) % modulus for x in zip(*answers, strict=True)]
    assert query(circuit, whole, proof, verifier, joint, 1) == added


@every
@given(data=st.data())
def test_any_change_of_a_proof_is_refused(sample: Sample, data: st.DataObject) -> None:
    circuit, modulus = sample.circuit, sample.circuit.field.modulus
    prover, verifier, joint = random(data, circuit)
    encoded = circuit.encode(data.draw(st.sampled_from(sample.measurements)))
    proof = prove(circuit, encoded, prover, joint)
    place = data.draw(st.integers(0, circuit.proof_length - 1))
    proof[place] = (proof[place] + data.draw(st.integers(1, modulus - 1))) % modulus
    assert not decide(circuit, query(circuit, encoded, proof, verifier, joint, 1))


@every
@given(data=st.data())
def test_any_change_of_a_measurement_is_refused_under_its_proof(sample: Sample, data: st.DataObject) -> None:
    circuit, modulus = sample.circuit, sample.circuit.field.modulus
    prover, verifier, joint = random(data, circuit)
    encoded = circuit.encode(data.draw(st.sampled_from(sample.measurements)))
    proof = prove(circuit, encoded, prover, joint)
    place = data.draw(st.integers(0, circuit.length - 1))
    encoded[place] = (encoded[place] + data.draw(st.integers(1, modulus - 1))) % modulus
    assert not decide(circuit, query(circuit, encoded, proof, verifier, joint, 1))
