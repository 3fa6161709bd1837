"""What the ledger calls lost, and what it does not."""

from dataclasses import replace
from datetime import date, timedelta
from typing import TypeAlias

from crypto.public.encoding import Canonical, encode
from device.view import Record
from simulation.ledger import Ledger, all_said
from sync.device.changes import Change
from sync.device.merge import Value

Step: TypeAlias = tuple[int, dict[bytes, Record], dict[bytes, Record]]
"""A slot, what it showed, and what it shows then."""

ID, ACCOUNT = b"r" * 16, b"a" * 16
SPACES = {"personal"}
SAID = {(ID, "f", encode(value)) for value in ("x", "y")}


def record(value: Canonical, *lost: Value) -> dict[bytes, Record]:
    return {ID: Record(ID, "contact", 1, "personal", {"f": value}, {"f": list(lost)} if lost else {}, unsent=False)}


def ledger(*steps: Step) -> Ledger:
    made = Ledger()
    for slot, before, after in steps:
        made.note(slot, ACCOUNT, before, after)
    return made


def test_what_was_written_is_expected() -> None:
    written = ledger((1, {}, record("x")))
    assert written.lost(ACCOUNT, SPACES, record("x")) == ""
    assert "not here" in written.lost(ACCOUNT, SPACES, {})


def test_what_was_written_over_may_go() -> None:
    written = ledger((1, {}, record("x")), (2, record("x"), record("y")))
    assert written.lost(ACCOUNT, SPACES, record("y")) == ""
    assert "wrote" in written.lost(ACCOUNT, SPACES, record("x"))


def test_of_two_who_did_not_know_of_each_other_both_stay() -> None:
    written = ledger((1, {}, record("x")), (1, record("x"), record("y")), (2, record("x"), record("z")))
    assert written.lost(ACCOUNT, SPACES, record("y", "z")) == ""
    assert "nobody wrote over it" in written.lost(ACCOUNT, SPACES, record("z"))


def test_a_deletion_holds() -> None:
    written = ledger((1, {}, record("x")), (2, record("x"), {}))
    assert written.lost(ACCOUNT, SPACES, {}) == ""
    assert "deleted" in written.lost(ACCOUNT, SPACES, record("x"))


def test_what_a_lost_phone_alone_held_is_excused() -> None:
    written = ledger((1, {}, record("x")), (2, record("x"), record("y")))
    written.excuse(2, {ID})
    assert written.lost(ACCOUNT, SPACES, record("y")) == ""
    assert "not here" in written.lost(ACCOUNT, SPACES, {})


def test_a_value_that_nobody_wrote_is_noticed() -> None:
    assert "nobody wrote" in ledger((1, {}, record("x"))).lost(ACCOUNT, SPACES, record("q"))


def test_records_of_others_are_not_expected_here() -> None:
    assert ledger((1, {}, record("x"))).lost(b"b" * 16, SPACES, {}) == ""


def test_what_a_thief_wrote_may_stand_or_go() -> None:
    written = ledger((1, {}, record("x")))
    written.note(2, ACCOUNT, record("x"), record("y"), stolen=True)
    assert written.lost(ACCOUNT, SPACES, record("y")) == written.lost(ACCOUNT, SPACES, record("x")) == ""


def test_a_thief_deletes_nothing_for_good() -> None:
    written = ledger((1, {}, record("x")))
    written.note(2, ACCOUNT, record("x"), {}, stolen=True)
    assert written.lost(ACCOUNT, SPACES, record("x")) == written.lost(ACCOUNT, SPACES, {}) == ""


def test_a_phone_that_left_shows_what_it_wrote_itself() -> None:
    written = ledger((1, {}, record("x")))
    assert written.kept(1, ACCOUNT, record("x")) == ""
    assert "not here" in written.kept(1, ACCOUNT, {})
    assert written.kept(2, ACCOUNT, {}) == ""


