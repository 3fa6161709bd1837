"""How far a released number may be from what was reported. Floats: all of this is for the eyes of people.

Noise of several scales adds up: a number that is the sum of released cells has the noise of each of them, once for
every aggregator that added its own. `scales` names one scale for each noise in a number.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, exp, log, pi, sin, sinh, sqrt

CONFIDENCE = 0.95
SMALL = 5
"""Below this, people are shown "<5": less than the noise can tell from nothing."""

_NORMAL = 1.959963984540054  # the 97.5 % point of the normal distribution
_FORGET = 1e-13  # of the characteristic function: what contributes less than a double can hold


def variance(scale: Fraction) -> float:
    """Of the discrete Laplace distribution: 2 q / (1 - q)^2 for q = exp(-1 / scale), which is 1 / (2 sinh^2)."""
    return 1 / (2 * sinh(1 / (2 * float(scale))) ** 2)


def deviation(scales: Iterable[Fraction]) -> float:
    """The standard deviation of the sum of independent noises."""
    return sqrt(sum(times * variance(scale) for scale, times in Counter(scales).items()))


def within(scales: Iterable[Fraction], distance: int) -> float:
    """The probability that the noises sum to at most `distance` either way."""
    if distance < 0:
        return 0.0
    return _within(*_spectrum(_key(scales)), distance)


def half_width(scales: Iterable[Fraction]) -> int:
    """The smallest w such that the noises sum to at most w either way with a probability of 95 %."""
    return _half_width(_key(scales))


def shown_count(count: int) -> str:
    """A released count for people. It may be negative: noise does not know that there are no negative counts."""
    return str(count) if count >= SMALL else f"<{SMALL}"


def with_error(count: int, error: int) -> str:
    """`37 ± 6`, and `<5` for what is small."""
    return f"{count} ± {error}" if count >= SMALL else shown_count(count)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A mean or a share, and the half-width of its interval of about 95 %."""

    value: float
    error: float


def mean(counts: Sequence[int], scores: Sequence[float], scales: Iterable[Fraction], reports: int) -> Ratio | None:
    """The mean score in a histogram; a share, if scores are 0 and 1. `scales`: of the noises in each count.

    The last count is that of "none" and has no score. Every report is in one bin and the number of reports is known, so
    what the counts sum to beyond it is noise, and is taken off all of them alike. None where too few were counted to
    say it: fewer than twice the error of their number. The error is that of a quotient of noisy sums, to first order,
    and treats the noise as normal. Raises ValueError unless there is one count more than scores.
    """
    if len(counts) != len(scores) + 1:
        raise ValueError("one score for each count but the last")
    excess = (sum(counts) - reports) / len(counts)
    scored = [count - excess for count in counts[:-1]]
    total = sum(scored)
    spread = _NORMAL * deviation(scales)
    if total < max(SMALL, 2 * spread * sqrt(len(scores) / len(counts))):
        return None
    value = sum(count * score for count, score in zip(scored, scores, strict=True)) / total
    apart = [score - value for score in scores]
    error = spread * sqrt(sum(by * by for by in apart) - sum(apart) ** 2 / len(counts)) / total
    return Ratio(min(max(value, min(scores)), max(scores)), error)


def _key(scales: Iterable[Fraction]) -> tuple[tuple[Fraction, int], ...]:
    return tuple(sorted(Counter(scales).items()))


@lru_cache(maxsize=256)
def _half_width(noises: tuple[tuple[Fraction, int], ...]) -> int:
    match noises:
        case ():
            return 0
        case ((scale, 1),):  # P(|X| > w) = 2 q^(w + 1) / (1 + q)
            q = exp(-1 / float(scale))
            return max(0, ceil(float(scale) * log(2 / ((1 - CONFIDENCE) * (1 + q)))) - 1)
    spectrum = _spectrum(noises)
    low, high = -1, 1
    while _within(*spectrum, high) < CONFIDENCE:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if _within(*spectrum, middle) < CONFIDENCE:
            low = middle
        else:
            high = middle
    return high


def _spectrum(noises: tuple[tuple[Fraction, int], ...]) -> tuple[float, list[float]]:
    """The step and the values of the characteristic function of the sum.

    On an integer distribution the trapezoid rule with N points is the exact probability of the sum modulo N; N is
    so large that what is folded over is below 1e-15.
    """
    spread = deviation(scale for scale, times in noises for _ in range(times))
    points = 64 + 50 * ceil(spread)
    step = 2 * pi / points
    # 1 / (1 + (sin(angle / 2) / sinh(1 / (2 t)))^2) is (1 - q)^2 / (1 - 2 q cos(angle) + q^2) without cancellation.
    factors = [(1 / sinh(1 / (2 * float(scale))) ** 2, times) for scale, times in noises]
    values = []
    for index in range(1, points // 2 + 1):
        square = sin(index * step / 2) ** 2
        value = 1.0
        for factor, times in factors:
            value /= (1 + factor * square) ** times
        if value < _FORGET:
            break
        values.append(value if 2 * index != points else value / 2)
    return step, values


def _within(step: float, spectrum: list[float], distance: int) -> float:
    """The sum over |z| <= distance: the values against the Dirichlet kernel of that width."""
    total = 2.0 * distance + 1
    for index, value in enumerate(spectrum, 1):
        angle = index * step
        total += 2 * value * sin((distance + 0.5) * angle) / sin(angle / 2)
    return min(1.0, max(0.0, total * step / (2 * pi)))
