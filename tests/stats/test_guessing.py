"""The attack on the last one: who knows all other reports guesses the last supporter's bin from the released histogram.

With noise of scale 2 / epsilon no guess, and no guess made only when the numbers look clear, is right more often than
e^epsilon / (e^epsilon + bins - 1).
"""

from collections.abc import Callable
from fractions import Fraction
from math import comb, exp, sqrt

import pytest

from stats.noise import noise

BINS = 5
OTHERS = (4, 7, 5, 2, 1)
"""The reports that the adversary made, or was told."""
TRIALS = 20_000
KEY = bytes(range(32))

Mechanism = Callable[[int], list[int]]


class Attack:
    """One secret bin a trial, each in turn; what the adversary saw and said."""

    def __init__(self, release: Mechanism) -> None:
        self.right = 0
        self.clear = [0] * BINS
        self.clear_and_right = [0] * BINS
        for trial in range(TRIALS):
            secret = trial % BINS
            seen = [count + more for count, more in zip(OTHERS, release(trial), strict=True)]
            seen[secret] += 1
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
    attack = Attack(mechanism(2 / epsilon))
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
    assert Attack(broken).breaks(Fraction(1))
