"""When an answer is right."""

import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cases import Question, Vectors
from conformance.judging import Answer, difference, fault, same
from conformance.reference.operations import answer

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(json_values, json_values)
def test_a_difference_is_one(one: Any, other: Any) -> None:
    assert same(one, one)
    _, expected, came = difference(one, other)
    assert same(one, other) == same(expected, came)


@pytest.mark.parametrize(
    ("one", "other"), [(True, 1), (False, 0), (1, "1"), ([], {}), (None, 0), ([1, 2], [2, 1]), ({"a": None}, {})]
)
def test_what_is_not_the_same(one: Any, other: Any) -> None:
    assert not same(one, other)
    assert not same({"a": [one]}, {"a": [other]})


def test_pairs_of_a_map_have_no_order() -> None:
    pairs = [["a", {"int": "1"}], ["b", {"map": [["c", {"int": "2"}], ["d", {"int": "3"}]]}]]
    turned = [["b", {"map": [["d", {"int": "3"}], ["c", {"int": "2"}]]}], ["a", {"int": "1"}]]
    assert same({"map": pairs}, {"map": turned})
    assert not same({"array": pairs}, {"array": turned})


def test_where_it_differs() -> None:
    assert difference({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}) == ("a[1].b", 2, 3)
    assert difference({"a": [1]}, {"a": [1, 2]}) == ("a", [1], [1, 2])


def test_members_that_were_not_asked_for_are_ignored() -> None:
    assert fault(Question("x", {}, {"a": 1}), Answer({"a": 1, "b": 2})) is None


def test_a_mistake_must_not_be_made() -> None:
    question = Question("x", {}, {"a": 1}, mistaken=True)
    assert fault(question, Answer({"a": 2})) is None
    assert fault(question, Answer({"a": 1})) is not None
    assert fault(question, Answer({}, "no")) is not None


def test_a_wrap_with_other_randomness_has_to_open() -> None:
    """Most libraries take no randomness for HPKE from outside."""
    questions = [one for case in Vectors().cases("wraps") for one in case.questions if one.op == "wraps/seal"]
    for question in questions:
        out = answer(question.op, question.given)["out"]
        assert out["sealed"] != question.out["sealed"]
        assert fault(question, Answer(out)) is None
        for wrong in (os.urandom(1168).hex(), "", "xx", None, 7):
            assert fault(question, Answer(out | {"sealed": wrong})) is not None
        assert fault(question, Answer(out | {"commitment": "00" * 32})) is not None
    assert questions
