"""What the invariants take for a failure, and what not."""

from crypto.public.encoding import Canonical
from simulation.invariants import said_twice
from sync.device.changes import Change, Group, Origin

ONE, OTHER = b"1" * 32, b"2" * 32
RECORD = b"r" * 16


def said(*, stamp: int = 5, seen: int = 3, deleted: bool = False, **fields: Canonical) -> Group:
    return Group(None, stamp, seen, (Change(RECORD, "contact", 1, deleted, fields, ()),))


def test_two_values_of_one_stamp_are_said_again_in_one_entry() -> None:
    both = [said(modality="phone", topic="sleep"), said(modality="text")]
    assert said_twice([(ONE, both)]) is None
    # Another phone of the account may have been as fast.
    assert said_twice([(ONE, both), (OTHER, both)]) is None


def test_what_another_said_of_a_flush_and_what_this_phone_said_of_it_are_two_things() -> None:
    assert said_twice([(ONE, [said(topic="sleep")]), (ONE, [said(modality="phone")])]) is None


def test_a_phones_own_word_goes_along_with_anothers_of_the_same_field_and_never_alone() -> None:
    own, others = said(modality="phone"), said(stamp=4, modality="text")
    assert said_twice([(ONE, [own]), (ONE, [others, own])]) is None
    assert said_twice([(ONE, [own]), (ONE, [others]), (ONE, [own])])
    assert said_twice([(ONE, [own]), (ONE, [others, own, own])])
    # Another field's is none of its business.
    assert said_twice([(ONE, [own]), (ONE, [said(stamp=4, topic="sleep"), own])])
    assert said_twice([(ONE, [said(deleted=True)]), (ONE, [said(deleted=True), said(stamp=4)])])


def test_whoever_says_a_change_in_two_entries_or_twice_in_one_is_found() -> None:
    for again in (said(modality="phone"), said(), said(deleted=True)):
        assert said_twice([(ONE, [again]), (ONE, [again])])
        assert said_twice([(ONE, [again, again])])
    assert said_twice([(ONE, [said(modality="phone")]), (ONE, [said(modality="phone", stamp=6)])]) is None
    repacked = said(modality="phone")._replace(origin=Origin(ONE, 1))
    assert said_twice([(ONE, [said(modality="phone")]), (ONE, [repacked])]) is None
