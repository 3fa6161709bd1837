"""Tables for a terminal of 80 columns."""

from collections.abc import Iterable
from textwrap import wrap

from stats.report.words import Row, facts, period, rows, summary, title
from stats.table import Table

WIDTH = 80
_LABEL, _FIGURE, _BAR = 38, 14, 24

NOTE = (
    "Each count has noise in it, so that no single one can be made out in it. What was reported lies within the ± "
    'in 19 of 20 cases; "<5" may be nothing at all. Two counts whose ranges overlap are not known to differ.'
)


def as_text(tables: Iterable[Table]) -> str:
    """One block a table, and the note that belongs to all of them; plain text, lines of at most 80 characters."""
    blocks = [_block(shown) for shown in tables]
    if not blocks:
        return "Nothing has been released.\n"
    return "\n\n".join([*blocks, "\n".join(wrap(NOTE, WIDTH))]) + "\n"


def _block(shown: Table) -> str:
    lines = [*wrap(title(shown), WIDTH), f"{period(shown)}", ""]
    found = rows(shown)
    # "All" would make every other bar short: it has none.
    coded = found[: -2 if shown.task.once else -1]
    most = max(1, *(row.figure.count + row.figure.error for row in coded if row.part or not _has_parts(found)))
    for row in found:
        drawn = row in coded and (row.part or not _has_parts(found))
        lines += _line(row, _bar(row, most) if drawn else "")
    lines += ["", *(line for said in summary(shown) for line in wrap(said, WIDTH))] if shown.task.once else [""]
    for name, value in facts(shown):
        lines += wrap(f"{name}: {value}", WIDTH, subsequent_indent="  ")
    return "\n".join(lines)


def _has_parts(found: list[Row]) -> bool:
    return any(row.part for row in found)


def _line(row: Row, bar: str) -> list[str]:
    indent = "    " if row.part else "  "
    *before, last = wrap(row.label, _LABEL, initial_indent=indent, subsequent_indent=indent + "  ")
    return [*before, f"{last:<{_LABEL}}{row.figure!s:>{_FIGURE}}  {bar}".rstrip()]


def _bar(row: Row, most: int) -> str:
    """Solid as far as the count surely goes, shaded as far as it may."""
    if str(row.figure).startswith("<"):
        return ""
    sure = max(0, row.figure.count - row.figure.error) * _BAR // most
    maybe = (row.figure.count + row.figure.error) * _BAR // most
    return "█" * sure + "▒" * (maybe - sure)
