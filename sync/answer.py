"""The server's signed answer: what makes a lie provable (docs/protocol/6-sync.md)."""

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.public.encoding import encode
from crypto.public.signing import SigningKey
from sync.errors import Refused
from sync.log import CURSOR, Cursor
from sync.shape import array, boolean, decode_array, integer, octets, several

MOST_LOGS = 16
"""Logs of one request, and so of its answer."""
ANSWER = array(octets(32), octets(32), integer(), several(array(octets(32), CURSOR, CURSOR, boolean()), 1, MOST_LOGS))


@dataclass(frozen=True, slots=True)
class Standing:
    """For one log: the cursor asked, the head answered, and whether the cursor lies on the server's chain."""

    log: bytes
    asked: Cursor
    head: Cursor
    known: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server signs, bound to the client's challenge so that no old answer can be replayed."""

    programme: bytes
    challenge: bytes
    day: int
    logs: Sequence[Standing]

    def message(self) -> bytes:
        logs = [[one.log, one.asked.as_array(), one.head.as_array(), one.known] for one in self.logs]
        return encode([self.programme, self.challenge, self.day, logs])

    @staticmethod
    def decode(message: bytes) -> "Answer":
        """The answer that this message signs, each log in it once; raises Refused `entry-malformed`."""
        programme, challenge, day, logs = decode_array(message, ANSWER, "answer")
        standings = [Standing(log, Cursor(*asked), Cursor(*head), known) for log, asked, head, known in logs]
        if len({one.log for one in standings}) != len(standings):
            raise Refused("entry-malformed", "the answer speaks of one log twice")
        return Answer(programme, challenge, day, standings)

    def standing(self, log: bytes) -> Standing | None:
        return next((one for one in self.logs if one.log == log), None)

    def sign(self, key: SigningKey) -> bytes:
        return key.sign("answer", self.message())
