"""The true totals beside the released ones: on the screen, and in the last line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from demo.counting import Counted
from schemas.period import first_day
from schemas.records.labels import label
from schemas.tables.sources import sources
from stats.accuracy import half_width
from stats.table import Figure, table

MOST = 5
"""Lines of an axis: the weightiest, and those that are told apart."""
APART = ("moral_injury_distress", "burnout_exhaustion")


@dataclass(frozen=True)
class Line:
    """One code of an axis, in the releases of one table, one after the other."""

    words: str
    truths: tuple[int, ...]
    figures: tuple[Figure, ...]

    @property
    def released(self) -> int:
        return sum(figure.count for figure in self.figures)

    @property
    def deviation(self) -> float:
        """The promised standard deviation of `released`: the noises of the periods are independent."""
        return sqrt(sum(figure.deviation**2 for figure in self.figures))


def line(periods: Sequence[Counted], axis: int, code: str) -> Line:
    """Of all periods in which the table was counted."""
    task = periods[0].release.task
    place = task.axes[axis].codes.index(code)
    cells = [cell for cell in range(task.cells) if task.codes_of(cell)[axis : axis + 1] == (code,)]
    labels = sources()[task.source][task.axes[axis].name].labels
    return Line(
        label("en", labels, code) if labels else code,
        tuple(sum(one.truth[cell] for cell in cells) for one in periods),
        tuple(table(one.release).along(axis, place) for one in periods),
    )


def by_name(counted: Iterable[Counted]) -> dict[str, list[Counted]]:
    """Table -> its periods, the earliest first."""
    found: dict[str, list[Counted]] = {}
    for one in counted:
        found.setdefault(one.name, []).append(one)
    return found


def kind_released(counted: Iterable[Counted], kind: str) -> int:
    """Contacts of a kind, added up from the cells of all released periods."""
    return line(by_name(counted)["contacts"], 0, kind).released


def shown(counted: Iterable[Counted]) -> list[str]:
    """What a lead may read, with what the demonstration alone knows beside it."""
    found = list(counted)
    lines = ["", *(f"  {sentence}" for sentence in _said(found))]
    for periods in by_name(found).values():
        task = periods[0].release.task
        for axis, each in enumerate(task.axes):
            lines += ["", *_heading(label("en", "table_axis", each.name), periods)]
            known = [line(periods, axis, code) for code in each.codes]
            weightiest = sorted(known, key=lambda one: -sum(one.truths))[:MOST]
            apart = [line(periods, axis, code) for code in APART if code in each.codes]
            lines += [_row(one) for one in dict.fromkeys((*apart, *weightiest))]
    return lines


def _said(counted: Sequence[Counted]) -> list[str]:
    """What one has to know to read the tables."""
    task, reports = counted[0].release.task, min(one.release.reports for one in counted)
    both = [line(by_name(counted)["contacts"], 0, kind) for kind in ("one_to_one", "group")]
    late = sum(one.late for one in counted)
    inside = [
        abs(cell - told) <= half_width(one.release.scales)
        for one in counted
        for cell, told in zip(one.release.cells, one.told, strict=True)
    ]
    return [
        f"{reports} accounts reported to each. Epsilon {task.epsilon / 100:.2f} each, no total of fewer than {task.k}.",
        "January: shares at server and lead, noise of the server. From February a supporter adds a share, and noise.",
        'Released: what the lead has; below 5, people are shown "<5". True: what supporters logged, known to the demo.',
        f"Error: noise, and what came after the report ({late}). Promised: the standard deviation of the noise.",
        f"{sum(inside)} of {len(inside)} cells are within their 95 % interval.",
        *(
            f"Both months, {one.words.lower()}: {one.released} released, {sum(one.truths)} true, sd {one.deviation:.1f}"
            for one in both
        ),
    ]


def _heading(title: str, periods: Sequence[Counted]) -> list[str]:
    source = label("en", "table_source", periods[0].release.task.source)
    return [
        f"{source} by {title.lower()}",
        f"  {'':<34}" + "".join(f"{_period(one):>32}" for one in periods),
        f"  {'':<34}" + f"{'true  released  error  promised':>32}" * len(periods),
    ]


def _period(one: Counted) -> str:
    kind, number = one.release.task.period_kind, one.release.period
    first = first_day(kind, number)
    return first.strftime("%B") if kind == "month" else f"quarter {number % 4 + 1}"


def _row(one: Line) -> str:
    cells = (
        f"{truth:>6}{figure.count:>10}{figure.count - truth:>+7}{'sd ' + format(figure.deviation, '.1f'):>9}"
        for truth, figure in zip(one.truths, one.figures, strict=True)
    )
    return f"  {one.words:<34}" + "".join(cells)
