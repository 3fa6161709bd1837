"""The attack on the last one: who knows all other reports guesses the last supporter's bin from the released histogram.

With noise of scale 2 / epsilon no guess, and no guess made only when the numbers look clear, is right more often than
e^epsilon / (e^epsilon + bins - 1). With two noises, one of them known to who guesses, the same holds of the other.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from hashlib import shake_256
from math import comb, exp, sqrt
from typing import Any

import pytest

from schemas.task import Axis, Task
from stats.instance import instance_of
from stats.noise import noise, noised
from stats.prio3.share import Share

BINS = 5
OTHERS = (4, 7, 5, 2, 1)
"""The reports that the adversary made, or was told."""
TRIALS = 20_000
KEY = bytes(range(32))

Mechanism = Callable[[int], list[int]]
"""What a trial adds to the counts."""
Release = Callable[[int, int], list[int]]
"""What the adversary reads in a trial of which this is the secret bin."""


def released(mechanism: Mechanism) -> Release:
    def release(trial: int, secret: int) -> list[int]:
        cells = zip(OTHERS, mechanism(trial), strict=True)
        return [count + more + (cell == secret) for cell, (count, more) in enumerate(cells)]

    return release


class Attack:
    """One secret bin a trial, each in turn; what the adversary saw and said."""

    def __init__(self, release: Release) -> None:
        self.right = 0
        self.clear = [0] * BINS
        self.clear_and_right = [0] * BINS
        for trial in range(TRIALS):
            secret = trial % BINS
            seen = release(trial, secret)
            # Of bins shifted by one, each speaks for or against by the same factor: a likelihood counts the bins for.
            speak = [cell for cell in range(BINS) if seen[cell] > OTHERS[cell]]
            guess = speak[trial // BINS % len(speak)] if speak else trial // BINS % BINS
            self.right += guess == secret
            if len(speak) == 1:
                self.clear[guess] += 1
                self.clear_and_right[guess] += guess == secret

    def breaks(self, epsilon: Fraction) -> bool:
        """Whether it was right more often than the bound, in all or where it was clear, by more than chance gives."""
        bound = exp(float(epsilon)) / (exp(float(epsilon)) + BINS - 1)
        counts = [(self.right, TRIALS), *zip(self.clear_and_right, self.clear, strict=True)]
        return any(right > tries * bound + 4 * sqrt(tries * bound * (1 - bound)) for right, tries in counts)


def mechanism(scale: Fraction) -> Mechanism:
    def release(trial: int) -> list[int]:
        return noise(KEY, trial.to_bytes(32, "big"), 0, BINS, scale)

    return release


def expected(scale: Fraction) -> float:
    """How often the best guess is right: the secret bin speaks with probability p, each other one with 1 - p."""
    p = 1 / (1 + exp(-1 / float(scale)))
    among = sum(comb(BINS - 1, k) * (1 - p) ** k * p ** (BINS - 1 - k) / (k + 1) for k in range(BINS))
    return p * among + (1 - p) * p ** (BINS - 1) / BINS


@pytest.mark.parametrize("epsilon", [Fraction(1), Fraction(1, 2)])
def test_the_last_supporter_is_guessed_no_better_than_epsilon_allows(epsilon: Fraction) -> None:
    attack = Attack(released(mechanism(2 / epsilon)))
    assert not attack.breaks(epsilon)
    best = expected(2 / epsilon)
    # The best guess, and no worse one, was tried.
    assert abs(attack.right - TRIALS * best) < 4 * sqrt(TRIALS * best * (1 - best))
    assert sum(attack.clear) > TRIALS / 6


def left_out_of_one(release: Mechanism) -> Mechanism:
    return lambda trial: [*release(trial)[:-1], 0]


def the_same_in_all(release: Mechanism) -> Mechanism:
    return lambda trial: [release(trial)[0]] * BINS


@pytest.mark.parametrize(
    "broken",
    [
        mechanism(Fraction(1)),
        mechanism(Fraction(1, 2)),
        left_out_of_one(mechanism(Fraction(2))),
        the_same_in_all(mechanism(Fraction(2))),
        lambda _: [0] * BINS,
    ],
    ids=["half the scale", "a quarter", "left out of one bin", "the same in all bins", "none"],
)
def test_a_broken_sampler_lets_the_guess_through(broken: Mechanism) -> None:
    assert Attack(released(broken)).breaks(Fraction(1))


def random(*names: object, length: int = 16) -> bytes:
    return shake_256(repr(names).encode()).digest(length)


def shared(task: Task, cell: int, name: object) -> list[Share]:
    """Output shares of server, lead and second aggregator, of a report that is in this cell."""
    instance: Any = instance_of(task)
    nonce = random(name, "nonce")
    made = instance.shard(b"", cell, nonce, random(name, length=instance.randomness_size))
    shares = enumerate(made.input_shares)
    key = random("verify key", length=32)
    return [instance.verify_init(key, b"", at, nonce, made.public_share, share)[0].out_share for at, share in shares]


@cache
def reports(task: Task) -> tuple[list[list[Share]], list[list[Share]]]:
    """Of the accounts that a lead made up; and of the last supporter, one for each secret."""
    puppets = [cell for cell, count in enumerate(OTHERS) for _ in range(count)]
    return (
        [shared(task, cell, number) for number, cell in enumerate(puppets)],
        [shared(task, cell, f"last {cell}") for cell in range(BINS)],
    )


def colluding(epsilon: Fraction, scale: Fraction | None) -> Release:
    """Three shares. The server adds nothing, the lead knows all reports but one; the second aggregator's noise is of
    `scale`, or it adds none either.
    """
    task = Task("wellbeing", (Axis("zone", ("a", "b", "c", "d")),), "supporter", 1, int(100 * epsilon), 8, "quarter", 3)
    instance = instance_of(task)
    puppets, last = reports(task)
    known = [instance.aggregate(shares) for shares in zip(*puppets, strict=True)]
    modulus = instance.circuit.field.modulus

    def release(trial: int, secret: int) -> list[int]:
        server, lead, second = (instance.aggregate(each) for each in zip(known, last[secret], strict=True))
        if scale is not None:
            second = noised(second, KEY, trial.to_bytes(32, "big"), 2, scale)
        cells = instance.aggregate([server, lead, second]).elements
        return [cell - modulus if cell > modulus // 2 else cell for cell in cells]

    return release


@pytest.mark.parametrize("epsilon", [Fraction(1), Fraction(1, 2)])
def test_without_the_servers_noise_the_last_supporter_of_three_shares_is_guessed_no_better(epsilon: Fraction) -> None:
    attack = Attack(colluding(epsilon, 2 / epsilon))
    assert not attack.breaks(epsilon)
    best = expected(2 / epsilon)
    assert abs(attack.right - TRIALS * best) < 4 * sqrt(TRIALS * best * (1 - best))


@pytest.mark.parametrize("scale", [None, Fraction(1)])
def test_a_second_aggregator_who_adds_too_little_lets_the_guess_through(scale: Fraction | None) -> None:
    assert Attack(colluding(Fraction(1), scale)).breaks(Fraction(1))
