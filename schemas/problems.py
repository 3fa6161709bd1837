"""The one table of problem types (RFC 9457): for the server's answers, a client's advice, and page 8."""

from collections.abc import Iterable
from dataclasses import dataclass

URN = "urn:hallway:problem:"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem type: its stable name, HTTP status, a title, what to do next, and its extension members."""

    name: str
    status: int
    title: str
    next: str
    members: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The type URI, `urn:hallway:problem:<name>`."""
        return URN + self.name


# What a refused push carries, so that a client finds the entry meant among all it sent.
_ENTRY = ("log", "sequence")

_TABLE = (
    # The shape of a request.
    Problem(
        "json-malformed", 400, "The body is not JSON.",
        "Send UTF-8 encoded JSON (RFC 8259) without a byte order mark.",
    ),
    Problem(
        "session-required", 401, "The request needs a live session.",
        "Open a session, send its token as a bearer token, and repeat the same request.",
    ),
    Problem(
        "session-refused", 401, "No session is opened for this principal with this signature.",
        "Check the origin that was signed. A device that was active is revoked, an invite spent or closed.",
    ),
    Problem(
        "challenge-stale", 401, "The challenge is not one of this server's, or older than 48 hours.",
        "Ask for a new challenge and sign that one.",
    ),
    Problem(
        "entry-malformed", 403, "An entry is not encoded as pages 1, 3 and 4 of the protocol say.",
        "Do not send it again. Compare the encoder with the vectors; the client has a defect.", _ENTRY,
    ),
    Problem(
        "suite-unknown", 403, "The suite of the entry is unknown, or below the programme's minimum.",
        "Update the client.", _ENTRY,
    ),
    Problem(
        "signature-invalid", 403, "The signature of the entry does not verify.",
        "Do not send it again. Sign the exact header bytes with the context `entry`.", _ENTRY,
    ),
    Problem(
        "key-refused", 403, "A public key is not canonical, of small order, or not a key at all.",
        "Make new keys. A sound library never makes such a key.", _ENTRY,
    ),
    Problem(
        "device-not-active", 403, "The author of the entry is not an active device of this programme.",
        "Pull the roster, and tell the person that this device was revoked. Keep its unsent entries.", _ENTRY,
    ),
    Problem(
        "not-authorised", 403, "This principal may not do this.",
        "Pull the roster and look at the role of the account. Do not repeat the request.", _ENTRY,
    ),
    Problem(
        "body-mismatch", 403, "The body does not have the hash in the header, or not the length of a rung.",
        "Send the stored entry again unchanged. If it is refused again, seal the changes anew.", _ENTRY,
    ),
    Problem(
        "day-off", 403, "The day of the statement is more than one off the server's.",
        "Take the day in `server_day`, and sign the statement anew under the next number.",
        (*_ENTRY, "server_day"),
    ),
    Problem(
        "statement-unsupported", 403, "The statement is for rules of a version that this server does not implement.",
        "Do not send it to this server.", _ENTRY,
    ),
    Problem(
        "second-key-needed", 403, "One lost phone would end the programme, so it takes no members yet.",
        "Make a recovery code of a lead, or invite a second lead, first.", _ENTRY,
    ),
    Problem(
        "limit-reached", 403, "A limit of the protocol on devices, invites or codes is reached.",
        "Close what is no longer needed, or wait: device statements are counted over 365 days.", _ENTRY,
    ),
    Problem(
        "policy-floor", 403, "The policy is outside the bounds that are compiled in.",
        "Choose a minimum suite of 1 and retentions from 90 to 3,650 days.", _ENTRY,
    ),
    Problem(
        "task-floor", 403, "The task protects people less than the floors that are compiled in.",
        "Choose values within the floors of page 10; every phone refuses the others, whoever signs them.", _ENTRY,
    ),
    Problem(
        "budget-spent", 403, "The privacy budget of these people is spent.",
        "Open fewer tables, or wait for a month, quarter or year that has budget left.", _ENTRY,
    ),
    Problem(
        "below-k", 403, "Fewer accounts count than the task demands for a release.",
        "Wait until more have joined. Nothing is released of fewer.", _ENTRY,
    ),
    Problem(
        "invite-not-open", 403, "The invite or code is spent, closed or past its last day.",
        "Ask for a new invite. If an earlier attempt may have landed, open a session as the new device.",
        _ENTRY,
    ),
    Problem(
        "counter-signature-invalid", 403, "The invite's own signature on its statement does not verify.",
        "Do not send it again. Compare what is signed with page 4; the client has a defect.", _ENTRY,
    ),
    Problem(
        "cosignature-invalid", 403, "The co-signature is not that of an open recovery code of the account.",
        "Pull the roster, see which codes are open, and sign with one of them, or send no co-signature.",
        _ENTRY,
    ),
    Problem(
        "wraps-wrong", 403, "The wraps are not exactly those that the pushed statements call for.",
        "Pull the roster: the readers may have changed. Then make the wraps of page 6 for the current epoch.",
    ),
    Problem(
        "keys-wrong", 403, "The HPKE keys are not exactly those that the pushed statements name.",
        "Send each key named by a pushed statement once, and no other.",
    ),
    Problem(
        "rows-without-entry", 403, "Wraps, keys or names came without a signed entry that calls for them.",
        "Push them in one request with their entry: a session by itself writes nothing.",
    ),
    Problem(
        "founding-refused", 403, "The founding token is unknown or was spent for another programme.",
        "Ask the operator for a new ticket.",
    ),
    Problem(
        "report-malformed", 403, "A report or one of its shares is not encoded as page 10 says, or of another task.",
        "Do not send it again. The client has a defect.",
    ),
    Problem(
        "key-wrong", 403, "The verify key is not the one that the opening is committed to.",
        "Send the key that was made for this opening. If it is lost, open the period once more while that can be.",
    ),
    Problem(
        "too-many-rejected", 403, "More reports were rejected, or are undecided, than a release may leave out.",
        "Tell the people of the programme: nothing of this opening is released.",
    ),
    Problem(
        "list-wrong", 403, "`close_period` is for another list than that of the reports that were accepted.",
        "Tell the people of the programme: nothing of this opening is released.",
    ),
    Problem("not-found", 404, "There is nothing at this address.", "Look the address up in openapi.yaml."),
    Problem(
        "log-unknown", 404, "There is no such log that this principal may read.",
        "Pull the roster, and ask only for the logs that it gives this principal.", ("log",),
    ),
    Problem(
        "report-unknown", 404, "The server holds no report of this account for the opening.",
        "Read the pages of reports again: the server may have been put back from a backup.",
    ),
    Problem(
        "method-not-allowed", 405, "This address does not take this method.",
        "Use a method named in the `Allow` header.",
    ),
    Problem(
        "witness-unknown", 409, "`seen` or `roster` of the entry does not lie on the server's chain.",
        "Pull. If the server does not know a verified cursor, it lost or rewrote history: stop writing.",
        _ENTRY,
    ),
    Problem(
        "seen-stale", 409, "A strict statement has to name the newest state of the roster.",
        "Pull, decide again, and sign the statement anew under the next number.", _ENTRY,
    ),
    Problem(
        "prev-mismatch", 409, "`prev` is not the leaf of the last entry accepted from this device.",
        "Pull with `own` to learn which of the entries were accepted, then go on from the last of them.",
        _ENTRY,
    ),
    Problem(
        "sequence-used", 409, "The number is not above the last one accepted from this device.",
        "Pull with `own`. The device's database may be older than its last entry: do not sign anything.",
        _ENTRY,
    ),
    Problem(
        "device-cloned", 409, "Another entry of this device stands under this number.",
        "Verify `header` and `signature` with the device's own key. If they verify, it was copied: stop.",
        (*_ENTRY, "header", "signature"),
    ),
    Problem(
        "epoch-stale", 409, "The epoch of the entry is not the space's current one.",
        "Pull, fetch the wraps, and seal the same changes anew under the next number.", (*_ENTRY, "epoch"),
    ),
    Problem(
        "leaf-unknown", 409, "A leaf is not of an entry here that may be erased, or withdrawn any more.",
        "Pull, drop the entry and the repack before it, and decide again upon what the log holds.", _ENTRY,
    ),
    Problem(
        "offer-mixed", 409, "A request offers some of its logs and not others, or an offer carries rows.",
        "Send offers in requests of their own.",
    ),
    Problem(
        "offer-stale", 409, "The cursor of an offer, or an entry above it, is not on the server's chain.",
        "Sync that log without an offer. If the server's head is on the client's chain, offer from there.",
        _ENTRY,
    ),
    Problem(
        "healing", 409, "The server was put back from a backup, and no lead has said yet that it is healed.",
        "Keep the entry. Offer what the server lacks; push when answers have no `healing` any more.", _ENTRY,
    ),
    Problem(
        "log-repeated", 409, "A log stands in the request more than once.",
        "Put all entries of a log, in order, under one cursor.", ("log",),
    ),
    Problem(
        "not-open", 409, "The task, offer or opening is unknown, or not open any more.",
        "Pull the roster: it may be used, ended, closed, or its device may have left.", _ENTRY,
    ),
    Problem(
        "too-early", 409, "The statement has to wait for a later day.",
        "State it again when roster time has come as far as `detail` says.", _ENTRY,
    ),
    Problem(
        "too-late", 409, "The period is over: nothing can be opened for it any more.",
        "Choose the period that runs, or the next one.", _ENTRY,
    ),
    Problem(
        "report-exists", 409, "The account has reported for this opening, with other bytes.",
        "Do nothing more: an account counts once. Its own records say which of its phones reported.",
    ),
    Problem(
        "report-late", 409, "Reports of this period are not taken any more.",
        "Count its records in the next period, and tell the person.",
    ),
    Problem(
        "share-exists", 409, "Other bytes of this aggregator stand for the same already, and are final.",
        "Go on with what is stored. If it is not this device's, its keys were copied: stop.",
    ),
    Problem(
        "not-yet", 409, "What was asked for is not there yet.",
        "Ask again when the other aggregator has done its part.",
    ),
    Problem(
        "opening-void", 409, "The period is closed, but reports or keys that its release needs are gone.",
        "Tell the people of the programme: nothing of this opening is released, and its budget is spent.",
    ),
    Problem(
        "exists", 409, "The statement names an id or a key that is taken already.",
        "Make a new one. Ids and keys are random, so a repetition means that state was copied.", _ENTRY,
    ),
    Problem(
        "request-too-large", 413, "The body is larger than this address takes.",
        "Split the push; `GET /v1/limits` tells the sizes.", ("limit",),
    ),
    Problem(
        "media-type-unsupported", 415, "The body is not declared as what the address takes.",
        "Send the header `Content-Type` as openapi.yaml has it (JSON, but for reports), and no content encoding.",
    ),
    Problem(
        "request-invalid", 422, "The JSON does not have the shape that openapi.yaml describes.",
        "See `errors`: each has a `pointer` (RFC 6901) into the body, and a `message`.", ("errors",),
    ),
    Problem(
        "too-many-requests", 429, "This principal has opened too many sessions.",
        "Keep using the token of a live session; try again after the seconds in `Retry-After`.",
    ),
    Problem(
        "internal", 500, "The server met a defect of its own; nothing is acknowledged.",
        "Keep the entry and send the same bytes again later.",
    ),
    Problem(
        "overloaded", 503, "The server has more to do than it can do in time; nothing is acknowledged.",
        "Send the same bytes again after the seconds in `Retry-After`.",
    ),
    Problem(
        "storage-failed", 503, "The server could not store or read; nothing is acknowledged.",
        "Keep the entry and send the same bytes again later.",
    ),
)  # fmt: skip

