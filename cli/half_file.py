"""Half of evidence as a file: what the server told one phone, for somebody to join with another phone's."""

from pathlib import Path
from typing import TYPE_CHECKING

from cli.evidence_file import (
    first_fault,
    from_wire,
    read_bounded,
    signed_answers,
    signed_from_wire,
    to_wire,
    unreadable,
)

if TYPE_CHECKING:
    from sync.half import Half

ASK_AGAIN = "Ask whoever sent it for an undamaged copy: `hallway phone evidence --half` writes it."
WHOLE = "Judge it with `hallway evidence verify`; what can be joined, `hallway phone evidence --half` writes."


def half_to_json(half: "Half") -> str:
    """The text of the file."""
    from schemas.evidence import HalfFile, LogLinks
    from schemas.wire import Cursor

    logs = [
        LogLinks(log=one.log, start=Cursor(position=one.start.position, head=one.start.head), leaves=list(one.leaves))
        for one in half.logs
    ]
    file = HalfFile(hallway_half=1, roster=to_wire(half.roster), answers=signed_answers(half.answers), logs=logs)
    return file.model_dump_json(indent=1) + "\n"


def read_half(path: Path) -> "Half":
    """The values of a file. Raises Usage, in one sentence, for one that is none."""
    return half_from_json(read_bounded(path), str(path))


def half_from_json(raw: bytes, name: str) -> "Half":
    """Raises Usage, which calls the file `name`."""
    from pydantic import ValidationError

    from schemas.evidence import EvidenceFile, HalfFile
    from sync.half import Half, Links
    from sync.log import Cursor

    try:
        file = HalfFile.model_validate_json(raw)
    except ValidationError as error:
        fault = first_fault(error)
    else:
        logs = [Links(one.log, Cursor(one.start.position, one.start.head), one.leaves) for one in file.logs]
        return Half(from_wire(file.roster), [signed_from_wire(one) for one in file.answers], logs)
    try:
        EvidenceFile.model_validate_json(raw)
    except ValidationError:
        raise unreadable(f"{name} is no half of evidence of version 1: {fault}", ASK_AGAIN) from None
    raise unreadable(f"{name} is whole evidence already, and no half", WHOLE)
