"""What is said of a client."""

import json

from conformance.client import Client
from conformance.hearing import NOT_ASKED, Hearing
from conformance.judging import Fault
from conformance.report import FIRST, document, faults, last_line, line


def heard() -> Hearing:
    hearing = Hearing(Client(["client"]))
    hearing.begin("merge")
    hearing.note("two apart", None)
    expected, came = {"out": {"result": {"deleted": True, "type": "x"}}}, {"out": {"result": {"deleted": False}}}
    hearing.note("deleted", Fault("merge", expected, came))
    hearing.note("long", Fault("merge", {"problem": "refused-content", "told": {}}, "not JSON: " + "x" * 500))
    hearing.begin("ceremony: joining")
    hearing.note("session 1", Fault("session", {"problem": "a"}, NOT_ASKED))
    return hearing


def test_a_line_a_list_and_a_last_one() -> None:
    hearing = heard()
    assert [line(one) for one in hearing.tallies] == ["merge 1/3", "ceremony: joining 0/1"]
    assert last_line(hearing) == "conformance: 1/4"


def test_each_failed_case_is_told_with_where_to_read() -> None:
    told = faults(heard().tallies, every=False)
    assert told[:5] == [
        "merge: deleted",
        "  operation merge, result.deleted",
        "  expected  true",
        "  came      false",
        "  read      docs/protocol/5-sealed.md",
    ]
    assert told[5] == "merge: long"
    assert told[7] == '  expected  {"problem":"refused-content","told":{}}'
    assert told[8].endswith("… (510 characters)")
    assert told[10:] == [f"ceremony: joining: 1 {NOT_ASKED}"]


def test_of_many_the_first_are_told() -> None:
    hearing = Hearing(Client(["client"]))
    hearing.begin("ceremony: joining")
    for at in range(FIRST + 3):
        hearing.note(str(at), Fault("session", {"problem": "a"}, {"problem": "b", "told": {}}))
    told = faults(hearing.tallies, every=False)
    assert told[4] == "  read      docs/protocol/7-ceremonies.md"
    assert told[-1] == "ceremony: joining: 3 more; all with --only 'ceremony: joining'"
    assert len(faults(hearing.tallies, every=True)) == 5 * (FIRST + 3)


def test_programs_are_told_all_of_it() -> None:
    told = json.loads(json.dumps(document(heard(), ["client", "-v"])))
    assert told["command"] == ["client", "-v"]
    assert (told["passed"], told["cases"]) == (1, 4)
    assert told["lists"][0] == {"list": "merge", "passed": 1, "cases": 3}
    assert [one["case"] for one in told["failed"]] == ["deleted", "long", "session 1"]
    assert told["failed"][1]["came"].endswith("x" * 500)
