"""An evidence file, and the half of one (docs/protocol/9-distrust.md, *Evidence*), as frozen, closed models."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from schemas.octets import Id32, Octets, Signature
from schemas.wire import MAX_LOGS, Cursor, Entry, Wire

FILE_LIMIT = 64 * 1024 * 1024
"""Bytes of a file: some 40,000 statements."""
MESSAGE_LIMIT = 4_096
"""Bytes of a signed message: sixteen logs need less than half of it."""

MOST_ANSWERS = 256
"""Of a half; a phone keeps three of each log."""

MessageBytes = TypeAliasType("MessageBytes", Annotated[bytes, Octets(1, MESSAGE_LIMIT, "Signed message")])


class SignedAnswer(Wire):
    """An answer as its server signed it."""

    message: MessageBytes = Field(description="What page 6 signs.")
    signature: Signature = Field(description="By the server's key.")


class EvidenceFile(Wire):
    """Two signed answers that cannot both be true, and what is needed to see that they cannot."""

    hallway_evidence: Literal[1] = Field(description="Version of the format.")
    roster: list[Entry] = Field(description="The client's roster, from position 1.")
    branch: list[Entry] = Field(description="The other roster that the server showed; empty if there is none.")
    first: SignedAnswer = Field(description="One answer.")
    second: SignedAnswer = Field(description="The other, or the same.")
    log: Id32 = Field(description="The log that they contradict each other about.")
    links: list[Id32] = Field(description="Empty, or a head and the leaves that lead from it to a signed one.")


class LogLinks(Wire):
    """A log other than the roster, as a phone verified it."""

    log: Id32 = Field(description="Log id.")
    start: Cursor = Field(description="The state from which the phone read it; mostly (0, head(0)).")
    leaves: list[Id32] = Field(description="Leaves of all entries above.")


class HalfFile(Wire):
    """What the server told one phone, to be joined with what it told another one."""

    hallway_half: Literal[1] = Field(description="Version of the format.")
    roster: list[Entry] = Field(description="The phone's roster, from position 1.")
    answers: list[SignedAnswer] = Field(max_length=MOST_ANSWERS, description="What the server signed.")
    logs: list[LogLinks] = Field(max_length=MAX_LOGS, description="What the phone read, but for the roster.")
