"""The judge of samplers is judged by tables of the distribution, and by samples that it must tell apart."""

import pytest

from tests.stats.chisquare import p_value, tail


@pytest.mark.parametrize(
    ("statistic", "freedom", "known"),
    [(3.841459, 1, 0.05), (6.634897, 1, 0.01), (18.307038, 10, 0.05), (29.588298, 10, 0.001), (9.341818, 10, 0.5)],
)
def test_tail_agrees_with_the_printed_tables(statistic: float, freedom: int, known: float) -> None:
    assert tail(statistic, freedom) == pytest.approx(known, rel=1e-5)


def test_a_fair_sample_passes_and_a_loaded_one_does_not() -> None:
    def fair(value: int) -> float:
        return 0.25 if -1 <= value <= 2 else 0.0

    def almost(value: int) -> float:
        return fair(value) * 0.999

    assert p_value([-1, 0, 1, 2] * 250, almost) > 0.5
    assert p_value([-1, 0, 1, 2, 2] * 200, almost) < 1e-6
