"""The TypeScript client judges every vector as this implementation does, in node and in a browser."""

import json
import shutil
from pathlib import Path

import pytest

from tests.clients.typescript import chromium, told
from tests.vectors import make

pytestmark = pytest.mark.usefixtures("typescript")
LISTS = sorted(path.stem for path in make.FOLDER.glob("*.json"))


def test_all_vectors_in_node() -> None:
    done = told("vectors.js", str(make.FOLDER))
    *lines, last = done.stdout.splitlines()
    cases = {name: len(make.load(name)) for name in LISTS}
    assert lines == [f"{name} {count}/{count}" for name, count in cases.items()], done.stderr
    assert last == f"vectors: {sum(cases.values())} passed, 0 failed, 0 files skipped"
    assert done.returncode == 0


def test_a_wrong_vector_is_found(tmp_path: Path) -> None:
    shutil.copy(make.FOLDER / "encoding.json", tmp_path)
    wrong = make.load("merge")
    wrong[0]["expect"], wrong[1]["expect"] = wrong[1]["expect"], wrong[0]["expect"]
    (tmp_path / "merge.json").write_text(json.dumps(wrong))
    (tmp_path / "unheard-of.json").write_text(json.dumps([{"name": "a", "expect": "ok"}]))
    done = told("vectors.js", str(tmp_path))
    assert f"merge {len(wrong) - 2}/{len(wrong)}" in done.stdout
    assert "unheard-of 0/1" in done.stdout
    assert f"encoding {len(make.load('encoding'))}/" in done.stdout
    assert done.stdout.endswith("3 failed, 1 files skipped\n")
    assert done.returncode == 1


@pytest.mark.usefixtures("browser")
def test_all_vectors_in_chromium(tmp_path: Path) -> None:
    lists = {name: make.load(name) for name in LISTS}
    with chromium("", tmp_path) as page:
        said = page.ask("vectors", lists=lists)
    assert said == {"cases": sum(map(len, lists.values())), "wrong": []}
