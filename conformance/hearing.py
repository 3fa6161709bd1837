"""Cases put to a client one after the other, and what became of each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from conformance.cases import Case, Question
from conformance.client import Client, NoAnswer
from conformance.judging import Answer, Fault, fault

NOT_ASKED = "not asked: too often there was no answer"
IN_A_ROW, IN_ALL = 5, 25
"""Questions without an answer, after which a client is asked no more: each may take as long as its patience."""


@dataclass(frozen=True)
class Result:
    """A case of the list `of`. `fault`: None if the client was right."""

    of: str
    case: str
    fault: Fault | None

    @property
    def passed(self) -> bool:
        return self.fault is None

    @property
    def asked(self) -> bool:
        return self.fault is None or self.fault.came != NOT_ASKED


@dataclass
class Tally:
    """The results of the list `of`."""

    of: str
    results: list[Result] = field(default_factory=list)

    @property
    def passed(self) -> int:
        return sum(result.passed for result in self.results)


class Hearing:
    """`heard` is called with each list as it ends. `tallies`: all lists so far."""

    def __init__(self, client: Client, heard: Callable[[Tally], None] = lambda _: None) -> None:
        self.client = client
        self.tallies: list[Tally] = []
        self._heard = heard
        self._silent = self._silent_in_all = 0

    async def hear(self, name: str, cases: Iterable[Case]) -> None:
        """Ask all of a list. Raises NotStarted."""
        self.begin(name)
        for case in cases:
            await self.case(case)
        self.end()

    def begin(self, name: str) -> None:
        self.tallies.append(Tally(name))

    def end(self) -> None:
        self._heard(self.tallies[-1])

    async def case(self, case: Case) -> bool:
        """Whether the client was right in all that the case asks. Raises NotStarted."""
        found = None if case.questions else Fault("", "an operation", "no operation of the table takes this case")
        for question in case.questions:
            found = found or await self.question(question)
        self.note(case.name, found)
        return found is None

    def note(self, name: str, found: Fault | None) -> None:
        """A case that was judged elsewhere."""
        self.tallies[-1].results.append(Result(self.tallies[-1].of, name, found))

    async def question(self, question: Question) -> Fault | None:
        """Raises NotStarted."""
        answer = await self.answer(question)
        if isinstance(answer, Answer):
            return fault(question, answer)
        expected = {"problem": question.problem} if question.problem else {"out": question.out}
        return Fault(question.op, expected, answer)

    async def answer(self, question: Question) -> Answer | str:
        """The answer, or why there is none. Raises NotStarted."""
        if self.tired:
            return NOT_ASKED
        try:
            answer = await self.client.ask(question.op, question.given)
        except NoAnswer as why:
            self._silent += 1
            self._silent_in_all += 1
            return str(why)
        self._silent = 0
        return answer

    @property
    def tired(self) -> bool:
        return self._silent >= IN_A_ROW or self._silent_in_all >= IN_ALL

    @property
    def passed(self) -> int:
        return sum(tally.passed for tally in self.tallies)

    @property
    def cases(self) -> int:
        return sum(len(tally.results) for tally in self.tallies)
