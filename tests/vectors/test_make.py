"""The generator: repeatable, complete, and loud when a file on disk is not what it would write."""

from pathlib import Path

import pytest

from tests.vectors import make
from tests.vectors.seeded import seeded


def test_files_are_up_to_date() -> None:
    assert make.outdated(make.rendered()) == []


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(make, "FOLDER", tmp_path)
    monkeypatch.setattr(make, "rendered", lambda: {tmp_path / "a.json": "[]\n"})
    return tmp_path


def test_check_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make.main(["--check"]) == 1
    assert "a.json" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("stale", ["a.json", "nobody-writes-this.json"])
def test_what_is_stale_is_found_and_put_right(folder: Path, stale: str) -> None:
    make.main([])
    (folder / stale).write_text("{}\n")
    assert make.main(["--check"]) == 1
    assert make.main([]) == 0
    assert make.main(["--check"]) == 0
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"a.json": "[]\n"}


def test_seeded_randomness_is_one_stream() -> None:
    whole, pieces = seeded("x"), seeded("x")
    assert whole(50) == pieces(20) + pieces(30)
    assert seeded("x")(32) != seeded("y")(32)
