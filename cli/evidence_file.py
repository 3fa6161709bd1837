"""Evidence as a file that people pass on: written once, and read from whoever sends it."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import Usage

if TYPE_CHECKING:
    from schemas.evidence import EvidenceFile
    from schemas.wire import Entry as WireEntry
    from sync.evidence import Evidence
    from sync.log import Entry

ASK_AGAIN = "Ask whoever sent the file for an undamaged copy: `hallway phone evidence` writes it."


def to_json(evidence: "Evidence") -> str:
    """The text of the file."""
    from schemas.evidence import EvidenceFile, SignedAnswer
    from schemas.wire import Entry as WireEntry

    def entries(found: "Iterable[Entry]") -> "list[WireEntry]":
        return [WireEntry(header=one.raw_header, body=one.check_body(), signature=one.signature) for one in found]

    first, second = (
        SignedAnswer(message=one.message, signature=one.signature) for one in (evidence.first, evidence.second)
    )
    file = EvidenceFile(
        hallway_evidence=1,
        roster=entries(evidence.roster),
        branch=entries(evidence.branch),
        first=first,
        second=second,
        log=evidence.log,
        links=list(evidence.links),
    )
    return file.model_dump_json(indent=1) + "\n"


def read_evidence(path: Path) -> "Evidence":
    """The values of a file. Raises Usage, in one sentence, for one that is none."""
    from schemas.evidence import FILE_LIMIT

    try:
        with path.open("rb") as file:
            # A device file, or one of a hundred gigabytes, is not taken into memory to learn that it is none.
            raw = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise unreadable(f"{path} cannot be read: {error.strerror}", "Name an evidence file.") from None
    if len(raw) > FILE_LIMIT:
        raise unreadable(f"{path} is larger than any evidence file ({FILE_LIMIT // 1024 // 1024} MiB)")
    return from_json(raw)


def from_json(raw: bytes) -> "Evidence":
    """Raises Usage."""
    from pydantic import ValidationError

    from schemas.evidence import EvidenceFile

    try:
        file = EvidenceFile.model_validate_json(raw)
    except ValidationError as error:
        raise unreadable(f"this is no evidence file of version 1: {_first(error)}") from None
    return _values(file)


def unreadable(detail: str, following: str = ASK_AGAIN) -> Usage:
    return Usage(detail, following, problem="evidence-unreadable")


def _values(file: "EvidenceFile") -> "Evidence":
    from sync.evidence import Evidence, Signed
    from sync.log import Entry

    def entries(found: "Iterable[WireEntry]") -> "list[Entry]":
        return [Entry(one.header, one.signature, one.body) for one in found]

    first, second = (Signed(one.message, one.signature) for one in (file.first, file.second))
    return Evidence(entries(file.roster), entries(file.branch), first, second, file.log, file.links)


def _first(error: "object") -> str:
    """The first fault, and where it is; never what stands there, which may be of any length."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        raise TypeError(type(error).__name__)
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part)[:40] for part in fault["loc"][:4])
    return f"{place}: {fault['msg'][:120]}" if place else fault["msg"][:120]
