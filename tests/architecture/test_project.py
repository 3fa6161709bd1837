"""What the tools would pass over: a room under no contract, a folder grimp misses, a stale lock."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS = {path.parent.name for path in ROOT.glob("*/__init__.py")}
LOCKS = ("requirements.lock", "requirements-dev.lock")


def test_every_room_is_typed_and_under_contract() -> None:
    assert set(PROJECT["tool"]["mypy"]["files"]) == ROOMS
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == ROOMS


def test_every_folder_of_a_room_is_a_package() -> None:
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == set()


def test_migrations_do_not_shadow_the_library() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


@pytest.mark.parametrize("lock", [*LOCKS, "clients/tools.lock"])
def test_locks_carry_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "//" not in text
    pins = re.findall(r"^[a-z].*$(?:\n    --hash=sha256:[0-9a-f]{64}.*$)*", text, re.MULTILINE)
    assert pins
    assert [pin for pin in pins if "==" not in pin or "--hash=" not in pin] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_locked(lock: str) -> None:
    wanted = list(PROJECT["project"]["dependencies"])
    if lock == "requirements-dev.lock":
        wanted += PROJECT["project"]["optional-dependencies"]["dev"]
    names = {re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower() for requirement in wanted}
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
    assert names - locked == set()


def test_development_and_runtime_run_the_same_versions() -> None:
    runtime, development = (
        set(re.findall(r"^[a-z0-9._-]+==[^ \\]+", (ROOT / lock).read_text(), re.MULTILINE)) for lock in LOCKS
    )
    assert runtime <= development


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    listed = subprocess.run(["make", "-s", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert {line.split()[0] for line in listed.splitlines()} == set(phony[1].split())
