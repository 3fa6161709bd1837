"""Vectors as questions."""

import json
from pathlib import Path

import pytest

from conformance.cases import NoVectors, Vectors
from conformance.table import PROTOCOL, ROOT, table
from schemas.problems import PROBLEMS

OWN_WORDS = {"refused-", "ticket-wrong", "compare-wrong", "explained", "not-proven", "fits", "halves-wrong"}


def test_every_list_has_operations_and_a_page() -> None:
    names = set(Vectors().names())
    assert {row.of for row in table().rows} == names == table().pages.keys()
    assert [page for page in table().pages.values() if not (ROOT / PROTOCOL / page).exists()] == []


def test_every_case_is_asked_something() -> None:
    vectors = Vectors()
    assert [case.name for name in vectors.names() for case in vectors.cases(name) if not case.questions] == []


def test_every_question_knows_what_must_come() -> None:
    """Each member that an operation gives is judged in some case, and each refusal is a word of page 8 or a list."""
    vectors, judged = Vectors(), set[tuple[str, str]]()
    for question in (one for name in vectors.names() for case in vectors.cases(name) for one in case.questions):
        judged |= {(question.op, member) for member in question.out}
        if question.problem:
            known = question.problem in PROBLEMS or any(question.problem.startswith(word) for word in OWN_WORDS)
            assert known, question.problem
    assert judged >= {(row.op, member) for row in table().rows for member in (*row.out, *row.told)}


def test_no_question_holds_its_answer() -> None:
    """Neither what comes out, nor whether it will be refused, stands in what goes in."""
    vectors = Vectors()
    for question in (one for name in vectors.names() for case in vectors.cases(name) for one in case.questions):
        assert not question.given.keys() & {"expect", "comment", "name", "after", *question.out}


def test_a_list_that_is_new_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "unheard-of.json").write_text(json.dumps([{"name": "a", "expect": "ok", "comment": ""}]))
    (case,) = Vectors(tmp_path).cases("unheard-of")
    assert case.questions == ()


def test_no_vectors(tmp_path: Path) -> None:
    with pytest.raises(NoVectors, match="there are no vectors in"):
        Vectors(tmp_path).names()
