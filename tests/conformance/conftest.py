"""What is right, for clients that are not this implementation."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.cases import Vectors
from conformance.reference.operations import answer
from tests.conformance import fake

Command = Callable[[str], list[str]]


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """The command of the fake client with a weakness, which knows the answers to `codes` and `invites`."""
    vectors = Vectors()
    questions = [one for name in ("codes", "invites") for case in vectors.cases(name) for one in case.questions]
    answers = {fake.key(one.op, one.given): answer(one.op, one.given) for one in questions}
    path = tmp_path_factory.mktemp("fake") / "answers.json"
    path.write_text(json.dumps(answers))
    script = Path(fake.__file__)
    return lambda weakness: [sys.executable, str(script), weakness, str(path)]
