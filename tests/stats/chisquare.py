"""Pearson's test of a sample against exact probabilities."""

from collections import Counter
from collections.abc import Callable, Iterable
from math import exp, lgamma, log


def tail(statistic: float, freedom: int) -> float:
    """The probability of a chi-square statistic at least as large: the upper incomplete gamma function, regularised."""
    a, x = freedom / 2, statistic / 2
    if x <= 0:
        return 1.0
    scale = exp(a * log(x) - x - lgamma(a))
    if x < a + 1:  # the series of the lower function
        term = total = 1 / a
        while term > total * 1e-16:
            a += 1
            term *= x / a
            total += term
        return 1 - total * scale
    b, c = x + 1 - a, 1e300  # Lentz's continued fraction
    d = 1 / b
    total = d
    for n in range(1, 10_000):
        b += 2
        an = -n * (n - a)
        d = 1 / (an * d + b)
        c = b + an / c
        total *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return total * scale


def p_value(sample: Iterable[int], probability: Callable[[int], float], *, least: float = 8.0) -> float:
    """How probable a sample at least as odd is. Values expected fewer than `least` times are pooled at either end."""
    seen = Counter(sample)
    size = sum(seen.values())
    low = high = 0
    while size * probability(low - 1) >= least:
        low -= 1
    while size * probability(high + 1) >= least:
        high += 1
    statistic = 0.0
    inner = 0.0
    for value in range(low, high + 1):
        expected = size * probability(value)
        inner += expected
        statistic += (seen[value] - expected) ** 2 / expected
    outside = size - inner
    rest = sum(times for value, times in seen.items() if not low <= value <= high)
    statistic += (rest - outside) ** 2 / outside
    return tail(statistic, high - low + 1)
