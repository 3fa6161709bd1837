"""From measurements to a total, and everything that must be refused on the way."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.errors import Malformed, MeasurementRefused, ReportRefused, StatsError
from stats.prio3 import instances
from stats.prio3.prio3 import NONCE_SIZE, Prio3
from stats.prio3.share import Sharded, Share, VerifyState
from tests.stats.prio3.samples import CONTEXT, KEY, NONCE, Sample, randomness, samples, verify

# Without joint randomness there is no public share, and nothing binds a report to its nonce.
JOINT = [sample for sample in samples(2) + samples(3) if sample.circuit.joint_length]


def name(sample: Sample) -> str:
    return f"{sample.name}-{sample.shares}"


every = pytest.mark.parametrize("sample", samples(2) + samples(3), ids=name)


def sharded(sample: Sample, measurement: Any = None, label: object = 0) -> Sharded:
    chosen = sample.measurements[-1] if measurement is None else measurement
    return sample.prio3.shard(CONTEXT, chosen, NONCE, randomness(sample.prio3, label))


def total(prio3: Prio3[Any, Any], verified: list[list[Share]]) -> Any:
    """Sums that travelled."""
    sums = [prio3.aggregate(shares) for shares in zip(*verified, strict=True)]
    return prio3.unshard([prio3.decode_share(share.encode()) for share in sums])


@pytest.mark.parametrize("sample", [*samples(2), *samples(3), *samples(7)], ids=name)
def test_totals(sample: Sample) -> None:
    reports = [sharded(sample, measurement, n) for n, measurement in enumerate(sample.measurements)]
    assert total(sample.prio3, [verify(sample.prio3, report) for report in reports]) == sample.total


def test_255_aggregators() -> None:
    prio3 = instances.histogram(255, 3, 2)
    report = prio3.shard(CONTEXT, 1, NONCE, randomness(prio3, 255))
    assert total(prio3, [verify(prio3, report)]) == [0, 1, 0]


@pytest.mark.parametrize("shares", [-1, 0, 1, 256])
def test_other_numbers_of_aggregators_are_refused(shares: int) -> None:
    with pytest.raises(ValueError):
        instances.count(shares)


@every
def test_measurements_beyond_the_bounds_are_not_sharded(sample: Sample) -> None:
    for measurement in sample.refused:
        with pytest.raises(MeasurementRefused):
            sharded(sample, measurement)


@every
@given(data=st.data())
def test_a_changed_input_share_is_refused(sample: Sample, data: st.DataObject) -> None:
    report = sharded(sample)
    aggregator = data.draw(st.integers(0, sample.shares - 1))
    shares = list(report.input_shares)
    shares[aggregator] = changed(data, shares[aggregator])
    with pytest.raises(StatsError):
        verify(sample.prio3, Sharded(report.public_share, tuple(shares)))


@pytest.mark.parametrize("sample", JOINT, ids=name)
@given(data=st.data())
def test_a_changed_public_share_is_refused(sample: Sample, data: st.DataObject) -> None:
    report = sharded(sample)
    with pytest.raises(ReportRefused):
        verify(sample.prio3, Sharded(changed(data, report.public_share), report.input_shares))


@pytest.mark.parametrize("sample", JOINT, ids=name)
@given(data=st.data())
def test_another_nonce_is_refused(sample: Sample, data: st.DataObject) -> None:
    with pytest.raises(ReportRefused):
        verify(sample.prio3, sharded(sample), nonce=changed(data, NONCE))


@every
@given(context=st.binary(max_size=20).filter(lambda context: context != CONTEXT))
def test_another_context_is_refused(sample: Sample, context: bytes) -> None:
    with pytest.raises(ReportRefused):
        verify(sample.prio3, sharded(sample), context=context)


@every
@given(data=st.data(), what=st.sampled_from(["key", "context", "nonce", "public share"]))
def test_aggregators_that_do_not_agree_refuse(sample: Sample, data: st.DataObject, what: str) -> None:
    prio3, report = sample.prio3, sharded(sample)
    odd = data.draw(st.integers(0, sample.shares - 1))
    given_all = {"key": KEY, "context": CONTEXT, "nonce": NONCE, "public share": report.public_share}
    if not given_all[what]:
        return
    given_odd = given_all | {what: changed(data, given_all[what])}
    if what == "public share":
        # Each overwrites its own part: only another's is read.
        own = slice(32 * odd, 32 * odd + 32)
        if given_odd[what][own] != report.public_share[own]:
            return
    begun = list[tuple[VerifyState, bytes]]()
    for aggregator, share in enumerate(report.input_shares):
        at = given_odd if aggregator == odd else given_all
        begun.append(prio3.verify_init(at["key"], at["context"], aggregator, at["nonce"], at["public share"], share))
    with pytest.raises(ReportRefused):
        finish(prio3, begun, [share for _, share in begun])


@every
@given(data=st.data())
def test_a_changed_verifier_share_is_refused(sample: Sample, data: st.DataObject) -> None:
    prio3, report = sample.prio3, sharded(sample)
    begun = [
        prio3.verify_init(KEY, CONTEXT, aggregator, NONCE, report.public_share, share)
        for aggregator, share in enumerate(report.input_shares)
    ]
    shares = [share for _, share in begun]
    liar = data.draw(st.integers(0, sample.shares - 1))
    shares[liar] = changed(data, shares[liar])
    with pytest.raises(StatsError):
        finish(prio3, begun, shares)


@every
@given(data=st.data())
def test_a_changed_verifier_message_is_refused(sample: Sample, data: st.DataObject) -> None:
    prio3, report = sample.prio3, sharded(sample)
    state, _ = prio3.verify_init(KEY, CONTEXT, 0, NONCE, report.public_share, report.input_shares[0])
    size = len(state.joint_seed)
    message = changed(data, state.joint_seed) if size else data.draw(st.binary(min_size=1, max_size=40))
    with pytest.raises(StatsError):
        prio3.verify_next(state, message)


@pytest.mark.parametrize("sample", samples(3), ids=name)
def test_helpers_do_not_take_each_others_shares(sample: Sample) -> None:
    report = sharded(sample)
    leader, one, other = report.input_shares
    with pytest.raises(ReportRefused):
        verify(sample.prio3, Sharded(report.public_share, (leader, other, one)))


@every
@given(data=st.data())
def test_a_malicious_client_cannot_prove_what_is_invalid(sample: Sample, data: st.DataObject) -> None:
    circuit, prio3 = sample.circuit, sample.prio3
    encoded = circuit.encode(data.draw(st.sampled_from(sample.measurements)))
    place = data.draw(st.integers(0, circuit.length - 1))
    encoded[place] = data.draw(st.sampled_from([2, 3, 100, circuit.field.modulus - 1]))
    with pytest.raises(ReportRefused, match="proof"):
        verify(prio3, prio3.shard_encoded(CONTEXT, encoded, NONCE, randomness(prio3, "malice")))


def cells(*values: int, weight: int) -> list[int]:
    """An encoded measurement of L1BoundSum(2, 60) in zeros and ones, with any weight."""
    return [
        element
        for value in (*values, weight)
        for element in instances.l1_bound_sum(2, 1, 60, 1).circuit.encode([value])[:6]
    ]


@pytest.mark.parametrize(
    "encoded",
    [
        cells(60, 60, weight=60),
        cells(31, 30, weight=60),
        cells(31, 30, weight=1),
        cells(5, 5, weight=9),
        cells(0, 0, weight=1),
    ],
    ids=["both-full", "one-more", "far-more", "less-claimed", "more-claimed"],
)
@pytest.mark.parametrize("shares", [2, 3])
def test_a_malicious_client_cannot_exceed_the_bound_with_valid_cells(encoded: list[int], shares: int) -> None:
    prio3 = instances.l1_bound_sum(shares, 2, 60, 4)
    assert set(encoded) <= {0, 1}
    with pytest.raises(ReportRefused, match="proof"):
        verify(prio3, prio3.shard_encoded(CONTEXT, encoded, NONCE, randomness(prio3, "bound")))


def test_the_bound_itself_is_accepted() -> None:
    prio3 = instances.l1_bound_sum(2, 2, 60, 4)
    report = prio3.shard_encoded(CONTEXT, cells(31, 29, weight=60), NONCE, randomness(prio3, "bound"))
    assert total(prio3, [verify(prio3, report)]) == [31, 29]


@every
def test_hostile_lengths(sample: Sample) -> None:
    prio3, report = sample.prio3, sharded(sample)
    for aggregator, share in enumerate(report.input_shares):
        good = (KEY, NONCE, report.public_share, share)
        for place in range(4):
            for data in (b"", good[place] + b"\0", good[place][:-1] if good[place] else b"\1", bytes(100_000)):
                key, nonce, public, own = (data if n == place else one for n, one in enumerate(good))
                if data != good[place]:
                    with pytest.raises(Malformed):
                        prio3.verify_init(key, CONTEXT, aggregator, nonce, public, own)


@every
def test_callers_mistakes(sample: Sample) -> None:
    prio3, report, random = sample.prio3, sharded(sample), randomness(sample.prio3, 0)
    measurement = sample.measurements[0]
    for wrong in (b"", random[:-1], random + b"\0"):
        with pytest.raises(ValueError):
            prio3.shard(CONTEXT, measurement, NONCE, wrong)
    with pytest.raises(Malformed):
        prio3.shard(CONTEXT, measurement, bytes(NONCE_SIZE + 1), random)
    for aggregator in (-1, sample.shares):
        with pytest.raises(ValueError):
            prio3.verify_init(KEY, CONTEXT, aggregator, NONCE, report.public_share, report.input_shares[0])
    with pytest.raises(ValueError):
        prio3.verifier_shares_to_message(CONTEXT, [b""] * (sample.shares - 1))
    with pytest.raises(ValueError):
        prio3.unshard([prio3.aggregate([])])


def test_shares_but_one_say_nothing() -> None:
    """The leader's measurement share is masked by every helper's: only all seeds together take the masks off."""
    prio3 = instances.histogram(3, 8, 3)
    reports = [prio3.shard(CONTEXT, measurement, NONCE, randomness(prio3, "mask")) for measurement in (0, 5)]
    (leader_a, *helpers_a), (leader_b, *helpers_b) = (report.input_shares for report in reports)
    assert helpers_a == helpers_b
    size = 8 * prio3.circuit.field.size
    masks = prio3.circuit.field.decode(leader_a[:size])
    assert all(mask > 1 << 100 for mask in masks)
    assert leader_a[:size] != leader_b[:size]


def finish(prio3: Prio3[Any, Any], begun: list[tuple[VerifyState, bytes]], shares: list[bytes]) -> list[Share]:
    """What honest aggregators do with these verifier shares."""
    message = prio3.verifier_shares_to_message(CONTEXT, shares)
    return [prio3.verify_next(state, message) for state, _ in begun]


def changed(data: st.DataObject, original: bytes) -> bytes:
    """One byte is another."""
    place = data.draw(st.integers(0, len(original) - 1))
    return original[:place] + bytes([original[place] ^ data.draw(st.integers(1, 255))]) + original[place + 1 :]
