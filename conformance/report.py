"""What is said of a client: a line a list, then each case in which it was wrong, and where to read."""

from collections.abc import Sequence

import orjson

from conformance.hearing import NOT_ASKED, Hearing, Result, Tally
from conformance.judging import difference
from conformance.table import PROTOCOL, Json, Object, table

SHOWN = 160
"""Characters of a value."""
FIRST = 10
"""Cases of a list that are told, unless only some lists are asked for."""
CEREMONY = "ceremony: "


def line(tally: Tally) -> str:
    return f"{tally.of} {tally.passed}/{len(tally.results)}"


def last_line(hearing: Hearing) -> str:
    return f"conformance: {hearing.passed}/{hearing.cases}"


def page_of(name: str) -> str:
    """Where what a list is about is specified."""
    if name.startswith(CEREMONY):
        return f"{PROTOCOL}/7-ceremonies.md"
    page = table().pages.get(name)
    return f"{PROTOCOL}/{page}" if page else PROTOCOL


def faults(tallies: Sequence[Tally], *, every: bool) -> list[str]:
    """Lines about all cases that failed, or the first of each list."""
    lines: list[str] = []
    for tally in tallies:
        failed = [result for result in tally.results if not result.passed and result.asked]
        shown = failed if every else failed[:FIRST]
        lines += [part for result in shown for part in _told(result)]
        if len(failed) > len(shown):
            lines.append(f"{tally.of}: {len(failed) - len(shown)} more; all with --only '{tally.of}'")
        if unasked := sum(not result.asked for result in tally.results):
            lines.append(f"{tally.of}: {unasked} {NOT_ASKED}")
    return lines


def _told(result: Result) -> list[str]:
    fault = result.fault
    if fault is None:
        return []
    where, expected, came = difference(fault.expected, fault.came)
    # One part of an outcome is shown if that is all that differs; else the whole tells more.
    at = where.removeprefix("out.") if where not in ("", "out", "problem") else ""
    if not at:
        expected, came = fault.expected, fault.came
    rows = [("operation", fault.op + (f", {at}" if at else "")), ("expected", _short(expected)), ("came", _short(came))]
    rows.append(("read", page_of(result.of)))
    return [f"{result.of}: {result.case}", *(f"  {name:10}{value}" for name, value in rows)]


def _short(value: Json) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


def document(hearing: Hearing, command: Sequence[str]) -> Object:
    """The same for programs, whole."""
    failed = [result for tally in hearing.tallies for result in tally.results if not result.passed]
    return {
        "command": list(command),
        "passed": hearing.passed,
        "cases": hearing.cases,
        "lists": [{"list": one.of, "passed": one.passed, "cases": len(one.results)} for one in hearing.tallies],
        "failed": [
            {
                "list": result.of,
                "case": result.case,
                "op": result.fault.op,
                "expected": result.fault.expected,
                "came": result.fault.came,
                "read": page_of(result.of),
            }
            for result in failed
            if result.fault is not None
        ],
    }
