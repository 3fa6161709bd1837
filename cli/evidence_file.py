"""Evidence as a file that people pass on: written once, and read from whoever sends it."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import Usage

if TYPE_CHECKING:
    from pydantic import ValidationError

    from schemas.evidence import SignedAnswer
    from schemas.wire import Entry as WireEntry
    from sync.evidence import Evidence, Signed
    from sync.log import Entry

ASK_AGAIN = "Ask whoever sent the file for an undamaged copy: `hallway phone evidence` writes it."
JOIN = "Join it with another phone's: `hallway evidence join`."


def to_json(evidence: "Evidence") -> str:
    """The text of the file."""
    from schemas.evidence import EvidenceFile

    first, second = signed_answers([evidence.first, evidence.second])
    file = EvidenceFile(
        hallway_evidence=1,
        roster=to_wire(evidence.roster),
        branch=to_wire(evidence.branch),
        first=first,
        second=second,
        log=evidence.log,
        links=list(evidence.links),
    )
    return file.model_dump_json(indent=1) + "\n"


def to_wire(entries: "Iterable[Entry]") -> "list[WireEntry]":
    from schemas.wire import Entry as WireEntry

    return [WireEntry(header=one.raw_header, body=one.check_body(), signature=one.signature) for one in entries]


def from_wire(entries: "Iterable[WireEntry]") -> "list[Entry]":
    from sync.log import Entry

    return [Entry(one.header, one.signature, one.body) for one in entries]


def signed_answers(answers: "Iterable[Signed]") -> "list[SignedAnswer]":
    from schemas.evidence import SignedAnswer

    return [SignedAnswer(message=one.message, signature=one.signature) for one in answers]


def signed_from_wire(answer: "SignedAnswer") -> "Signed":
    from sync.evidence import Signed

    return Signed(answer.message, answer.signature)


def read_evidence(path: Path) -> "Evidence":
    """The values of a file. Raises Usage, in one sentence, for one that is none."""
    return from_json(read_bounded(path))


def read_bounded(path: Path) -> bytes:
    """The bytes of a file; raises Usage if it cannot be read, or is larger than any that a phone writes."""
    from schemas.evidence import FILE_LIMIT

    try:
        with path.open("rb") as file:
            # A device file, or one of a hundred gigabytes, is not taken into memory to learn that it is none.
            raw = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise unreadable(f"{path} cannot be read: {error.strerror}", "Name an evidence file.") from None
    if len(raw) > FILE_LIMIT:
        raise unreadable(f"{path} is larger than any evidence file ({FILE_LIMIT // 1024 // 1024} MiB)")
    return raw


def from_json(raw: bytes) -> "Evidence":
    """Raises Usage."""
    from pydantic import ValidationError

    from schemas.evidence import EvidenceFile, HalfFile
    from sync.evidence import Evidence

    try:
        file = EvidenceFile.model_validate_json(raw)
    except ValidationError as error:
        fault = first_fault(error)
    else:
        first, second = signed_from_wire(file.first), signed_from_wire(file.second)
        return Evidence(from_wire(file.roster), from_wire(file.branch), first, second, file.log, file.links)
    try:
        HalfFile.model_validate_json(raw)
    except ValidationError:
        raise unreadable(f"this is no evidence file of version 1: {fault}") from None
    raise unreadable("this is what the server told one phone: half of evidence, which shows nothing by itself", JOIN)


def unreadable(detail: str, following: str = ASK_AGAIN) -> Usage:
    return Usage(detail, following, problem="evidence-unreadable")


def first_fault(error: "ValidationError") -> str:
    """The first fault, and where it is; never what stands there, which may be of any length."""
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part)[:40] for part in fault["loc"][:4])
    return f"{place}: {fault['msg'][:120]}" if place else fault["msg"][:120]
