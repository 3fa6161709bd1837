"""Every circuit: valid is valid, what is beyond the bounds is not, shares add up, and fused is what it fuses."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.errors import MeasurementRefused
from stats.prio3.flp import AnyCircuit
from stats.prio3.histogram import Histogram
from stats.prio3.l1boundsum import L1BoundSum
from stats.prio3.multihot import MultihotCountVec
from stats.prio3.polynomial import dot
from stats.prio3.sumvec import SumVec
from tests.stats.prio3.samples import Sample, samples, vectors

every = pytest.mark.parametrize("sample", samples(2), ids=lambda sample: sample.name)


def outputs(circuit: AnyCircuit, encoded: list[int], joint: list[int]) -> list[int]:
    """In one piece, without a proof."""
    called = [circuit.gadget.evaluate(row) for row in circuit.inputs(encoded, joint, 1)]
    return [output % circuit.field.modulus for output in circuit.outputs(called, encoded, 1)]


@every
def test_lengths(sample: Sample) -> None:
    circuit = sample.circuit
    encoded = circuit.encode(sample.measurements[0])
    rows = circuit.inputs(encoded, [2] * circuit.joint_length, 1)
    assert len(encoded) == circuit.length
    assert len(circuit.truncate(encoded)) == circuit.output_length
    assert [len(row) for row in rows] == [circuit.gadget.arity] * circuit.calls
    assert len(circuit.outputs([0] * circuit.calls, encoded, 1)) == circuit.eval_length
    assert circuit.size & (circuit.size - 1) == 0
    assert circuit.size // 2 <= circuit.calls < circuit.size


@every
@given(data=st.data())
def test_measurements_are_valid_and_decode(sample: Sample, data: st.DataObject) -> None:
    circuit = sample.circuit
    joint = data.draw(vectors(circuit, circuit.joint_length))
    total = [0] * circuit.output_length
    for measurement in sample.measurements:
        encoded = circuit.encode(measurement)
        assert outputs(circuit, encoded, joint) == [0] * circuit.eval_length
        total = [one + other for one, other in zip(total, circuit.truncate(encoded), strict=True)]
    assert circuit.decode(total) == sample.total


@every
def test_measurements_beyond_the_bounds_are_refused(sample: Sample) -> None:
    for measurement in sample.refused:
        with pytest.raises(MeasurementRefused):
            sample.circuit.encode(measurement)


@every
@given(data=st.data())
def test_an_element_other_than_zero_and_one_is_invalid(sample: Sample, data: st.DataObject) -> None:
    circuit = sample.circuit
    encoded = circuit.encode(data.draw(st.sampled_from(sample.measurements)))
    place = data.draw(st.integers(0, circuit.length - 1))
    encoded[place] = data.draw(
        st.sampled_from([2, circuit.field.modulus - 1]) | st.integers(2, circuit.field.modulus - 1)
    )
    joint = data.draw(vectors(circuit, circuit.joint_length))
    assert any(outputs(circuit, encoded, joint))


@every
@given(data=st.data(), shares=st.integers(2, 4))
def test_shares_add_up(sample: Sample, data: st.DataObject, shares: int) -> None:
    circuit, modulus = sample.circuit, sample.circuit.field.modulus
    joint = data.draw(vectors(circuit, circuit.joint_length))
    called = data.draw(vectors(circuit, circuit.calls))
    parts = [data.draw(vectors(circuit, circuit.length)) for _ in range(shares)]
    whole = [sum(elements) % modulus for elements in zip(*parts, strict=True)]
    for row, of_parts in zip(
        circuit.inputs(whole, joint, 1),
        zip(*(circuit.inputs(part, joint, shares) for part in parts), strict=True),
        strict=True,
    ):
        assert [x % modulus for x in row] == [sum(x) % modulus for x in zip(*of_parts, strict=True)]
    added = zip(
        *(circuit.outputs([0] * circuit.calls if n else called, part, shares) for n, part in enumerate(parts)),
        strict=True,
    )
    assert [x % modulus for x in circuit.outputs(called, whole, 1)] == [sum(x) % modulus for x in added]
    truncated = zip(*(circuit.truncate(part) for part in parts), strict=True)
    assert [x % modulus for x in circuit.truncate(whole)] == [sum(x) % modulus for x in truncated]


@every
@given(data=st.data(), shares=st.integers(1, 5))
def test_fused_wires_are_weighted_inputs(sample: Sample, data: st.DataObject, shares: int) -> None:
    circuit, modulus = sample.circuit, sample.circuit.field.modulus
    encoded = data.draw(vectors(circuit, circuit.length))
    joint = data.draw(vectors(circuit, circuit.joint_length))
    weights = data.draw(vectors(circuit, circuit.calls))
    columns = zip(*circuit.inputs(encoded, joint, shares), strict=True)
    fused = circuit.wires_at(weights, encoded, joint, shares)
    assert [x % modulus for x in fused] == [dot(weights, column) % modulus for column in columns]


@pytest.mark.parametrize(
    ("circuit", "allowed"),
    [
        (L1BoundSum(2, 3, 2), {(a, b) for a in range(4) for b in range(4) if a + b <= 3}),
        (L1BoundSum(2, 2, 4), {(a, b) for a in range(3) for b in range(3) if a + b <= 2}),
        (SumVec(2, 5, 3), {(a, b) for a in range(6) for b in range(6)}),
        (Histogram(4, 3), {(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)}),
        (MultihotCountVec(4, 2, 3), {cells for cells in product((0, 1), repeat=4) if sum(cells) <= 2}),
    ],
    ids=["l1-3", "l1-2", "sum-vec", "histogram", "multihot"],
)
def test_zeros_and_ones_add_only_what_the_bound_allows(circuit: AnyCircuit, allowed: set[tuple[int, ...]]) -> None:
    joint = [3 + call for call in range(circuit.joint_length)]
    accepted = {
        tuple(circuit.truncate(bits))
        for bits in product((0, 1), repeat=circuit.length)
        if not any(outputs(circuit, list(bits), joint))
    }
    assert accepted == allowed


@pytest.mark.parametrize(
    "numbers", [(0, 3, 1), (3, 0, 1), (3, 3, 0), (-1, 3, 1), (3, 1 << 127, 1), (1 << 30, 1 << 99, 1)]
)
def test_numbers_that_make_no_circuit_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError):
        L1BoundSum(*numbers)


@pytest.mark.parametrize("numbers", [(0, 1, 1), (3, 4, 1), (3, 0, 1), (3, 1, 0)])
def test_numbers_that_make_no_multihot_circuit_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError):
        MultihotCountVec(*numbers)
