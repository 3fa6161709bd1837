"""How Prio3 puts shares and messages into bytes (draft-irtf-cfrg-vdaf-20, section 7.2.7).

No lengths are written: the instance gives each of them, and any other length is Malformed. Blinds, parts and seeds
of joint randomness are left out where the circuit takes none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from stats.errors import Malformed
from stats.prio3.flp import AnyCircuit
from stats.prio3.xof import SEED_SIZE


@dataclass(frozen=True)
class Codec:
    """For one circuit and number of aggregators."""

    circuit: AnyCircuit
    shares: int

    def encode_leader_share(self, measurement: bytes, proof: Sequence[int], blind: bytes) -> bytes:
        return measurement + self.circuit.field.encode(proof) + blind

    def decode_leader_share(self, data: bytes) -> tuple[list[int], bytes, list[int], bytes]:
        """Measurement share, the same encoded, proof share, blind. Raises Malformed."""
        size, length = self.circuit.field.size, self.circuit.length
        vectors, blind = self._split(data, (length + self.circuit.proof_length) * size, "a leader's input share")
        elements = self.circuit.field.decode(vectors)
        return elements[:length], vectors[: length * size], elements[length:], blind

    def decode_helper_share(self, data: bytes) -> tuple[bytes, bytes]:
        """Seed and blind. Raises Malformed."""
        return self._split(data, SEED_SIZE, "a helper's input share")

    def decode_public_share(self, data: bytes) -> list[bytes]:
        """The parts of the joint randomness, one for each aggregator. Raises Malformed."""
        self._check(data, self.shares * self._seed, "a public share")
        return [data[start : start + SEED_SIZE] for start in range(0, len(data), SEED_SIZE)]

    def encode_verifier_share(self, verifier: Sequence[int], part: bytes) -> bytes:
        return self.circuit.field.encode(verifier) + part

    def decode_verifier_share(self, data: bytes) -> tuple[list[int], bytes]:
        """Verifier share and part of the joint randomness. Raises Malformed."""
        verifier, part = self._split(data, self.circuit.verifier_length * self.circuit.field.size, "a verifier share")
        return self.circuit.field.decode(verifier), part

    def check_verifier_message(self, data: bytes) -> None:
        """Raises Malformed unless it is as long as the seed of the joint randomness."""
        self._check(data, self._seed, "a verifier message")

    @cached_property
    def _seed(self) -> int:
        return SEED_SIZE if self.circuit.joint_length else 0

    def _split(self, data: bytes, size: int, what: str) -> tuple[bytes, bytes]:
        self._check(data, size + self._seed, what)
        return data[:size], data[size:]

    def _check(self, data: bytes, size: int, what: str) -> None:
        if len(data) != size:
            raise Malformed(f"{what} has {size} bytes, not {len(data)}")
