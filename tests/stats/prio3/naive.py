"""Polynomials the slow way: what the closed forms must agree with."""

from collections.abc import Sequence

from stats.prio3.field import Field


def evaluate(field: Field, coefficients: Sequence[int], point: int) -> int:
    return sum(c * pow(point, k, field.modulus) for k, c in enumerate(coefficients)) % field.modulus


def interpolate(field: Field, points: Sequence[int], values: Sequence[int], at: int) -> int:
    """Lagrange, from the definition."""
    total = 0
    for k, value in enumerate(values):
        for j in range(len(values)):
            if j != k:
                value = value * (at - points[j]) * field.inverse(points[k] - points[j]) % field.modulus  # noqa: PLW2901
        total += value
    return total % field.modulus
