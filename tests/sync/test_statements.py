"""Bodies of roster statements: each kind's codec, and what is signed of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import decode, encode
from sync.log import Cursor
from sync.statement import Cosignature
from sync.statements import KINDS, Invite, Join, decode_statement
from tests.support.refusals import outcome, refused
from tests.sync.arrays import COSIGNATURE, STATEMENTS, changed

SEEN = Cursor(7, b"h" * 32)


def test_the_kinds_are_those_of_page_4() -> None:
    assert set(KINDS) == set(STATEMENTS)
    strict = {kind for kind, statement in KINDS.items() if statement.strict}
    governing = {"rotate", "policy", "close_invite", "revoke", "remove", "rules", "server", "restored"}
    assert strict == governing | {"task", "open", "close_period"}
    assert all(statement.kind == kind for kind, statement in KINDS.items())


@pytest.mark.parametrize("kind", STATEMENTS)
@given(data=st.data())
def test_an_accepted_body_encodes_to_the_same_bytes(kind: str, data: st.DataObject) -> None:
    values = data.draw(STATEMENTS[kind].any())
    statement = decode_statement(kind, encode(values))
    assert type(statement) is KINDS[kind]
    assert statement.encode() == encode(values)
    assert statement.day == values[0]
    assert statement.cosigned == (Cosignature(*values[-1]) if values[-1] else None)


@pytest.mark.parametrize("kind", STATEMENTS)
@given(data=st.data())
def test_a_mutated_body_is_refused_or_means_the_same(kind: str, data: st.DataObject) -> None:
    raw = changed(encode(data.draw(STATEMENTS[kind].any())), data)
    problem, statement = outcome(decode_statement, kind, raw)
    assert problem == "entry-malformed" if statement is None else statement.encode() == raw


@pytest.mark.parametrize("kind", STATEMENTS)
def test_every_element_has_its_type_and_bounds(kind: str) -> None:
    for value in STATEMENTS[kind].good():
        assert decode_statement(kind, encode(value)).encode() == encode(value)
    for value in STATEMENTS[kind].bad():
        with refused("entry-malformed"):
            decode_statement(kind, encode(value))


@pytest.mark.parametrize("kind", STATEMENTS)
def test_a_body_belongs_to_one_kind(kind: str) -> None:
    """No body of one kind can be read as another: a co-signature, which does not name the kind, serves no other.

    `announce` and `rules` have one shape; the header names the kind, and a co-signature has no effect on either.
    """
    alike = {"announce", "rules"} if kind in ("announce", "rules") else {kind}
    for value in STATEMENTS[kind].good():
        for other in STATEMENTS.keys() - alike:
            with refused("entry-malformed"):
                decode_statement(other, encode(value))


@pytest.mark.parametrize("kind", ["", "sealed", "witness", "Found", "found ", "foun", "revoke ", "invite\0", "ínvite"])
def test_any_other_kind_is_malformed(kind: str) -> None:
    with refused("entry-malformed"):
        decode_statement(kind, encode(STATEMENTS["announce"].good()[0]))


# What is signed besides the header.


@given(STATEMENTS["invite"].any())
def test_a_counter_signature_covers_what_page_4_lists(values: list[object]) -> None:
    statement = decode_statement("invite", encode(values))
    assert isinstance(statement, Invite)
    _, role, account, signing_key, hpke_hash, uses, last_day, server_key, _, _ = values
    listed = [b"P" * 32, account, role, "invite", uses, last_day, signing_key, hpke_hash, [7, b"h" * 32], server_key]
    assert statement.counter_message(b"P" * 32, SEEN) == encode(listed)


@given(STATEMENTS["join"].any())
def test_the_consent_of_an_invite_covers_what_page_4_lists(values: list[object]) -> None:
    statement = decode_statement("join", encode(values))
    assert isinstance(statement, Join)
    _, _, invite, account, device, member_key_hash, commitment, _, _ = values
    listed = [b"P" * 32, invite, account, device, member_key_hash, commitment, [7, b"h" * 32]]
    assert statement.join_message(b"P" * 32, SEEN) == encode(listed)


@pytest.mark.parametrize("kind", STATEMENTS)
@given(data=st.data())
def test_a_cosignature_covers_log_kind_seen_and_the_body_without_itself(kind: str, data: st.DataObject) -> None:
    values = data.draw(STATEMENTS[kind].any())
    statement = decode_statement(kind, encode(values))
    message = b"L" * 32 + encode([kind, [7, b"h" * 32], values[:-1]])
    assert statement.cosign_message(b"L" * 32, SEEN) == message
    other = replace(statement, cosignature=Cosignature(b"c" * 32, b"s" * 64))  # type: ignore[call-arg]
    assert other.cosign_message(b"L" * 32, SEEN) == message
    assert decode(other.encode()) == [*values[:-1], [b"c" * 32, b"s" * 64]]


def test_the_last_element_is_the_cosignature_in_every_kind() -> None:
    assert [kind for kind, spec in STATEMENTS.items() if spec.elements[-1] != COSIGNATURE] == []
