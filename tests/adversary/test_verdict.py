"""Verdicts: all combinations of what was promised and what was seen."""

from itertools import product

import pytest

from adversary.attacks.table import ATTACKS, TABLES
from adversary.verdict import AT_ONCE, LIMIT, MONTH, PREVENTED, PROMISES, UNNOTICED, Attack, Outcome, Row, Table, judge


@pytest.mark.parametrize(
    ("promise", "harm", "told", "later", "verdict"),
    [
        (PREVENTED, False, False, False, PREVENTED),
        (PREVENTED, False, True, False, PREVENTED),
        (PREVENTED, True, False, False, UNNOTICED),
        (PREVENTED, True, True, True, UNNOTICED),
        (AT_ONCE, False, True, False, AT_ONCE),
        (AT_ONCE, False, False, False, UNNOTICED),
        (AT_ONCE, False, False, True, UNNOTICED),
        (AT_ONCE, True, True, False, UNNOTICED),
        (MONTH, True, False, True, MONTH),
        (MONTH, True, True, False, AT_ONCE),
        (MONTH, True, False, False, UNNOTICED),
    ],
)
def test_a_verdict_is_the_promise_or_that_it_was_broken(
    promise: str, harm: bool, told: bool, later: bool, verdict: str
) -> None:
    assert judge(promise, harm=harm, told=told, told_later=later) == verdict


def test_of_a_stated_limit_nothing_is_demanded() -> None:
    for harm, told, later in product((False, True), repeat=3):
        assert judge(LIMIT, harm=harm, told=told, told_later=later) == LIMIT


async def nothing(_: object) -> Outcome:
    """The server does
    nothing."""
    return Outcome("")


ATTACK = Attack("nothing", "none", PREVENTED, lasting=False, act=nothing)


@pytest.mark.parametrize(
    ("verdict", "lost", "trouble", "passed"),
    [
        (PREVENTED, 0, (), True),
        (UNNOTICED, 0, (), False),
        (PREVENTED, 1, (), False),
        (LIMIT, 1, (), False),
        (PREVENTED, 0, ("ada still has 1 unsent records",), False),
    ],
)
def test_a_row_passes_only_if_nothing_is_lost_and_all_ends_well(
    verdict: str, lost: int, trouble: tuple[str, ...], passed: bool
) -> None:
    assert Row(ATTACK, verdict, (), "", 3, lost, trouble).passed is passed


def test_the_docstring_is_the_text_and_the_name_is_the_functions() -> None:
    table = Table("none")
    table.attack(PREVENTED)(nothing)
    (attack,) = table.attacks
    assert (attack.name, attack.text) == ("nothing", "The server does nothing.")


def test_every_attack_has_a_name_of_its_own_a_text_and_a_promise() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) == sum(len(table.attacks) for table in TABLES)
    assert all(attack.text.endswith(".") and attack.promise in PROMISES for attack in ATTACKS)