PROBLEMS = {problem.name: problem for problem in _TABLE}


def problem_of(type_uri: str) -> Problem | None:
    """The problem with this type URI, or None for a type this version does not know."""
    return PROBLEMS.get(type_uri.removeprefix(URN)) if type_uri.startswith(URN) else None


def document(name: str, detail: str = "", members: dict[str, object] | None = None) -> dict[str, object]:
    """A problem document (RFC 9457) ready for JSON; `members` must be JSON values.

    Raises KeyError for a name outside the table.
    """
    problem = PROBLEMS[name]
    return {
        **(members or {}),
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": detail or problem.title,
        "next": problem.next,
    }


def of_status(statuses: Iterable[int]) -> list[Problem]:
    """The problems with one of these statuses, in the order of the table."""
    wanted = set(statuses)
    return [problem for problem in _TABLE if problem.status in wanted]


def page() -> str:
    """docs/protocol/8-problems.md."""
    lines = [
        "# 8 Problems",
        "",
        "Every answer that is not a success is a problem document (RFC 9457), `application/problem+json`, with",
        "`type`, `title`, `status`, `detail`, `next` (what to do) and the members listed here. `type` is",
        f"`{URN}NAME`; names are stable, titles and details are not. Shape errors are 400, 413, 415 and 422;",
        "signature, chain, epoch and authority errors are 401, 403, 404 and 409. A refused request changes",
        "nothing. 429 and 503 carry `Retry-After`, in seconds. `log` and `sequence` name the refused entry.",
        "",
    ]
    for status in sorted({problem.status for problem in _TABLE}):
        lines += [f"## {status}", ""]
        for problem in of_status([status]):
            members = f" ({', '.join(f'`{member}`' for member in problem.members)})" if problem.members else ""
            lines += [f"**`{problem.name}`**{members}: {problem.title}\\", f"Next: {problem.next}", ""]
    return "\n".join([*lines, "This page is written by `make openapi` from `schemas/problems.py`.", ""])
