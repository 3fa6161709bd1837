"""Schedules that once failed are played again, and the shortest ones that find a planted bug still find it."""

from pathlib import Path

import pytest

from simulation.bugs import BUGS
from simulation.generate import generate
from simulation.run import play
from simulation.schedule import load

CORPUS = Path(__file__).parent / "corpus"
SEEDS = (1, 5)
ONCE_FAILED = sorted(CORPUS.glob("*.json"))
PLANTED = sorted((CORPUS / "planted").glob("*.json"))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_keeps_every_promise(seed: int) -> None:
    outcome = play(generate(seed))
    assert (outcome.broken, outcome.detail) == ("", "")
    assert outcome.events > 30
    assert outcome.writes > 20


@pytest.mark.parametrize("path", ONCE_FAILED, ids=lambda path: path.stem)
def test_what_failed_once_does_not_fail_again(path: Path) -> None:
    outcome = play(load(path)[0])
    assert (outcome.broken, outcome.detail) == ("", "")


@pytest.mark.parametrize("path", PLANTED, ids=lambda path: path.stem)
def test_a_planted_bug_is_found_by_a_short_schedule(path: Path) -> None:
    schedule, known = load(path)
    assert play(schedule).broken == ""
    assert play(schedule, known["bug"]).broken != ""


def test_every_planted_bug_has_its_schedule() -> None:
    assert {path.stem for path in PLANTED} == set(BUGS)


def test_a_seed_decides_everything() -> None:
    assert play(generate(2)).digest == play(generate(2)).digest != ""
