"""Polynomials by their values at roots of unity, as draft-irtf-cfrg-vdaf-20 has them since `VERSION` 18.

Many polynomials are worked on at once: a row holds the values of all of them at one root.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from operator import add, mul, sub
from typing import TypeAlias

from stats.errors import ReportRefused
from stats.prio3.field import Field, roots

Row: TypeAlias = Sequence[int]


def dot(one: Row, other: Row) -> int:
    """The inner product, not reduced, as far as the shorter vector goes."""
    return sum(map(mul, one, other))


def between(field: Field, rows: list[Row]) -> list[list[int]]:
    """The values half a step further on: at w^(2i + 1), for the values at w^(2i), w of order `2 * len(rows)`.

    `len(rows)` is a power of two; every polynomial has a degree below it. Not reduced, and of the size of a few
    elements. By inverse transform, a twist by w and a transform (Faz-Hernandez, ia.cr/2025/1727, section 3.3).
    """
    size, modulus = len(rows), field.modulus
    forward, backward, twist = _twiddles(field, size)
    coefficients = _transform(rows, backward, modulus)
    twisted: list[Row] = [[x * w % modulus for x in row] for row, w in zip(coefficients, twist, strict=True)]
    return [list(row) for row in _transform(twisted, forward, modulus)]


@lru_cache(maxsize=64)
def _twiddles(field: Field, size: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Half the roots of order `size`, half their inverses, and w^i / size for w of order `2 * size`."""
    forward, fine = roots(field, size), roots(field, 2 * size)
    backward = (1, *forward[:0:-1])
    scale = field.inverse(size)
    half = max(1, size // 2)
    return forward[:half], backward[:half], tuple(scale * w % field.modulus for w in fine[:size])


def _transform(rows: list[Row], powers: Row, modulus: int) -> list[Row]:
    """The number theoretic transform. Sums are not reduced: each of at most 66 levels adds one bit."""
    if len(rows) == 1:
        return rows
    even = _transform(rows[::2], powers[::2], modulus)
    odd = _transform(rows[1::2], powers[::2], modulus)
    low, high = list[Row](), list[Row]()
    for left, right, w in zip(even, odd, powers, strict=True):
        turned = right if w == 1 else [x * w % modulus for x in right]
        low.append(list(map(add, left, turned)))
        high.append(list(map(sub, left, turned)))
    return low + high


def weights(field: Field, size: int, point: int) -> tuple[list[int], list[int]]:
    """What a verifier multiplies values with, to have a polynomial's value at `point`.

    First for a polynomial of degree < `size` by its values at the roots of order `size`; then for one of degree
    < `2 * size - 1` by its values at the first `2 * size - 1` roots w^k of order `2 * size`. The weight of w^k among n
    nodes is (x^n - 1) / n * w^k / (x - w^k); as the leading coefficient is zero, the value at the last node
    is -w times the sum of all v_k w^k, and its weight is shared out among the others.

    Raises ReportRefused("test-point") for a root of unity: the value there would be the measurement's own (section
    7.3.4 refuses those of order `size`; those of order `2 * size`, no likelier, are refused here too).
    """
    modulus, nodes = field.modulus, roots(field, 2 * size)
    power = pow(point, size, modulus)
    fine_power = power * power % modulus
    if fine_power == 1:
        raise ReportRefused("test-point")
    differences = [point - node for node in nodes]
    # One inversion for all: each costs about thirty multiplications.
    products = list(accumulate(differences, lambda one, other: one * other % modulus))
    inverse = field.inverse(products[-1])
    shares = [0] * len(nodes)
    for k in range(len(nodes) - 1, 0, -1):
        shares[k] = nodes[k] * inverse * products[k - 1] % modulus
        inverse = inverse * differences[k] % modulus
    shares[0] = inverse
    coarse = (power - 1) * field.inverse(size) % modulus
    fine = (fine_power - 1) * field.inverse(2 * size) % modulus
    last = fine * shares[-1] % modulus
    return (
        [coarse * share % modulus for share in shares[::2]],
        [(fine * share - last * node) % modulus for share, node in zip(shares[:-1], nodes[1:], strict=True)],
    )
