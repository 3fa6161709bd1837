"""The reference behind the line protocol. That it passes all vectors: tests/vectors/test_vectors.py."""

import json
import subprocess
import sys

from conformance.reference.operations import OPERATIONS, answer
from conformance.table import table
from tests.vectors import make


def test_it_has_the_operations_of_the_table() -> None:
    assert OPERATIONS.keys() == {row.op for row in table().rows}


def test_it_answers_in_order_under_the_ids_it_was_asked() -> None:
    (good, bad) = (next(one for one in make.load("wraps") if one["expect"] == word) for word in ("ok", "refused-open"))
    asked = [{"id": 7, "op": "wraps", "in": good}, {"id": "x", "op": "wraps", "in": bad}]
    lines = "".join(json.dumps(one) + "\n" for one in asked)
    command = [sys.executable, "-m", "conformance.reference"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    assert list(map(json.loads, done.stdout.splitlines())) == [
        {"id": 7, "ok": True, "out": {"key": good["key"]}},
        {"id": "x", "ok": False, "problem": "refused-open", "told": {"reason": bad["reason"]}},
    ]


def test_what_it_does_not_know_it_says() -> None:
    assert answer("fly", {}) == {"ok": False, "problem": "unknown-operation", "told": {}}
    assert answer("wraps/seal", {})["told"] == {"error": "KeyError: 'key'"}
