"""Tables for programs: CSV for spreadsheets, JSON for the rest.

`count` is what was released, noise included, and may be negative: sums are made from it. `shown` is for people.
"""

import csv
import json
from collections.abc import Iterable
from io import StringIO
from typing import Any

from stats.accuracy import Ratio, shown_count
from stats.report.words import axis_name, code_name, title
from stats.table import Figure, Table, days

VERSION = 1
COLUMNS = (
    "table", "source", "first_day", "last_day", "axis_1", "code_1", "label_1", "axis_2", "code_2", "label_2", "count",
    "shown", "error_95", "standard_deviation", "reports", "rejected", "k", "epsilon", "unit", "bound", "noises",
)  # fmt: skip


def as_csv(tables: Iterable[Table]) -> str:
    """A line for each cell of each table, sums left out; lines end with CRLF (RFC 4180)."""
    out = StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", extrasaction="ignore")
    writer.writeheader()
    for shown in tables:
        document = _document(shown)
        for cell in document["cells"]:
            line = {**document, **cell}
            for place, axis in enumerate(document["axes"], 1):
                line[f"axis_{place}"] = axis["name"]
            for place, (code, name) in enumerate(zip(cell["codes"], cell["labels"], strict=True), 1):
                line |= {f"code_{place}": code, f"label_{place}": name}
            for name in ("reports", "noises"):
                line[name] = ";".join(map(str, document[name]))
            writer.writerow(line)
    return out.getvalue()


def as_json(tables: Iterable[Table]) -> str:
    """`{"version": 1, "tables": [...]}`."""
    return json.dumps({"version": VERSION, "tables": [_document(shown) for shown in tables]}, indent=1) + "\n"


def _document(shown: Table) -> dict[str, Any]:
    """A table. `reports` and `noises` have a number for each period added up; codes of the cell "none" are empty."""
    task = shown.task
    first, last = days(shown)
    ratios = {"mean_zone": shown.mean_zone(), "low_share": shown.low_share(), "good_share": shown.good_share()}
    return {
        "table": title(shown),
        "source": task.source,
        "axes": [{"name": axis.name, "label": axis_name(shown, place)} for place, axis in enumerate(task.axes)],
        "span": shown.span,
        "first_day": first,
        "last_day": last,
        "unit": task.unit,
        "bound": task.bound,
        "k": task.k,
        "epsilon": task.epsilon / 100,
        "reports": list(shown.reports),
        "rejected": sum(release.rejected for release in shown.releases),
        "noises": [release.task.noises for release in shown.releases],
        "openings": [release.opening.hex() for release in shown.releases],
        "released": [release.released.isoformat() for release in shown.releases],
        "cells": [_cell(shown, cell) for cell in range(len(shown.cells))],
        "total": _figure(shown.total()),
        **{name: _ratio(ratio) for name, ratio in ratios.items() if task.once},
    }


def _cell(shown: Table, cell: int) -> dict[str, Any]:
    codes = shown.task.codes_of(cell)
    labels = [code_name(shown, place, code) for place, code in enumerate(codes)]
    return {"codes": list(codes), "labels": labels, **_figure(shown.figure(cell))}


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "count": figure.count,
        "shown": shown_count(figure.count),
        "error_95": figure.error,
        "standard_deviation": figure.deviation,
    }


def _ratio(ratio: Ratio | None) -> dict[str, float] | None:
    return None if ratio is None else {"value": ratio.value, "error_95": ratio.error}
