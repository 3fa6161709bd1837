"""What Prio3 derives from seeds (draft-irtf-cfrg-vdaf-20, sections 6.2.3 and 7.2.6)."""

from dataclasses import dataclass
from enum import IntEnum

from stats.prio3.flp import AnyCircuit
from stats.prio3.xof import SEED_SIZE, derive_seed, expand

VERSION = 18
_VDAF = 0
_PROOFS = b"\x01"


class Usage(IntEnum):
    """What a derived value serves."""

    MEASUREMENT_SHARE = 1
    PROOF_SHARE = 2
    JOINT_RANDOMNESS = 3
    PROVE_RANDOMNESS = 4
    QUERY_RANDOMNESS = 5
    JOINT_SEED = 6
    JOINT_PART = 7


@dataclass(frozen=True)
class Derive:
    """All derivations of one instance and application context."""

    algorithm: int
    circuit: AnyCircuit
    context: bytes

    def helper_measurement(self, aggregator: int, seed: bytes) -> list[int]:
        return self._expand(Usage.MEASUREMENT_SHARE, seed, bytes([aggregator]), self.circuit.length)

    def helper_proof(self, aggregator: int, seed: bytes) -> list[int]:
        return self._expand(Usage.PROOF_SHARE, seed, _PROOFS + bytes([aggregator]), self.circuit.proof_length)

    def prove_randomness(self, seed: bytes) -> list[int]:
        return self._expand(Usage.PROVE_RANDOMNESS, seed, _PROOFS, self.circuit.prove_length)

    def query_randomness(self, verify_key: bytes, nonce: bytes) -> list[int]:
        """Unknown to whoever made the proof: the aggregators' key is in it."""
        return self._expand(Usage.QUERY_RANDOMNESS, verify_key, _PROOFS + nonce, self.circuit.query_length)

    def joint_part(self, aggregator: int, blind: bytes, measurement: bytes, nonce: bytes) -> bytes:
        """What binds the joint randomness to one aggregator's encoded measurement share."""
        return derive_seed(blind, self._tag(Usage.JOINT_PART), bytes([aggregator]) + nonce + measurement)

    def joint_seed(self, parts: list[bytes]) -> bytes:
        return derive_seed(bytes(SEED_SIZE), self._tag(Usage.JOINT_SEED), b"".join(parts))

    def joint_randomness(self, seed: bytes) -> list[int]:
        return self._expand(Usage.JOINT_RANDOMNESS, seed, _PROOFS, self.circuit.joint_length)

    def _expand(self, usage: Usage, seed: bytes, binder: bytes, length: int) -> list[int]:
        return expand(self.circuit.field, seed, self._tag(usage), binder, length)

    def _tag(self, usage: Usage) -> bytes:
        return bytes([VERSION, _VDAF]) + self.algorithm.to_bytes(4, "big") + usage.to_bytes(2, "big") + self.context
