"""Vectors of the noise of a release."""

from fractions import Fraction

from stats.noise import noise
from tests.vectors.seeded import seeded
from tests.vectors.vector import Lists, Vector, vector

SCALES = {
    "wellbeing, or one contact, at epsilon 1": Fraction(2),
    "hours at epsilon 1": Fraction(6),
    "a supporter with B = 20": Fraction(40),
    "epsilon 0.30": Fraction(20, 3),
    "epsilon 0.07": Fraction(200, 7),
    "narrower than one": Fraction(1, 3),
    "of many bits": Fraction(2**70 + 1, 2**64),
}


def noises() -> list[Vector]:
    draw = seeded("noise")
    key, leaf = draw(32), draw(32)
    return [
        vector(
            f"{name}, aggregator {index}",
            "ok",
            "scale = numerator / denominator",
            key=key,
            closing_leaf=leaf,
            index=index,
            # Text: many readers of JSON round what is above 2^53.
            numerator=str(scale.numerator),
            denominator=str(scale.denominator),
            noise=noise(key, leaf, index, 24, scale),
        )
        for name, scale in SCALES.items()
        for index in (0, 2)
    ]


LISTS: Lists = {"noise": noises}
