import csv
import json
from io import StringIO

import pytest

from stats.report.as_data import COLUMNS, as_csv, as_json
from stats.table import added, table
from tests.stats.report.samples import AUTUMN, KINDS, MODALITIES, OCTOBER, programme, release, task


@pytest.mark.parametrize("n", [20, 100, 1000])
def test_csv_has_a_line_for_each_cell_and_json_says_the_same(n: int) -> None:
    tables = [table(one) for one in programme(n)]
    text = as_csv(tables)
    assert text.count("\r\n") == text.count("\n") == 1 + sum(len(shown.cells) for shown in tables)
    lines = list(csv.DictReader(StringIO(text)))
    cells = [(found, cell) for found in json.loads(as_json(tables))["tables"] for cell in found["cells"]]
    assert [int(line["count"]) for line in lines] == [count for shown in tables for count in shown.cells]
    for line, (found, cell) in zip(lines, cells, strict=True):
        assert tuple(line) == COLUMNS
        assert int(line["count"]) == cell["count"]
        assert line["shown"] == cell["shown"] == ("<5" if cell["count"] < 5 else str(cell["count"]))
        assert [code for code in (line["code_1"], line["code_2"]) if code] == cell["codes"]
        assert float(line["standard_deviation"]) == cell["standard_deviation"]
        assert float(line["epsilon"]) == found["epsilon"] == 1
        assert int(line["k"]) == found["k"] == 8
        assert [int(line["reports"])] == found["reports"]
        assert (line["first_day"], line["last_day"]) == (found["first_day"], found["last_day"])
    # A spreadsheet runs what begins so.
    assert not any(value[:1] in set("=+@\t") for line in lines for value in line.values())


def test_a_quarter_names_each_of_its_periods() -> None:
    axes = ("contact_kind", KINDS), ("modality", MODALITIES)
    of = [task("contact", *axes, shares=shares) for shares in (2, 3, 2)]
    months = [release(each, [9] * 12, OCTOBER + at, 20 + at, seed=at) for at, each in enumerate(of)]
    shown = added(months, "quarter", AUTUMN)
    (found,) = json.loads(as_json([shown]))["tables"]
    assert found["span"] == "quarter"
    assert found["reports"] == [20, 21, 22]
    assert found["noises"] == [1, 2, 1]
    assert len(found["openings"]) == len(set(found["openings"])) == 3
    line = next(csv.DictReader(StringIO(as_csv([shown]))))
    assert (line["reports"], line["noises"]) == ("20;21;22", "1;2;1")
    assert (line["first_day"], line["last_day"]) == ("2026-10-01", "2026-12-31")


def test_nothing_released() -> None:
    assert as_csv([]) == ",".join(COLUMNS) + "\r\n"
    assert json.loads(as_json([])) == {"version": 1, "tables": []}
