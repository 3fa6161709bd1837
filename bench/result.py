"""One line of the report: a rate, the baseline's rate in the same run, and what their ratio ought to be."""

from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True)
class Result:
    """`bar` is the ratio wanted or, if `absolute`, the rate wanted; `more` are further figures of the same run."""

    work: str
    name: str
    rate: float
    unit: str
    baseline: str
    baseline_rate: float
    bar: float
    absolute: bool = False
    more: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return self.rate / self.baseline_rate

    @property
    def met(self) -> bool:
        return (self.rate if self.absolute else self.ratio) >= self.bar

    def as_json(self) -> str:
        value: dict[str, Any] = {
            "work": self.work,
            "name": self.name,
            "rate": _figure(self.rate),
            "unit": self.unit,
            "baseline": self.baseline,
            "baseline_rate": _figure(self.baseline_rate),
            "ratio": _figure(self.ratio),
            "bar": self.bar,
            "bar_of": "rate" if self.absolute else "ratio",
            "met": self.met,
            **{name: _figure(value) for name, value in self.more.items()},
        }
        return orjson.dumps(value).decode()

    def as_row(self) -> tuple[str, ...]:
        """The same for people."""
        more = ", ".join(f"{name} {_figure(value):,}" for name, value in self.more.items())
        bar = f"{self.bar:,.0f} {self.unit}" if self.absolute else f"{self.bar}"
        return (
            self.work,
            f"{self.name} ({more})" if more else self.name,
            f"{self.rate:,.0f} {self.unit}",
            self.baseline,
            f"{self.baseline_rate:,.0f}",
            f"{self.ratio:.2f}",
            bar,
            "yes" if self.met else "NO",
        )


def percentile(values: list[float], percent: float) -> float:
    """The value below which so many percent of `values` lie."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * percent / 100))]


def median(values: list[float]) -> float:
    return percentile(values, 50)


def _figure(value: float) -> float:
    """Four significant digits: more would pretend."""
    return float(f"{value:.4g}")
