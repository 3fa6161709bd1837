"""Every work runs, at a tiny scale, and says what it must in JSON. The figures themselves are for `make bench`."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from bench.__main__ import LONG, WORKS
from bench.flush import CONTACT, PER_FLUSH, PER_SMALL_FLUSH, plaintext
from bench.result import Result, percentile
from crypto.secret.body import RUNGS, capacity
from schemas.records import validate
from sync.device.changes import decode_content

ROOT = Path(__file__).resolve().parents[2]
MEMBERS = {"work", "name", "rate", "unit", "baseline", "baseline_rate", "ratio", "bar", "bar_of", "met"}


def bench(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        check=False,
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", WORKS | LONG)
def test_work_runs_and_reports(name: str, tmp_path: Path) -> None:
    done = bench("--only", name, BENCH_SCALE="0.001" if name in LONG else "0.01", TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines
    for line in lines:
        assert line.keys() >= MEMBERS
        assert line["rate"] > 0
        assert line["baseline_rate"] > 0
        wanted = line["rate"] if line["bar_of"] == "rate" else line["ratio"]
        # The figures are rounded after they were compared.
        assert line["met"] == (wanted >= line["bar"]) or wanted == pytest.approx(line["bar"], rel=1e-3)
    assert list(tmp_path.iterdir()) == []


def test_a_work_that_does_not_exist_is_named() -> None:
    done = bench("--only", "a,z")
    assert done.returncode == 2
    assert "'z'" in done.stderr


def test_flushes_hold_valid_contacts_and_take_the_rungs_they_are_named_after() -> None:
    validate("contact", CONTACT, today=date(2026, 3, 2))
    for records, rung in ((PER_FLUSH, RUNGS[2]), (PER_SMALL_FLUSH, RUNGS[0])):
        content = plaintext(records)
        assert [change.fields for change in decode_content(content).groups[0].changes] == [CONTACT] * records
        assert next(one for one in RUNGS if len(content) <= capacity(one)) == rung


def test_bar_of_ratio_and_bar_of_rate() -> None:
    assert Result("x", "x", 5, "u", "b", 10, 0.5).met
    assert not Result("x", "x", 5, "u", "b", 11, 0.5).met
    assert Result("x", "x", 5, "u", "b", 1000, 5, absolute=True).met
    assert not Result("x", "x", 4, "u", "b", 1, 5, absolute=True).met


def test_percentiles() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([1.0], 99) == 1.0
    assert percentile([float(n) for n in range(100)], 99) == 99.0
