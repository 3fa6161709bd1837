"""The noise of a release: exactly the distribution it claims, and the same again after a crash. Streams are fixed."""

from fractions import Fraction
from hashlib import shake_256
from itertools import pairwise
from math import exp, sqrt
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.public.turboshake import turboshake128
from stats.accuracy import variance, within
from stats.noise import Stream, noise, noise_stream, noised
from stats.prio3.field import FIELD128
from stats.prio3.share import Share
from tests.stats.chisquare import p_value
from tests.vectors import make

KEY, LEAF = bytes(range(32)), bytes(range(32, 64))
SCALES = [Fraction(1, 3), Fraction(1), Fraction(2), Fraction(6), Fraction(20, 3), Fraction(40)]
SAMPLE = 20_000


def exact(scale: Fraction, value: int) -> float:
    q = exp(-1 / float(scale))
    return (1 - q) / (1 + q) * q ** abs(value)


def drawn(scale: Fraction = Fraction(2)) -> list[int]:
    return noise(KEY, LEAF, 0, SAMPLE, scale)


class Dice:
    """Bytes that count what is taken of them."""

    def __init__(self, data: bytes) -> None:
        self.data, self.taken = data, 0

    def read(self, length: int) -> bytes:
        self.taken += length
        assert self.taken <= len(self.data)
        return self.data[self.taken - length : self.taken]


@pytest.fixture(scope="module")
def samples() -> dict[Fraction, list[int]]:
    return {scale: noise(KEY, LEAF, 0, SAMPLE, scale) for scale in SCALES}


@pytest.mark.parametrize("scale", SCALES)
def test_chi_square(samples: dict[Fraction, list[int]], scale: Fraction) -> None:
    assert p_value(samples[scale], lambda value: exact(scale, value)) > 0.001


@pytest.mark.parametrize("scale", SCALES)
def test_moments(samples: dict[Fraction, list[int]], scale: Fraction) -> None:
    sample, expected = samples[scale], variance(scale)
    kurtosis = 6 + 1 / expected
    assert abs(sum(sample)) / SAMPLE < 4 * sqrt(expected / SAMPLE)
    found = sum(value * value for value in sample) / SAMPLE
    assert abs(found - expected) < 4 * expected * sqrt((kurtosis - 1) / SAMPLE)


@pytest.mark.parametrize("scale", SCALES)
def test_neighbours_in_the_stream_are_independent(samples: dict[Fraction, list[int]], scale: Fraction) -> None:
    sample = samples[scale]
    together = sum(a * b for a, b in pairwise(sample))
    assert abs(together) / SAMPLE < 4 * variance(scale) / sqrt(SAMPLE)


def exact_sum(scale: Fraction, value: int) -> float:
    """Of two noises of one scale: the convolution, summed up."""
    q = exp(-1 / float(scale))
    return ((1 - q) / (1 + q)) ** 2 * q ** abs(value) * (abs(value) + (1 + q * q) / (1 - q * q))


def with_second(first: Fraction, second: Fraction) -> list[int]:
    """Of the server and of the second aggregator, of one release."""
    drawn = noise(KEY, LEAF, 0, SAMPLE, first), noise(LEAF, LEAF, 2, SAMPLE, second)
    return [sum(each) for each in zip(*drawn, strict=True)]


@pytest.mark.parametrize("scale", SCALES)
def test_chi_square_of_two_noises(scale: Fraction) -> None:
    assert p_value(with_second(scale, scale), lambda value: exact_sum(scale, value)) > 0.001


@pytest.mark.parametrize(
    ("name", "sample"),
    [
        ("one left out", drawn),
        ("one noise twice", lambda: [2 * value for value in drawn()]),
        ("one of half the scale", lambda: with_second(Fraction(2), Fraction(1))),
        ("one of twice the scale", lambda: with_second(Fraction(2), Fraction(4))),
    ],
)
def test_chi_square_tells_a_broken_sum(name: str, sample: Any) -> None:
    assert p_value(sample(), lambda value: exact_sum(Fraction(2), value)) < 1e-4, name


@given(st.lists(st.integers(0, FIELD128.modulus - 1), min_size=1, max_size=9), st.integers(0, 255))
@settings(max_examples=30)
def test_a_sum_gets_its_noise_modulo_the_prime(elements: list[int], index: int) -> None:
    found = noised(Share(FIELD128, elements), KEY, LEAF, index, Fraction(40))
    added = noise(KEY, LEAF, index, len(elements), Fraction(40))
    assert found.elements == tuple((one + more) % FIELD128.modulus for one, more in zip(elements, added, strict=True))


@pytest.mark.parametrize(
    ("name", "sample"),
    [
        ("half the scale", lambda: drawn(Fraction(1))),
        ("a tenth too wide", lambda: drawn(Fraction(22, 10))),
        ("no noise", lambda: [0] * SAMPLE),
        ("two zeros for one", lambda: [value for value in drawn() for _ in range(2 if value == 0 else 1)]),
        ("never negative", lambda: [abs(value) for value in drawn()]),
        ("one in twenty left out", lambda: [value if i % 20 else 0 for i, value in enumerate(drawn())]),
    ],
)
def test_chi_square_tells_a_broken_sampler(name: str, sample: Any) -> None:
    assert p_value(sample(), lambda value: exact(Fraction(2), value)) < 1e-4, name


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 1), (1, 100), (1, 2), (99, 100), (1, 1)])
def test_the_coin_of_an_exponential_has_its_probability(numerator: int, denominator: int) -> None:
    stream = noise_stream(KEY, LEAF, 7)
    heads = sum(stream.happens_exp(numerator, denominator) for _ in range(SAMPLE))
    chance = exp(-numerator / denominator)
    assert abs(heads - SAMPLE * chance) <= 4 * sqrt(SAMPLE * chance * (1 - chance))


