"""How a route says which problems it may answer: a status, and the types that occur as its examples."""

from collections import defaultdict
from typing import Any

from schemas.problems import PROBLEMS

STATUSES = {
    400: "The body is not JSON.",
    401: "No session, or none is opened.",
    403: "Refused: encoding, signature, authority or limits.",
    404: "Nothing there for this principal.",
    409: "Refused: it does not fit the server's chain.",
    413: "The body is too large.",
    415: "The body is not declared as what the address takes.",
    422: "The JSON has another shape.",
    429: "Too many sessions.",
    500: "A defect of the server; nothing is acknowledged.",
    503: "The server cannot store or is overloaded; nothing is acknowledged.",
}
BODY = ("json-malformed", "request-too-large", "media-type-unsupported", "request-invalid")
STORAGE = ("storage-failed", "overloaded")
SESSION = ("session-required",)
ENTRY = (
    "entry-malformed", "suite-unknown", "signature-invalid", "key-refused", "device-not-active", "not-authorised",
    "body-mismatch", "day-off", "statement-unsupported", "policy-floor", "task-floor",
    "budget-spent", "below-k", "wraps-wrong", "keys-wrong", "exists",
)  # fmt: skip
PUSH = (
    *ENTRY, "second-key-needed", "limit-reached", "invite-not-open", "counter-signature-invalid",
    "cosignature-invalid", "rows-without-entry", "log-unknown", "witness-unknown", "seen-stale", "prev-mismatch",
    "sequence-used", "device-cloned", "epoch-stale", "offer-stale", "offer-mixed", "healing", "log-repeated",
    "not-open", "too-early", "too-late",
)  # fmt: skip

Responses = dict[int | str, dict[str, Any]]


def problems(*names: str) -> Responses:
    """The `responses` of an operation that may answer these problems, and `internal`."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for name in (*names, "internal"):
        by_status[PROBLEMS[name].status].append(name)
    return {status: _response(status, by_status[status]) for status in sorted(by_status)}


def examples() -> dict[str, Any]:
    """The problem documents that responses refer to: `components.examples`."""
    return {
        name: {
            "summary": problem.title,
            "value": {"type": problem.type, "title": problem.title, "status": problem.status,
                      "detail": "What it was this time.", "next": problem.next},
        }
        for name, problem in sorted(PROBLEMS.items())
    }  # fmt: skip


def _response(status: int, names: list[str]) -> dict[str, Any]:
    # The types stand as examples: narrowed schemas become some fifty models of one document in generated clients.
    problem = {
        "schema": {"$ref": "#/components/schemas/ProblemDocument"},
        "examples": {name: {"$ref": f"#/components/examples/{name}"} for name in names},
    }
    response: dict[str, Any] = {
        "description": STATUSES[status],
        "content": {"application/problem+json": problem},
    }
    if status in (429, 503):
        response["headers"] = {
            "Retry-After": {
                "description": "Seconds after which to try again.",
                "schema": {"type": "integer", "minimum": 0, "examples": [5]},
            }
        }
    return response
