"""Small circuits of every kind, with measurements for them, valid and not."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from stats.prio3 import instances
from stats.prio3.flp import AnyCircuit
from stats.prio3.prio3 import NONCE_SIZE, VERIFY_KEY_SIZE, Prio3
from stats.prio3.share import Sharded, Share
from stats.prio3.xof import SEED_SIZE, expand
from tests.vectors.seeded import seeded

CONTEXT = b"a table and a period"
KEY = seeded("verify key")(VERIFY_KEY_SIZE)
NONCE = seeded("nonce")(NONCE_SIZE)


@dataclass(frozen=True)
class Sample:
    """`refused` are measurements beyond the bounds."""

    name: str
    shares: int
    prio3: Prio3[Any, Any]
    measurements: tuple[Any, ...]
    total: Any
    refused: tuple[Any, ...]

    @property
    def circuit(self) -> AnyCircuit:
        return self.prio3.circuit


def samples(shares: int) -> list[Sample]:
    """Numbers that do and do not fill their chunks, bits and powers of two."""
    return [
        Sample("count", shares, instances.count(shares), (0, 1, 1), 2, (-1, 2)),
        Sample("sum-1", shares, instances.sum_(shares, 1), (1, 0, 1), 2, (-1, 2)),
        Sample("sum-100", shares, instances.sum_(shares, 100), (0, 37, 63, 64, 100), 264, (-1, 101, 127, 128)),
        Sample(
            "sum-vec",
            shares,
            instances.sum_vec(shares, 3, 5, 4),
            ([0, 1, 5], [3, 4, 2]),
            [3, 5, 7],
            ([0, 0, 6], [0, 0, 7], [0, 0, -1], [0, 0], [0, 0, 0, 0]),
        ),
        Sample("histogram", shares, instances.histogram(shares, 7, 3), (0, 3, 6, 3), [1, 0, 0, 2, 0, 0, 1], (-1, 7)),
        Sample("one-bin", shares, instances.histogram(shares, 1, 5), (0, 0), [2], (-1, 1)),
        Sample(
            "multihot",
            shares,
            instances.multihot_count_vec(shares, 5, 3, 2),
            ([0, 0, 0, 0, 0], [1, 0, 1, 0, 1], [0, 0, 0, 0, 1]),
            [1, 0, 1, 0, 2],
            ([1, 1, 1, 1, 0], [2, 0, 0, 0, 0], [0, 0, 0, 0], [-1, 0, 0, 0, 0]),
        ),
        Sample(
            "l1",
            shares,
            instances.l1_bound_sum(shares, 4, 6, 5),
            ([0, 0, 0, 0], [6, 0, 0, 0], [1, 2, 0, 3]),
            [7, 2, 0, 3],
            ([7, 0, 0, 0], [3, 4, 0, 0], [-1, 0, 0, 0], [0, 0, 0], [0, 0, 0, 0, 0], [6, 6, 6, 6], [-1, 2, 0, 0]),
        ),
        Sample(
            "l1-of-one",
            shares,
            instances.l1_bound_sum(shares, 1, 1, 1),
            ([0], [1]),
            [1],
            ([2], [-1], []),
        ),
    ]


def vectors(circuit: AnyCircuit, length: int) -> st.SearchStrategy[list[int]]:
    """Uniform elements of the field. Drawn one by one they would soon be roots of unity, and prove anything."""
    seeds = st.integers(0, 2**64).map(lambda number: number.to_bytes(SEED_SIZE, "little"))
    return seeds.map(lambda seed: expand(circuit.field, seed, b"test", b"", length))


def randomness(prio3: Prio3[Any, Any], label: object) -> bytes:
    return seeded(f"randomness {label}")(prio3.randomness_size)


def verify(
    prio3: Prio3[Any, Any], sharded: Sharded, *, nonce: bytes = NONCE, context: bytes = CONTEXT, key: bytes = KEY
) -> list[Share]:
    """What honest aggregators do with one report: their output shares. Raises what they raise."""
    begun = [
        prio3.verify_init(key, context, aggregator, nonce, sharded.public_share, share)
        for aggregator, share in enumerate(sharded.input_shares)
    ]
    message = prio3.verifier_shares_to_message(context, [share for _, share in begun])
    return [prio3.verify_next(state, message) for state, _ in begun]
