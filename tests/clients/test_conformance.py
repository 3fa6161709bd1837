"""The line protocol of docs/protocol/conformance.md, as the TypeScript client speaks it."""

import json
from typing import Any

import pytest

from tests.clients.typescript import told
from tests.vectors import make

pytestmark = pytest.mark.usefixtures("typescript")


def answers(*asked: Any) -> list[Any]:
    done = told("conformance.js", asked="".join(json.dumps(one) + "\n" for one in asked))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_answers_in_order_under_the_ids_it_was_asked() -> None:
    (good, bad) = (next(one for one in make.load("wraps") if one["expect"] == word) for word in ("ok", "refused-open"))
    assert answers({"id": 7, "op": "wraps", "in": good}, {"id": "x", "op": "wraps", "in": bad}) == [
        {"id": 7, "ok": True, "out": {"key": good["key"]}},
        {"id": "x", "ok": False, "problem": "refused-open", "told": {"reason": bad["reason"]}},
    ]


def test_what_it_does_not_know_it_says() -> None:
    assert answers({"id": 1, "op": "fly", "in": {}}, {"id": 2, "op": "wraps/seal", "in": {}}) == [
        {"id": 1, "ok": False, "problem": "unknown-operation", "told": {}},
        {"id": 2, "ok": False, "problem": "client-failed", "told": {"error": "TypeError: no seed"}},
    ]
