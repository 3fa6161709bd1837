"""`python -m stats.vectors FOLDER`: what it prints, and its exit code."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stats.vectors.__main__ import main
from tests.stats.vectors.test_judge import FILES, FOLDER

ROOT = Path(__file__).resolve().parents[3]


def test_the_command_passes_the_official_folder() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stats.vectors", str(FOLDER)],
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, f"{len(FILES)} passed, 0 failed\n")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Prio3Count_7.json", b"{}"),
        ("Prio3Count_7.json", b"no json"),
        ("Prio3Count_7.json", b"\xff\xfe"),
        ("Prio3Count_7.json", b"[" * 100_000),
        ("Poplar1_0.json", b"{}"),
        ("something.json", b"null"),
    ],
)
def test_files_that_cannot_be_judged_have_failed(
    name: str, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(FOLDER / "Prio3Count_0.json", tmp_path)
    (tmp_path / "README.md").write_text("not a vector file")
    (tmp_path / name).write_bytes(content)
    assert main([str(tmp_path)]) == 1
    *complaints, last = capsys.readouterr().out.splitlines()
    assert last == "1 passed, 1 failed"
    assert all(line.startswith(f"{name}: cannot be judged: ") for line in complaints)
    assert len(complaints) >= 1


def test_every_wrong_operation_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (FOLDER / "Prio3Sum_0.json").read_text()
    (tmp_path / "Prio3Sum_0.json").write_text(text.replace('"success": true', '"success": false'))
    assert main([str(tmp_path)]) == 1
    *complaints, last = capsys.readouterr().out.splitlines()
    assert len(complaints) == text.count('"success": true')
    assert last == "0 passed, 1 failed"


@pytest.mark.parametrize("folder", ["empty", "absent"])
def test_a_folder_without_vectors_is_no_success(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert main([str(tmp_path / folder)]) == 1
    assert capsys.readouterr().out == "0 passed, 0 failed\n"