def test_what_is_over_age_may_be_deleted_by_any_phone() -> None:
    """A phone whose clock was a year behind dated what it had just written out of the programme's policy."""
    dated = {ID: Record(ID, "contact", 1, "personal", {"occurred_on": "2024-01-01"}, {}, unsent=False)}
    written = ledger((1, {}, dated))
    written.contact_days = 100
    written.expire(date(2024, 1, 1) + timedelta(days=100))
    assert "not here" in written.lost(ACCOUNT, SPACES, {})
    written.expire(date(2024, 1, 1) + timedelta(days=101))
    assert written.lost(ACCOUNT, SPACES, {}) == written.lost(ACCOUNT, SPACES, dated) == ""


def test_what_a_void_change_said_is_excused_and_nothing_else_of_its_author() -> None:
    written = ledger((1, {}, record("x")), (2, record("x"), record("y")))
    written.deny(1, (ID, "f", encode("y")), SAID)
    assert "not here" in written.lost(ACCOUNT, SPACES, {})
    written.deny(2, (ID, "f", encode("y")), SAID)
    assert written.lost(ACCOUNT, SPACES, record("x")) == ""


def test_what_a_phone_wrote_over_before_it_sent_it_is_as_void_as_what_it_sent() -> None:
    """A contact was logged and edited twice on one day, sent once, and its phone revoked as of that morning."""
    three: list[Step] = [(1, {}, record("w")), (1, record("w"), record("x")), (1, record("x"), record("y"))]
    void = (ID, "f", encode("y"))
    sent = {void}
    written = ledger(*three)
    written.deny(1, void, sent)
    assert written.lost(ACCOUNT, SPACES, {}) == ""
    # What was said by an entry that stands is expected, also below an edit that is void.
    written = ledger(*three)
    written.deny(1, void, {*sent, (ID, "f", encode("x"))})
    assert "not here" in written.lost(ACCOUNT, SPACES, {})
    # And so is what another phone wrote.
    written = ledger((2, {}, record("x")), (1, record("x"), record("y")))
    written.deny(1, void, {*sent, (ID, "f", encode("x"))})
    assert "not here" in written.lost(ACCOUNT, SPACES, {})


def test_what_a_void_change_overwrote_is_excused_once_no_body_says_it() -> None:
    """A thief edited a contact, repacked it, and was found out when the older bodies were erased (seed 337919553)."""
    written = ledger((2, {}, record("x")), (1, record("x"), record("y")))
    written.deny(1, (ID, "f", encode("y")), {(ID, "f", encode("y"))})
    assert written.lost(ACCOUNT, SPACES, {}) == written.lost(ACCOUNT, SPACES, record("x")) == ""


def test_a_void_deletion_may_hold_or_not() -> None:
    written = ledger((1, {}, record("x")), (2, record("x"), {}))
    (deletion,) = all_said(Change(ID, "contact", 1, True, {}, ()))
    written.deny(2, deletion, SAID)
    assert written.lost(ACCOUNT, SPACES, record("x")) == written.lost(ACCOUNT, SPACES, {}) == ""


def test_a_record_that_a_void_change_only_named_stays_deleted() -> None:
    written = ledger((1, {}, record("x")), (2, record("x"), {}))
    (name,) = all_said(Change(ID, "contact", 1, False, {}, ()))
    written.deny(2, name, SAID)
    assert "deleted" in written.lost(ACCOUNT, SPACES, record("x"))


def test_what_a_thief_says_once_more_is_written_over() -> None:
    written = ledger((1, {}, record("x")))
    written.repeat(2, ID, {"f": encode("x")})
    assert written.lost(ACCOUNT, SPACES, {ID: replace(record("x")[ID], fields={})}) == ""
    written.repeat(2, ID, {"f": encode("never written")})
    assert "what nobody wrote" in written.lost(ACCOUNT, SPACES, record("never written"))