@pytest.mark.parametrize("bound", [1, 2, 3, 7, 256, 257])
def test_below_is_uniform(bound: int) -> None:
    stream = noise_stream(KEY, LEAF, 8)
    drawn = [stream.below(bound) for _ in range(SAMPLE)]
    assert set(drawn) <= set(range(bound))
    if bound > 1:
        assert p_value(drawn, lambda value: 1 / (bound + 1e-9) if 0 <= value < bound else 0.0) > 0.001


@given(st.integers(1, 2**80), st.binary(min_size=2000, max_size=2000))
def test_below_is_the_first_number_small_enough(bound: int, data: bytes) -> None:
    bits = (bound - 1).bit_length()
    length = -(-bits // 8)
    wide = shake_256(data).digest(20_000)
    values = [int.from_bytes(wide[i : i + length], "big") >> (8 * length - bits) for i in range(0, 10_000, length or 1)]
    dice = Dice(wide)
    assert Stream(dice).below(bound) == next(value for value in values if value < bound)
    assert (dice.taken == 0) == (bound == 1)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), st.integers(0, 255))
@settings(max_examples=30)
def test_the_same_again_and_nothing_else(key: bytes, leaf: bytes, index: int) -> None:
    scale = Fraction(40)
    once = noise(key, leaf, index, 24, scale)
    assert noise(key, leaf, index, 24, scale) == once
    assert noise(key, leaf, index, 30, scale)[:24] == once  # A cell's noise does not depend on later cells.
    flipped = bytes([key[0] ^ 1]) + key[1:]
    assert noise(flipped, leaf, index, 24, scale) != once
    assert noise(key, bytes([leaf[0] ^ 1]) + leaf[1:], index, 24, scale) != once
    assert noise(key, leaf, index ^ 1, 24, scale) != once


@given(st.fractions(min_value=Fraction(1, 50), max_value=5000), st.integers(0, 2**32))
@settings(max_examples=60)
def test_every_scale_gives_numbers_of_its_size(scale: Fraction, seed: int) -> None:
    drawn = noise(seed.to_bytes(32, "big"), LEAF, 0, 3, scale)
    # Farther than 60 scales lies one in e^60: never.
    assert all(abs(value) <= 60 * scale for value in drawn)


def test_what_makes_no_noise_is_refused() -> None:
    for key, leaf, index in [(KEY[1:], LEAF, 0), (KEY, LEAF + b"x", 0), (KEY, LEAF, -1), (KEY, LEAF, 256)]:
        with pytest.raises(ValueError):
            noise(key, leaf, index, 1, Fraction(2))
    for scale in (Fraction(0), Fraction(-1, 2)):
        with pytest.raises(ValueError):
            noise(KEY, LEAF, 0, 1, scale)
    with pytest.raises(ValueError):
        Stream(Dice(b"")).below(0)


def by_the_page(key: bytes, leaf: bytes, index: int, cells: int, scale: Fraction) -> list[int]:
    """The noise again, from the words of page 10 and the paper's fractions alone."""
    stream = turboshake128(HKDF(SHA256(), 32, b"", b"hallway/1 noise\0" + leaf + bytes([index])).derive(key), 0x1F)

    def uniform(bound: int) -> int:
        bits = 0
        while 2**bits < bound:
            bits += 1
        if not bits:
            return 0
        whole = -(-bits // 8)
        number = int.from_bytes(stream.read(whole), "big") // 2 ** (8 * whole - bits)
        return number if number < bound else uniform(bound)

    def coin(chance: Fraction, denominator: int) -> bool:
        return Fraction(uniform(denominator), denominator) < chance

    def coin_exp(gamma: Fraction, denominator: int) -> bool:
        k = 1
        while coin(gamma / k, denominator * k):
            k += 1
        return k % 2 == 1

    def one() -> int:
        t, s = scale.numerator, scale.denominator
        u = uniform(t)
        if not coin_exp(Fraction(u, t), t):
            return one()
        v = 0
        while coin_exp(Fraction(1), 1):
            v += 1
        y = (u + t * v) // s
        if uniform(2) == 0:
            return -y if y else one()
        return y

    return [one() for _ in range(cells)]


def test_vectors() -> None:
    for vector in make.load("noise"):
        scale = Fraction(vector["numerator"], vector["denominator"])
        key, leaf = bytes.fromhex(vector["key"]), bytes.fromhex(vector["closing_leaf"])
        assert noise(key, leaf, vector["index"], len(vector["noise"]), scale) == vector["noise"], vector["name"]
        assert by_the_page(key, leaf, vector["index"], len(vector["noise"]), scale) == vector["noise"], vector["name"]


def test_another_exact_sampler_draws_from_the_same_distribution() -> None:
    """OpenDP's discrete Laplace against the probabilities that our own sample is held to."""
    opendp = pytest.importorskip("opendp.prelude")
    opendp.enable_features("contrib")
    scale = Fraction(2)
    domain = opendp.vector_domain(opendp.atom_domain(T="i32"))
    theirs = opendp.m.make_laplace(domain, opendp.l1_distance(T="i32"), scale=float(scale))([0] * SAMPLE)
    # Their stream is random: a threshold that a right sampler misses once in a million runs.
    assert p_value(theirs, lambda value: exact(scale, value)) > 1e-6
    ours = noise(KEY, LEAF, 1, SAMPLE, scale)
    for distance in range(8):
        chance = within([scale], distance)
        for sample in (ours, theirs):
            found = sum(abs(value) <= distance for value in sample) / SAMPLE
            assert abs(found - chance) < 5.5 * sqrt(chance * (1 - chance) / SAMPLE)
