"""Operations on evidence: page 9 of the protocol."""

from collections.abc import Callable

from conformance.reference import shown
from conformance.reference.shown import Given
from conformance.table import Object
from sync.errors import Refused
from sync.evidence import Evidence, Verdict, verify
from sync.half import Half, Links, join


def evidence(given: Given) -> Object:
    first, second = shown.signed(given["first"]), shown.signed(given["second"])
    links = [bytes.fromhex(one) for one in given["links"]]
    rosters = given.entries("roster"), given.entries("branch")
    return told(verify(Evidence(*rosters, first, second, given.raw("log"), links)))


def told(verdict: Verdict) -> Object:
    if verdict.outcome != "proven" or verdict.contradiction is None:
        raise Refused(verdict.outcome, verdict.reason)
    server_key = verdict.server_key and verdict.server_key.hex()
    return {"kind": verdict.contradiction.kind, "log_name": verdict.log, "server_key": server_key}


def half(given: Given) -> Half:
    logs = [
        Links(bytes.fromhex(log), shown.cursor(start), [bytes.fromhex(one) for one in leaves])
        for log, start, leaves in given["logs"]
    ]
    return Half(given.entries("roster"), [shown.signed(one) for one in given["answers"]], logs)


def halves(given: Given) -> Object:
    made = join(half(Given(given["one"])), half(Given(given["other"])))
    if made.verdict is None:
        raise Refused("fits", "what both were told can all be true")
    return told(made.verdict)


PROOFS: dict[str, Callable[[Given], Object]] = {"evidence": evidence, "halves": halves}
