"""Challenges need no memory, and only those of this server pass."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.challenges import Challenges
from sync.errors import Refused

SEED = bytes(range(32))


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def made(clock: Clock, seed: bytes = SEED) -> Challenges:
    return Challenges(seed, clock, os.urandom, minutes=60)


def refused(challenges: Challenges, challenge: bytes) -> bool:
    try:
        challenges.check(challenge)
    except Refused as error:
        return error.problem == "challenge-stale"
    return False


def test_a_challenge_has_48_bytes_and_differs_each_time() -> None:
    challenges = made(Clock())
    issued = {challenges.issue() for _ in range(50)}
    assert len(issued) == 50
    assert {len(challenge) for challenge in issued} == {48}


@pytest.mark.parametrize(("minutes", "stale"), [(0, False), (59, False), (60, False), (61, True), (10_000, True)])
def test_a_challenge_ends(minutes: int, stale: bool) -> None:
    clock = Clock()
    challenges = made(clock)
    challenge = challenges.issue()
    clock.now += minutes * 60
    assert refused(challenges, challenge) == stale


@given(position=st.integers(0, 47), change=st.integers(1, 255))
def test_a_changed_challenge_is_refused(position: int, change: int) -> None:
    challenges = made(Clock())
    challenge = bytearray(challenges.issue())
    challenge[position] ^= change
    assert refused(challenges, bytes(challenge))


def test_a_challenge_of_another_server_is_refused() -> None:
    clock = Clock()
    assert refused(made(clock), made(clock, bytes(32)).issue())


def test_a_restarted_server_knows_its_challenges() -> None:
    clock = Clock()
    assert not refused(made(clock), made(clock).issue())
