"""The honest ceremonies: the reference comes to what the phones came to; one that lies is found in each."""

from conformance.ceremonies.play import NAMES, play
from conformance.ceremonies.writing import NAME as WRITING
from conformance.client import Client
from conformance.hearing import Hearing
from conformance.judging import Answer
from conformance.reference.operations import answer
from conformance.table import Object

ASKED = {
    "answer", "codes", "codes/print", "comparing", "comparing/words", "content", "content/encode",
    "encoding/encode", "bodies/seal", "erasing", "halves", "header/encode", "invites", "log-ids", "merge", "names",
    "previous-keys", "previous-keys/seal", "roster", "session", "signatures/sign", "space", "ticket", "ticket/write",
    "void", "witness", "wraps", "wraps/seal",
}  # fmt: skip


class Here(Client):
    """The reference without a process. `lies`: operations whose outcome it spoils."""

    def __init__(self, *lies: str) -> None:
        super().__init__(["here"])
        self.lies = lies
        self.asked: set[str] = set()

    async def ask(self, op: str, given: Object) -> Answer:
        self.asked.add(op)
        said = answer(op, given)
        if op in self.lies:
            return Answer(dict.fromkeys(said.get("out", {})) or {"kind": "two-heads"})
        return Answer(said["out"]) if said["ok"] else Answer(said["told"], said["problem"])


async def test_the_reference_comes_to_what_the_phones_came_to() -> None:
    hearing = Hearing(Here())
    await play(hearing, NAMES)
    assert [(one.of, result.case) for one in hearing.tallies for result in one.results if not result.passed] == []
    assert sorted(one.of for one in hearing.tallies) == sorted(NAMES)
    assert all(len(one.results) > 10 for one in hearing.tallies)
    assert isinstance(hearing.client, Here)
    assert hearing.client.asked == ASKED


async def test_what_a_client_makes_wrong_is_not_sent() -> None:
    """The story goes on: the phone that the client had is somebody else's from then on."""
    hearing = Hearing(Here("bodies/seal"))
    await play(hearing, [WRITING, "ceremony: revoking"])
    writing, revoking = hearing.tallies
    assert [result.case for result in writing.results if not result.passed] == [
        "sealed body",
        "what was made is read by others",
    ]
    assert all(result.passed for result in revoking.results)


async def test_a_client_that_reads_wrongly_is_found() -> None:
    hearing = Hearing(Here("roster", "merge", "wraps"))
    await play(hearing, ["ceremony: founding"])
    (tally,) = hearing.tallies
    failed = {result.fault.op for result in tally.results if result.fault}
    assert failed == {"roster", "merge", "wraps"}
