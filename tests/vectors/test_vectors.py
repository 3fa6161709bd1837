"""This implementation judged by the vectors, as any other is: the same questions, and the same words."""

import pytest

from conformance.cases import Vectors
from conformance.judging import Answer, fault
from conformance.reference.operations import answer
from conformance.table import Object
from crypto.public.encoding import decode, encode
from crypto.public.hashing import CONTEXTS
from sync.log import Header
from sync.statements import KINDS
from tests.vectors import make

VECTORS = Vectors()
NAMES = VECTORS.names()
MOSTLY_RIGHT = {"invites", "noise", "hashes"}
"""Lists of what has little or no wrong input. Of all others most cases are bad."""


def answered(op: str, given: Object) -> Answer:
    said = answer(op, given)
    return Answer(said["out"]) if said["ok"] else Answer(said["told"], said["problem"])


@pytest.mark.parametrize("name", NAMES)
def test_vectors(name: str) -> None:
    questions = [(case.name, one) for case in VECTORS.cases(name) for one in case.questions]
    found = [(case, fault(one, answered(one.op, one.given))) for case, one in questions]
    assert [(case, wrong) for case, wrong in found if wrong] == []
    assert {case for case, _ in questions} == {case.name for case in VECTORS.cases(name)}


@pytest.mark.parametrize("name", NAMES)
def test_names_are_unique_and_tell_apart(name: str) -> None:
    names = [vector["name"] for vector in make.load(name)]
    assert names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", sorted({*NAMES} - MOSTLY_RIGHT))
def test_most_vectors_of_each_list_are_refused(name: str) -> None:
    words = [vector["expect"] for vector in make.load(name)]
    assert 0 < words.count("ok") * 2 < len(words)


def test_every_context_has_its_bytes() -> None:
    listed = [vector["context"] for vector in make.load("hashes") if vector["kind"] == "context"]
    assert listed == list(CONTEXTS)


def test_the_honest_rosters_have_every_kind() -> None:
    kinds = {
        Header.decode(bytes.fromhex(one["header"])).kind
        for one in [*make.load("roster"), *make.load("statistics")]
        if one["expect"] == "ok"
    }
    assert kinds == set(KINDS)


def test_everything_signed_has_a_vector() -> None:
    signed = {one["context"] for vector in make.load("statements") for one in vector.get("signed", [])}
    assert signed == {"invite", "join", "cosign"}


def test_statements_are_co_signed_where_they_say_so() -> None:
    for vector in make.load("statements"):
        if vector["expect"] == "ok":
            contexts = [signed["context"] for signed in vector["signed"]]
            assert ("cosign" in contexts) == (vector["elements"][-1] != [])


@pytest.mark.parametrize("name", ["statements", "erasing-bodies"])
def test_encodings_of_elements_are_those_of_the_bytes(name: str) -> None:
    for vector in make.load(name):
        if vector["expect"] == "ok":
            body = bytes.fromhex(vector["body"])
            assert encode(decode(body)) == body


def test_merging_has_no_order() -> None:
    """Changes that come in the other order, and all twice, make the same state."""
    for vector in make.load("merge"):
        changes = vector["changes"]
        turned = answer("merge", {"changes": [*reversed(changes), *changes]})
        assert turned == answer("merge", {"changes": changes})
