"""The table of attacks in docs/statistics/for-reviewers.md: each row has its test, and each test its row."""

import ast
import re
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGE = TESTS.parent / "docs" / "statistics" / "for-reviewers.md"
OUTCOMES = {"prevented", "detected", "stated limit"}
OWN = ("api/test_statistics_attacks.py", "device/statistics/test_attacks.py")
ROW = re.compile(r"^\| (?P<attack>[^|]+) \| (?P<outcome>[^|]+) \| (?P<tests>(?:`test_\w+`(?:, )?)+) \|$", re.MULTILINE)


def rows() -> list[tuple[str, list[str]]]:
    section = PAGE.read_text().split("## Attacks\n")[1].split("\n## ")[0]
    found = [(row["outcome"], re.findall(r"`(test_\w+)`", row["tests"])) for row in ROW.finditer(section)]
    assert len(found) == len([line for line in section.splitlines() if line.startswith("| ")]) - 1, "a row is malformed"
    return found


def functions_of(path: Path) -> list[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, kinds) and node.name.startswith("test_")
    ]


def test_each_row_has_an_outcome_and_tests_that_there_are() -> None:
    names = Counter(name for path in TESTS.rglob("test_*.py") for name in functions_of(path))
    assert {outcome for outcome, _ in rows()} == OUTCOMES
    assert [name for _, named in rows() for name in named if names[name] != 1] == []


def test_each_attack_that_is_tested_has_a_row() -> None:
    named = {name for _, tests in rows() for name in tests}
    assert [name for path in OWN for name in functions_of(TESTS / path) if name not in named] == []
