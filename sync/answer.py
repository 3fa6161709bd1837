"""The server's signed answer: what makes a lie provable (docs/protocol/6-sync.md)."""

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.public.encoding import encode
from crypto.public.signing import SigningKey
from sync.log import Cursor
from sync.signatures import check_signature


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

    def sign(self, key: SigningKey) -> bytes:
        return key.sign("answer", self.message())

    def check(self, server_key: bytes, signature: bytes) -> None:
        """Raises Refused `signature-invalid`."""
        check_signature(server_key, "answer", self.message(), signature)
