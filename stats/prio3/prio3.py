"""Prio3: from a measurement to shares, to a verdict, to a sum (draft-irtf-cfrg-vdaf-20, section 7.2).

Aggregator 0 is the leader, which gets its input share in full; the others, the helpers, get seeds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from stats.errors import Malformed, ReportRefused
from stats.prio3.circuit import Circuit
from stats.prio3.codec import Codec
from stats.prio3.derive import Derive
from stats.prio3.flp import decide, prove, query
from stats.prio3.share import Sharded, Share, VerifyState
from stats.prio3.xof import SEED_SIZE

M = TypeVar("M")
R = TypeVar("R")

NONCE_SIZE = 16
VERIFY_KEY_SIZE = SEED_SIZE


@dataclass(frozen=True)
class Prio3(Generic[M, R]):
    """One instance: an algorithm id, a circuit, and so many aggregators. Raises ValueError unless they are 2 to 255.

    `context` is the application's, at most 65,527 bytes, and must be the same for all that is done with a report, as
    must the nonce.
    """

    algorithm: int
    circuit: Circuit[M, R]
    shares: int

    def __post_init__(self) -> None:
        if not 2 <= self.shares <= 255:
            raise ValueError("there are 2 to 255 aggregators")

    @cached_property
    def codec(self) -> Codec:
        return Codec(self.circuit, self.shares)

    @cached_property
    def randomness_size(self) -> int:
        """Bytes of randomness that `shard` takes."""
        return SEED_SIZE * (self.shares + (self.shares if self.circuit.joint_length else 0))

    def shard(self, context: bytes, measurement: M, nonce: bytes, randomness: bytes) -> Sharded:
        """Shares out a measurement (section 7.2.1).

        `randomness`: `randomness_size` bytes, fresh and secret. Raises MeasurementRefused for a measurement out of
        bounds, Malformed for a wrong nonce, and ValueError for another amount of randomness.
        """
        return self.shard_encoded(context, self.circuit.encode(measurement), nonce, randomness)

    def shard_encoded(self, context: bytes, encoded: Sequence[int], nonce: bytes, randomness: bytes) -> Sharded:
        """The same for an encoded measurement, valid or not: what a malicious client can do."""
        _check_size(nonce, NONCE_SIZE, "a nonce")
        if len(randomness) != self.randomness_size:
            raise ValueError(f"sharding takes {self.randomness_size} bytes of randomness")
        field, derive = self.circuit.field, Derive(self.algorithm, self.circuit, context)
        seeds = [randomness[start : start + SEED_SIZE] for start in range(0, len(randomness), SEED_SIZE)]
        *given, prove_seed = seeds
        helper_seeds, blinds = given, [b""] * self.shares
        if self.circuit.joint_length:
            # Drawn as the vectors have it: seed and blind of each helper, then the leader's blind.
            helper_seeds, blinds = given[:-1:2], [given[-1], *given[1:-1:2]]
        measurements = [derive.helper_measurement(number, seed) for number, seed in enumerate(helper_seeds, 1)]
        measurements.insert(0, _minus(encoded, measurements, field.modulus))
        encodings = [field.encode(share) for share in measurements]
        parts, joint = list[bytes](), list[int]()
        if self.circuit.joint_length:
            parts = [
                derive.joint_part(number, blind, encoding, nonce)
                for number, (blind, encoding) in enumerate(zip(blinds, encodings, strict=True))
            ]
            joint = derive.joint_randomness(derive.joint_seed(parts))
        proof = prove(self.circuit, encoded, derive.prove_randomness(prove_seed), joint)
        proofs = [derive.helper_proof(number, seed) for number, seed in enumerate(helper_seeds, 1)]
        leader = self.codec.encode_leader_share(encodings[0], _minus(proof, proofs, field.modulus), blinds[0])
        helpers = [seed + blind for seed, blind in zip(helper_seeds, blinds[1:], strict=True)]
        return Sharded(b"".join(parts), (leader, *helpers))

    def verify_init(
        self, verify_key: bytes, context: bytes, aggregator: int, nonce: bytes, public_share: bytes, input_share: bytes
    ) -> tuple[VerifyState, bytes]:
        """What an aggregator keeps of a report, and its verifier share for the others (section 7.2.2).

        An aggregator does this once for a nonce. The verify key is the aggregators' alone: a client that knows it can
        prove anything. Raises Malformed, and ReportRefused("test-point") for fewer than one nonce in 2^50;
        ValueError for an aggregator that does not exist.
        """
        if not 0 <= aggregator < self.shares:
            raise ValueError(f"there are {self.shares} aggregators")
        _check_size(verify_key, VERIFY_KEY_SIZE, "a verify key")
        _check_size(nonce, NONCE_SIZE, "a nonce")
        circuit, derive = self.circuit, Derive(self.algorithm, self.circuit, context)
        parts = self.codec.decode_public_share(public_share)
        if aggregator == 0:
            measurement, encoding, proof, blind = self.codec.decode_leader_share(input_share)
        else:
            seed, blind = self.codec.decode_helper_share(input_share)
            measurement, proof = derive.helper_measurement(aggregator, seed), derive.helper_proof(aggregator, seed)
            encoding = circuit.field.encode(measurement)
        part, joint_seed, joint = b"", b"", list[int]()
        if circuit.joint_length:
            # A client that chose the joint randomness could fit a proof to it: one's own part is not taken from it.
            part = parts[aggregator] = derive.joint_part(aggregator, blind, encoding, nonce)
            joint_seed = derive.joint_seed(parts)
            joint = derive.joint_randomness(joint_seed)
        randomness = derive.query_randomness(verify_key, nonce)
        verifier = query(circuit, measurement, proof, randomness, joint, self.shares)
        modulus = circuit.field.modulus
        out_share = Share(circuit.field, [element % modulus for element in circuit.truncate(measurement)])
        return VerifyState(out_share, joint_seed), self.codec.encode_verifier_share(verifier, part)

    def verifier_shares_to_message(self, context: bytes, verifier_shares: Sequence[bytes]) -> bytes:
        """The verdict on all aggregators' verifier shares, in their order (section 7.2.2).

        The message is the seed of the joint randomness; empty where there is none. Raises ReportRefused("proof") and
        Malformed; ValueError for another number of shares.
        """
        if len(verifier_shares) != self.shares:
            raise ValueError(f"there are {self.shares} aggregators")
        decoded = [self.codec.decode_verifier_share(share) for share in verifier_shares]
        modulus = self.circuit.field.modulus
        verifier = [sum(elements) % modulus for elements in zip(*(share for share, _ in decoded), strict=True)]
        if not decide(self.circuit, verifier):
            raise ReportRefused("proof")
        if not self.circuit.joint_length:
            return b""
        return Derive(self.algorithm, self.circuit, context).joint_seed([part for _, part in decoded])

    def verify_next(self, state: VerifyState, verifier_message: bytes) -> Share:
        """The output share of a report that verified (section 7.2.2).

        Raises ReportRefused("joint-randomness") if the client made the others use other randomness, and Malformed.
        """
        self.codec.check_verifier_message(verifier_message)
        if verifier_message != state.joint_seed:
            raise ReportRefused("joint-randomness")
        return state.out_share

    def leader_out_share(self, input_share: bytes) -> Share:
        """The leader's output share of a report that it has verified before. Raises Malformed."""
        measurement, *_ = self.codec.decode_leader_share(input_share)
        field = self.circuit.field
        return Share(field, [element % field.modulus for element in self.circuit.truncate(measurement)])

    def aggregate(self, out_shares: Iterable[Share]) -> Share:
        """One aggregator's sum (section 7.2.4). Raises ValueError for shares of other instances."""
        return Share.total(self.circuit.field, self.circuit.output_length, out_shares)

    def decode_share(self, data: bytes) -> Share:
        """An output or aggregate share from outside. Raises Malformed."""
        return Share.decode(self.circuit.field, self.circuit.output_length, data)

    def unshard(self, aggregate_shares: Sequence[Share]) -> R:
        """The aggregate, from every aggregator's sum (section 7.2.5). Raises ValueError for another number of them."""
        if len(aggregate_shares) != self.shares:
            raise ValueError(f"there are {self.shares} aggregators")
        return self.circuit.decode(self.aggregate(aggregate_shares).elements)


def _minus(vector: Sequence[int], others: Sequence[Sequence[int]], modulus: int) -> list[int]:
    return [(element - sum(rest)) % modulus for element, *rest in zip(vector, *others, strict=True)]


def _check_size(data: bytes, size: int, what: str) -> None:
    if len(data) != size:
        raise Malformed(f"{what} has {size} bytes, not {len(data)}")
