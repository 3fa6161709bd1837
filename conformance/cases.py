"""The cases of vector lists as questions: an operation, what goes in, and what must come out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from conformance.table import ROOT, Json, Object, Row, table

FOLDER = ROOT / "tests" / "vectors"


class NoVectors(Exception):
    """The lists of vectors are not where they should be."""


@dataclass(frozen=True)
class Question:
    """`out`: what must come out, or, with a `problem`, what the refusal must tell.

    `mistaken`: instead, `out` is what comes out of a mistake.
    """

    op: str
    given: Object
    out: Object
    problem: str = ""
    mistaken: bool = False


@dataclass(frozen=True)
class Case:
    """One case of the list `of`; without a question, no operation of the table takes it."""

    of: str
    name: str
    questions: tuple[Question, ...]


@dataclass
class Vectors:
    """The lists of a folder, each a JSON file. Raises NoVectors."""

    folder: Path = field(default_factory=lambda: FOLDER)
    _lists: dict[str, list[Object]] = field(default_factory=dict)
    _landed: dict[tuple[str, str], list[Object]] = field(default_factory=dict)

    def names(self) -> list[str]:
        found = sorted(path.stem for path in self.folder.glob("*.json"))
        if not found:
            raise NoVectors(f"there are no vectors in {self.folder}: they come with the checkout, not with a package")
        return found

    def load(self, name: str) -> list[Object]:
        if name not in self._lists:
            self._lists[name] = orjson.loads((self.folder / f"{name}.json").read_bytes())
        return self._lists[name]

    def landed(self, name: str, log: str = "") -> list[Object]:
        """The entries of a log: the cases of a list that tell the head which they made."""
        if (name, log) not in self._landed:
            self._landed[name, log] = [
                {"header": one["header"], "signature": one["signature"], "body": one.get("body")}
                for one in self.load(name)
                if (not log or one.get("log") == log) and "header" in one and "head" in one
            ]
        return self._landed[name, log]

    def cases(self, name: str) -> list[Case]:
        return [self._case(name, vector) for vector in self.load(name)]

    def _case(self, name: str, vector: Object) -> Case:
        asked = [self._question(name, row, vector) for row in table().rows_of(name) if row.takes(vector)]
        return Case(name, vector["name"], tuple(asked))

    def _question(self, name: str, row: Row, vector: Object) -> Question:
        found = {member: self._given(name, row, vector, member) for member in row.given}
        given = {member: value for member, value in found.items() if value is not None}
        expect = vector["expect"]
        verdict = table().verdicts.get(expect)
        if verdict is None:
            told = {member: vector[member] for member in row.told if member in vector}
            return Question(row.op, given, told, problem=expect)
        out = {member: _expected(member, vector) for member in row.out if _expected(member, vector) is not None}
        return Question(row.op, given, out, mistaken=verdict == "differs")

    def _given(self, name: str, row: Row, vector: Object, member: str) -> Json:
        """What goes in under `member`; None if nothing does."""
        value = vector.get(member)
        if member in DERIVED:
            value = DERIVED[member](row, vector)
        if member == "before":
            return self.landed(name, vector.get("log", ""))[: vector["after"]]
        if member == "statistics":
            return self.landed("statistics")[: vector["after"]]
        if member == "roster" and isinstance(value, int):
            return self.landed("roster")[:value]
        if member in ("roster", "branch") and isinstance(value, str):
            return next(one[member] for one in self.load(name) if one["name"] == value)
        return value


def _length(row: Row, vector: Object) -> Json:
    match row.op:
        case "hashes":
            return len(vector["out"]) // 2
        case "noise":
            return len(vector["noise"])
    return vector.get("length")


def _signed(_: Row, vector: Object) -> Json:
    """The message of each is to be found by the client."""
    signed: Sequence[Object] | None = vector.get("signed")
    if signed is None:
        return None
    return [{name: value for name, value in one.items() if name != "message"} for one in signed]


DERIVED: dict[str, Callable[[Row, Object], Json]] = {
    "length": _length,
    "signed": _signed,
    "noise_keys": lambda _, vector: [{name: one[name] for name in ("aggregator", "key")} for one in vector["noises"]],
    "salt": lambda row, vector: vector["body"][:64] if row.op == "bodies/seal" else vector.get("salt"),
    "typed": lambda _, vector: vector.get("typed", vector.get("code")),
}


def _expected(member: str, vector: Object) -> Json:
    if member == "messages" and "signed" in vector:
        return [one["message"] for one in vector["signed"]]
    return vector.get(member)
