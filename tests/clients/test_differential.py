"""Two implementations, one roster: what one accepts, and why it refuses, the other does too."""

import json

import pytest

from tests.clients.typescript import told
from tests.clients.walks import Walk

pytestmark = pytest.mark.usefixtures("typescript")


@pytest.mark.parametrize("seed", range(4))
def test_random_programmes_are_judged_alike(seed: int) -> None:
    walk = Walk(seed)
    walk.go(120)
    asked = "".join(json.dumps({"id": number, **one}) + "\n" for number, one in enumerate(walk.asked))
    answers = [json.loads(line) for line in told("conformance.js", asked=asked).stdout.splitlines()]
    assert len(answers) == len(walk.expected)
    wrong = [
        (walk.asked[number]["op"], expected, answer)
        for number, (expected, answer) in enumerate(zip(walk.expected, answers, strict=True))
        if {key: answer.get(key) for key in expected} != expected
    ]
    assert wrong == []
    assert {"statistics", "space", "void"} <= {one["op"] for one in walk.asked}
