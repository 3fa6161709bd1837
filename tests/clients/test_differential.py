"""Two implementations, one protocol: what one accepts, refuses and makes of it, the other does too."""

import json
from random import Random
from typing import Any

import pytest

from conformance.reference.operations import answer
from crypto.public.encoding import Canonical, encode
from tests.clients.typescript import told
from tests.clients.walks import Walk

pytestmark = pytest.mark.usefixtures("typescript")
DEVICES = [bytes([number]) * 32 for number in (1, 2, 255)]
SAID: list[Canonical] = [0, 1, True, -1, "a", b"a", [], {}, "\uffff", "\U00010000"]
VALUES = [encode(value).hex() for value in SAID]


def asked(operations: list[Any]) -> list[Any]:
    lines = "".join(json.dumps({"id": number, **one}) + "\n" for number, one in enumerate(operations))
    answers = [json.loads(line) for line in told("conformance.js", asked=lines).stdout.splitlines()]
    assert [one["id"] for one in answers] == list(range(len(operations)))
    return answers


@pytest.mark.parametrize("seed", range(4))
def test_random_programmes_are_judged_alike(seed: int) -> None:
    walk = Walk(seed)
    walk.go(120)
    answers = asked(walk.asked)
    wrong = [
        (walk.asked[number]["op"], expected, answer)
        for number, (expected, answer) in enumerate(zip(walk.expected, answers, strict=True))
        if {key: answer.get(key) for key in expected} != expected
    ]
    assert wrong == []
    assert {"statistics", "space", "void"} <= {one["op"] for one in walk.asked}


def changes(random: Random) -> list[dict[str, Any]]:
    """Changes of one record, some of which have seen others, and some of which are the same once more."""
    made = []
    for _ in range(random.randrange(1, 9)):
        position = random.randrange(1, 7)
        names = random.sample(["a", "b", "c"], random.randrange(3))
        fields = {name: random.choice(VALUES) for name in names}
        removed = [name for name in ("b", "c") if name not in fields and random.random() < 0.2]
        deleted = random.random() < 0.03
        made.append(
            {
                "device": DEVICES[position % 3].hex(),
                "position": position,
                "stamp": random.randrange(4),
                "seen": random.randrange(position),
                "type": random.choice(["contact", "note", "\uffff", "\U00010000"]),
                "version": random.randrange(1, 4),
                "deleted": deleted,
                "fields": {} if deleted else fields,
                "removed": [] if deleted else removed,
            }
        )
    return [*made, random.choice(made)]


def test_random_changes_are_merged_alike() -> None:
    cases = [changes(Random(seed)) for seed in range(1_000)]
    answers = asked([{"op": "merge", "in": {"changes": case}} for case in cases])
    made = [one["out"]["result"] for one in answers]
    ours = [answer("merge", {"changes": case})["out"]["result"] for case in cases]
    assert [pair for pair in zip(made, ours, strict=True) if pair[0] != pair[1]] == []
    assert sum(bool(one["conflicts"]) for one in made) > len(cases) / 10
