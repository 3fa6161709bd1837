"""Every use of a seed has its own tag; instance, context and aggregator are in what is derived."""

from stats.prio3.derive import Derive
from stats.prio3.histogram import Histogram

CIRCUIT = Histogram(4, 2)
SEED = bytes(range(32))


def derived(derive: Derive, aggregator: int = 1, nonce: bytes = bytes(16)) -> list[object]:
    """One value of each kind, the first elements of vectors."""
    return [
        derive.helper_measurement(aggregator, SEED)[0],
        derive.helper_proof(aggregator, SEED)[0],
        derive.prove_randomness(SEED)[0],
        derive.query_randomness(SEED, nonce)[0],
        derive.joint_part(aggregator, SEED, b"", nonce),
        derive.joint_seed([SEED]),
        derive.joint_randomness(SEED)[0],
    ]


def test_every_use_has_its_own_tag() -> None:
    values = derived(Derive(4, CIRCUIT, b""))
    assert len({value.to_bytes(16, "little") if isinstance(value, int) else value for value in values}) == len(values)


def test_instance_and_context_are_in_everything() -> None:
    one = derived(Derive(4, CIRCUIT, b"context"))
    for other in (derived(Derive(3, CIRCUIT, b"context")), derived(Derive(4, CIRCUIT, b"contexu"))):
        assert all(mine != theirs for mine, theirs in zip(one, other, strict=True))


def test_aggregator_and_nonce_are_where_they_belong() -> None:
    derive = Derive(4, CIRCUIT, b"")

    def changed(other: list[object]) -> list[bool]:
        return [mine != theirs for mine, theirs in zip(derived(derive), other, strict=True)]

    assert changed(derived(derive, aggregator=2)) == [True, True, False, False, True, False, False]
    assert changed(derived(derive, nonce=bytes(15) + b"1")) == [False, False, False, True, True, False, False]
