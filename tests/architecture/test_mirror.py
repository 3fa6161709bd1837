"""The tests of the rooms without input and output mirror them: a stranger finds a module's test by its name."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("crypto", "schemas", "sync")
ELSEWHERE = {
    "crypto/errors.py": "what is raised, by whoever raises it",
    "schemas/records/errors.py": "what is raised, by whoever raises it",
    "schemas/records/package_data.py": "reads files of the package; the tests of presets and instruments read them all",
    "schemas/records/programme.py": "one record type, with the others in test_types",
    "schemas/records/rules.py": "with the types that the rules are for, in test_types",
    "sync/cosignature.py": "with all else that signs a statement, in test_signatures",
    "sync/statement.py": "what all statements share, in test_statements",
}


def does_something(path: Path) -> bool:
    return any(isinstance(node, ast.FunctionDef) for node in ast.walk(ast.parse(path.read_text())))


def own_tests(path: Path) -> list[Path]:
    """`test_<module>.py`, or where one file would be too long, several `test_<module>_<concern>.py`."""
    folder = ROOT / "tests" / path.parent.relative_to(ROOT)
    return [*folder.glob(f"test_{path.stem}.py"), *folder.glob(f"test_{path.stem}_*.py")]


def test_each_module_that_does_something_has_a_test_of_its_name() -> None:
    modules = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if not path.name.startswith("__")]
    bare = {str(path.relative_to(ROOT)) for path in modules if does_something(path) and not own_tests(path)}
    assert bare == set(ELSEWHERE)
