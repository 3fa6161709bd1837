"""Reports: one encoding, and what is signed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import SignatureInvalid
from crypto.public.encoding import encode
from crypto.public.signing import SigningKey, verify
from sync.errors import Refused
from sync.log import Cursor
from sync.report import (
    MOST_PUBLIC_SHARE,
    Report,
    Submission,
    accepted_hash,
    commitment,
    measurement_context,
    receipt,
    share_hash,
)
from tests.support.refusals import refused

ids = st.binary(min_size=32, max_size=32)
reports = st.builds(
    Report,
    ids,
    ids,
    st.builds(Cursor, st.integers(0, 2**53 - 1), ids),
    st.binary(min_size=16, max_size=16),
    st.sampled_from([bytes(size) for size in range(0, MOST_PUBLIC_SHARE + 1, 32)]),
    ids,
    st.lists(ids, min_size=1, max_size=2).map(tuple),
)


@given(reports)
def test_a_report_is_what_its_bytes_say(report: Report) -> None:
    assert Report.decode(report.encode()) == report


@given(st.binary(max_size=300))
def test_other_bytes_are_refused_by_name(raw: bytes) -> None:
    try:
        assert Report.decode(raw).encode() == raw
    except Refused as error:
        assert error.problem == "report-malformed"  # noqa: PT017 (bytes may be a report)


@given(reports, st.integers(0, 6), st.sampled_from([b"", 1, "a", [], [b""], [bytes(32)] * 3]))
def test_each_element_has_its_shape(report: Report, at: int, wrong: object) -> None:
    value: list[Any] = [
        report.opening, report.device, report.roster.as_array(), report.nonce, report.public_share, report.leader,
        [*report.helpers],
    ]  # fmt: skip
    if at == 4 and wrong == b"":
        return
    value[at] = wrong
    with refused("report-malformed"):
        Report.decode(encode(value))


submissions = st.builds(
    Submission,
    st.binary(min_size=1, max_size=60),
    st.binary(min_size=64, max_size=64),
    st.binary(min_size=1, max_size=60),
    st.lists(st.binary(min_size=1200, max_size=1200), min_size=1, max_size=2).map(tuple),
)


@given(submissions)
def test_a_submission_is_what_its_bytes_say(sent: Submission) -> None:
    assert Submission.decode(sent.encode()) == sent


@given(st.one_of(st.binary(max_size=300), submissions.map(Submission.encode)), st.binary(max_size=3))
def test_other_bodies_are_refused_by_name(raw: bytes, more: bytes) -> None:
    try:
        assert Submission.decode(raw + more).encode() == raw + more
    except Refused as error:
        assert error.problem == "report-malformed"  # noqa: PT017 (bytes may be a report)


@pytest.mark.parametrize(
    ("at", "wrong"),
    [
        (0, b""),
        (0, bytes(513)),
        (1, bytes(63)),
        (2, b""),
        (2, bytes(32_769)),
        (2, "text"),
        (3, []),
        (3, [bytes(1199)]),
        (3, [bytes(1200)] * 3),
        (3, bytes(1200)),
    ],
)
def test_each_part_of_a_submission_has_its_size(at: int, wrong: object) -> None:
    value: list[Any] = [b"r", bytes(64), b"s", [bytes(1200)]]
    Submission.decode(encode(value))
    value[at] = wrong
    with refused("report-malformed"):
        Submission.decode(encode(value))


@given(reports, ids, ids)
def test_a_signature_is_for_one_programme(report: Report, programme: bytes, other: bytes) -> None:
    key = SigningKey.from_seed(bytes(32))
    signature = report.sign(programme, key)
    verify(key.public, "report", encode([programme, report.encode()]), signature)
    if other != programme:
        with pytest.raises(SignatureInvalid):
            verify(key.public, "report", encode([other, report.encode()]), signature)


def test_a_list_is_hashed_in_one_order() -> None:
    one, other = receipt(bytes(32), bytes(16), bytes(16)), receipt(bytes(32), bytes(16), b"\1" * 16)
    assert one != other
    assert receipt(bytes(32), b"\1" * 16, bytes(16)) not in (one, other)
    assert accepted_hash(bytes(32), [one, other]) == accepted_hash(bytes(32), [other, one])
    assert accepted_hash(bytes(32), [one]) != accepted_hash(bytes(32), [one, other])
    assert accepted_hash(bytes(32), [one]) != accepted_hash(b"\1" * 32, [one])


def test_contexts_and_commitments_differ_with_all_they_name() -> None:
    keys = {
        commitment(bytes(32), 1, bytes(32)),
        commitment(bytes(32), 2, bytes(32)),
        commitment(bytes(32), 1, b"k" * 32),
    }
    contexts = {measurement_context(bytes(32), bytes(32)), measurement_context(bytes(32), b"o" * 32)}
    assert (len(keys), len(contexts)) == (3, 2)
    assert share_hash(b"a") != share_hash(b"b")
