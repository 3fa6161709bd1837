"""The one error of this room, with the closed list of its problems."""

PROBLEMS = frozenset(
    {
        "unknown-type",
        "reserved-type",
        "fixed-type",
        "unknown-field",
        "forbidden-field",
        "missing-field",
        "wrong-kind",
        "unknown-code",
        "out-of-bounds",
        "too-long",
        "bad-text",
        "bad-format",
        "date-too-old",
        "date-in-future",
        "group-only",
        "duplicate",
        "too-many",
        "too-few",
        "one-of",
        "programme-unknown",
        "wrong-score",
        "inconsistent",
    }
)


class RecordError(ValueError):
    """A record that this version must not write.

    `problem` is one of PROBLEMS and stays stable; `field` is the path of the field, such as
    `referrals[0].method`, or "" for the whole record; `message` says in plain words what to do next.
    """

    def __init__(self, problem: str, field: str, message: str) -> None:
        if problem not in PROBLEMS:
            raise AssertionError(f"undeclared problem {problem}")
        super().__init__(f"{field}: {message}" if field else message)
        self.problem = problem
        self.field = field
        self.message = message
