"""A bar chart as SVG: a bar for each line of a table, and a whisker for what the noise may have made of it."""

from collections.abc import Sequence
from html import escape
from textwrap import wrap

from stats.report.words import Row

_WIDTH, _LABELS, _FIGURES = 620, 230, 80
_LINE, _TEXT, _TOP = 26, 15, 6
_LETTERS = 34


def bar_chart(rows: Sequence[Row], *, name: str, title: str, about: str) -> str:
    """An `<svg>` element. `name`: unique on the page; the rest is escaped here. Raises ValueError without rows."""
    if not rows:
        raise ValueError("a chart of nothing")
    most = _ceiling(max(row.figure.count + row.figure.error for row in rows))
    left, right = _LABELS + 10, _WIDTH - _FIGURES
    scale = (right - left) / most
    labels = [wrap(row.label, _LETTERS) for row in rows]
    heights = [_LINE + _TEXT * (len(lines) - 1) for lines in labels]
    bottom = _TOP + sum(heights)
    view, named = f"0 0 {_WIDTH} {bottom + 24}", f"{escape(name)}-title {escape(name)}-desc"
    parts = [
        f'<svg class="chart" viewBox="{view}" role="img" aria-labelledby="{named}">',
        f'<title id="{escape(name)}-title">{escape(title)}</title>',
        f'<desc id="{escape(name)}-desc">{escape(about)}</desc>',
    ]
    for tick in range(0, most + 1, _step(most)):
        x = left + tick * scale
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{bottom}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{bottom + 17}" text-anchor="middle">{tick}</text>')
    top = float(_TOP)
    for row, lines, height in zip(rows, labels, heights, strict=True):
        middle = top + height / 2
        for place, line in enumerate(lines):
            y = middle + 4.5 + _TEXT * (place - (len(lines) - 1) / 2)
            parts.append(f'<text class="label" x="{_LABELS}" y="{y:.1f}" text-anchor="end">{escape(line)}</text>')
        parts += _bar(row, left, middle, scale)
        number = f"{row.figure.count}" if not _is_small(row) else str(row.figure)
        kind = "small" if _is_small(row) else "figure"
        parts.append(
            f'<text class="{kind}" x="{_WIDTH}" y="{middle + 4.5:.1f}" text-anchor="end">{escape(number)}</text>'
        )
        top += height
    return "\n".join([*parts, "</svg>"])


def _bar(row: Row, left: float, middle: float, scale: float) -> list[str]:
    """Nothing is drawn for what is shown as "<5" but how far it may reach."""
    count, error = row.figure.count, row.figure.error
    low, high = (left + max(0, count + side) * scale for side in (-error, error))
    parts = []
    if not _is_small(row):
        parts.append(
            f'<rect class="bar" x="{left:.1f}" y="{middle - 8:.1f}" width="{count * scale:.1f}" height="16" rx="1.5"/>'
        )
    if high > left:
        ends = f"M{high:.1f} {middle - 4:.1f}v8" + (f"M{low:.1f} {middle - 4:.1f}v8" if low > left else "")
        parts.append(f'<path class="whisker" d="M{low:.1f} {middle:.1f}H{high:.1f}{ends}"/>')
    return parts


def _is_small(row: Row) -> bool:
    return str(row.figure).startswith("<")


def _step(most: int) -> int:
    """The distance of the ticks: 1, 2 or 5 times a power of ten, so that there are at most six."""
    size = 1
    while True:
        for times in (1, 2, 5):
            if most <= 6 * times * size:
                return times * size
        size *= 10


def _ceiling(most: int) -> int:
    """The next tick above the longest whisker."""
    most = max(most, 5)
    step = _step(most)
    return -(-most // step) * step
