"""The fully linear proof that a measurement is valid (draft-irtf-cfrg-vdaf-20, section 7.3; BBCGGI19, theorem 4.3).

Proofs and verifiers are vectors that can be shared; `query` works on shares, all of them with the same randomness.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

from stats.prio3.circuit import Circuit
from stats.prio3.polynomial import Row, between, dot, weights

AnyCircuit: TypeAlias = Circuit[Any, Any]


def prove(circuit: AnyCircuit, encoded: Sequence[int], seeds: Sequence[int], joint: Sequence[int]) -> list[int]:
    """The proof: the wires' seeds and the gadget polynomial's values at the first 2p - 1 roots of order 2p.

    The polynomial of a wire has its seed at the first root of order p, its inputs at the next, and zero at the rest.
    """
    field, gadget, size = circuit.field, circuit.gadget, circuit.size
    rows: list[Row] = [seeds, *circuit.inputs(encoded, joint, 1)]
    rows += [[0] * gadget.arity] * (size - len(rows))
    values = [0] * (2 * size)
    values[::2] = [gadget.evaluate(row) % field.modulus for row in rows]
    values[1::2] = [gadget.evaluate(row) % field.modulus for row in between(field, rows)]
    return [*seeds, *values[:-1]]


def query(
    circuit: AnyCircuit,
    encoded: Sequence[int],
    proof: Sequence[int],
    randomness: Sequence[int],
    joint: Sequence[int],
    shares: int,
) -> list[int]:
    """The verifier's share: the reduced output, each wire and the gadget polynomial at the test point.

    Raises ReportRefused("test-point") if the verify key and the nonce happen to make a root of unity.
    """
    modulus, arity = circuit.field.modulus, circuit.gadget.arity
    *reducers, point = randomness
    seeds, values = proof[:arity], proof[arity:]
    wire_weights, value_weights = weights(circuit.field, circuit.size, point)
    called = values[2 : 2 + 2 * circuit.calls : 2]
    outputs = circuit.outputs(called, encoded, shares)
    inputs = circuit.wires_at(wire_weights[1 : 1 + circuit.calls], encoded, joint, shares)
    return [
        (dot(reducers, outputs) if reducers else outputs[0]) % modulus,
        *((wire_weights[0] * seed + wire) % modulus for seed, wire in zip(seeds, inputs, strict=True)),
        dot(value_weights, values) % modulus,
    ]


def decide(circuit: AnyCircuit, verifier: Sequence[int]) -> bool:
    """Whether the sum of all verifiers' shares says that the measurement is valid."""
    output, *wires, value = verifier
    return output == 0 and circuit.gadget.evaluate(wires) % circuit.field.modulus == value
