"""All operations, and what becomes of one."""

from collections.abc import Callable

from conformance.reference.logs import LOGS
from conformance.reference.proofs import PROOFS
from conformance.reference.reports import REPORTS
from conformance.reference.shown import Given
from conformance.reference.values import VALUES
from conformance.table import Object
from crypto.errors import CodeWrong, EncodingError, KeyRefused, OpenFailed, SignatureInvalid
from device.comparing import CompareWrong
from stats.errors import Malformed, MeasurementRefused, ReportRefused
from sync.device.changes import ContentError
from sync.errors import Refused
from sync.evidence import Unproven
from sync.ticket import TicketWrong

Operation = Callable[[Given], Object]

OPERATIONS: dict[str, Operation] = VALUES | LOGS | PROOFS | REPORTS

PROBLEMS: dict[type[Exception], str] = {
    EncodingError: "refused-encoding",
    KeyRefused: "refused-key",
    SignatureInvalid: "refused-signature",
    OpenFailed: "refused-open",
    CodeWrong: "refused-code",
    ContentError: "refused-content",
    TicketWrong: "ticket-wrong",
    CompareWrong: "compare-wrong",
    Unproven: "halves-wrong",
    MeasurementRefused: "refused-measurement",
    ReportRefused: "refused-report",
    Malformed: "refused-report",
}


def answer(op: str, given: Object) -> Object:
    """What is answered beside the id."""
    if op not in OPERATIONS:
        return {"ok": False, "problem": "unknown-operation", "told": {}}
    try:
        return {"ok": True, "out": OPERATIONS[op](Given(given))}
    except Refused as refused:
        return {"ok": False, "problem": refused.problem, "told": {}}
    except tuple(PROBLEMS) as error:
        return {"ok": False, "problem": PROBLEMS[type(error)], "told": vars(error)}
    except Exception as error:  # A defect of this adapter is an answer too: the judge tells it as one.
        return {"ok": False, "problem": "client-failed", "told": {"error": f"{type(error).__name__}: {error}"}}
