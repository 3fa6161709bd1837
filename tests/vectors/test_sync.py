"""`sync/` judged by the vectors: the same files, and the same words, as for any other implementation."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from immutables import Map

from crypto.public.encoding import decode, encode
from crypto.public.ids import genesis, log_id
from crypto.secret import body as sealed_body
from device.comparing import CompareWrong, read_code, words_at
from schemas.problems import PROBLEMS
from sync.answer import Answer, Standing
from sync.erasure import Leaves, decode_erasing
from sync.errors import Refused
from sync.evidence import Evidence, Signed, Unproven, verify
from sync.half import Half, Links, join
from sync.log import Chain, Cursor, Entry, Header
from sync.roster import apply
from sync.session import session_message
from sync.signatures import check_signature
from sync.space import check_space_entry
from sync.state import RosterState
from sync.statements import KINDS, Invite, Join, decode_statement
from sync.ticket import Ticket, TicketWrong
from sync.void import Mark, void_positions
from sync.witness import Witness, check_witness_entry
from tests.vectors import make
from tests.vectors.make_roster import told
from tests.vectors.make_statistics import told as told_of_statistics
from tests.vectors.vector import Vector, in_hex


def raw(vector: Vector, field: str) -> bytes:
    return bytes.fromhex(vector[field])


def cursor(value: list[Any]) -> Cursor:
    return Cursor(value[0], bytes.fromhex(value[1]))


def entry_of(vector: Vector) -> Entry:
    body = vector.get("body")
    return Entry(raw(vector, "header"), raw(vector, "signature"), None if body is None else bytes.fromhex(body))


def judge_header(vector: Vector) -> None:
    header = Header.decode(raw(vector, "header"))
    assert header.encode() == raw(vector, "header")
    assert header.sealing_fields() == raw(vector, "sealing_fields")
    assert list(vector["fields"].values()) == in_hex(decode(raw(vector, "header")))


class Log:
    """A chain with the heads of all its positions."""

    def __init__(self, programme: bytes, log: bytes) -> None:
        self.chain = Chain.start(programme, log)
        self.heads = [self.chain.head]

    def extend(self, entry: Entry) -> None:
        self.chain = self.chain.extend(entry)
        self.heads.append(self.chain.head)

    def head_at(self, position: int) -> bytes | None:
        return self.heads[position] if position < len(self.heads) else None


def landed(vectors: list[Vector], log: str, count: int) -> list[Entry]:
    """The first entries of a log, which are the accepted vectors that tell its head."""
    told = [one for one in vectors if one.get("log", log) == log and "header" in one and "head" in one]
    return [entry_of(one) for one in told[:count]]


def judge_entry_chain(vector: Vector) -> None:
    log = Log(raw(vector, "programme"), raw(vector, "log"))
    for entry in landed(make.load("entry-chain"), vector["log"], vector["after"]):
        log.extend(entry)
    if "header" in vector:
        entry = entry_of(vector)
        log.chain.check(entry.header, log.head_at)
        log.extend(entry)
        assert entry.leaf == raw(vector, "leaf")
    assert log.chain.head == raw(vector, "head")


def judge_statement(vector: Vector) -> None:
    statement = decode_statement(vector["kind"], raw(vector, "body"))
    assert statement.encode() == raw(vector, "body")
    assert in_hex(decode(raw(vector, "body"))) == vector["elements"]
    programme, seen = raw(vector, "programme"), cursor(vector["seen"])
    messages = {"cosign": statement.cosign_message(programme, seen)}
    if isinstance(statement, Invite):
        messages["invite"] = statement.counter_message(programme, seen)
    if isinstance(statement, Join):
        messages["join"] = statement.join_message(programme, seen)
    for signed in vector["signed"]:
        assert messages[signed["context"]] == raw(signed, "message")
        check_signature(raw(signed, "public"), signed["context"], raw(signed, "message"), raw(signed, "signature"))
    assert ("cosign" in [signed["context"] for signed in vector["signed"]]) == (statement.cosigned is not None)


@cache
def states(name: str = "roster") -> list[RosterState]:
    """The states of an honest roster by position, as somebody who has only the vectors makes them."""
    vectors = make.load(name)
    made = [RosterState.start(raw(vectors[0], "programme"))]
    for entry in landed(vectors, "", len(vectors)):
        made.append(apply(made[-1], entry))
    return made


def judge_roster(vector: Vector) -> None:
    entry = entry_of(vector)
    after = apply(states()[vector["after"]], entry)
    assert entry.leaf == raw(vector, "leaf")
    assert after.chain.head == raw(vector, "head")
    assert in_hex(told(after, entry)) == vector["state"]


def judge_statistics(vector: Vector) -> None:
    entry = entry_of(vector)
    after = apply(states("statistics")[vector["after"]], entry)
    assert entry.leaf == raw(vector, "leaf")
    assert after.chain.head == raw(vector, "head")
    assert in_hex(told_of_statistics(after, entry)) == vector["state"]


def judge_space(vector: Vector) -> None:
    log = Log(raw(vector, "programme"), raw(vector, "log"))
    for one in landed(make.load("space"), vector["log"], vector["after"]):
        log.extend(one)
    entry = entry_of(vector)
    chain = check_space_entry(states()[vector["roster"]], log.chain, entry, log.head_at, new=vector["new"])
    if "head" in vector:
        assert (entry.leaf, chain.head) == (raw(vector, "leaf"), raw(vector, "head"))
        opened = sealed_body.open(raw(vector, "epoch_key"), entry.header.sealing_fields(), entry.check_body())
        assert opened == raw(vector, "plaintext")


def judge_erasing_body(vector: Vector) -> None:
    statement = decode_erasing(vector["kind"], raw(vector, "body"))
    assert statement.encode() == raw(vector, "body")
    assert in_hex(decode(raw(vector, "body"))) == vector["elements"]


def judge_erasing(vector: Vector) -> None:
    log, leaves = Log(raw(vector, "programme"), raw(vector, "log")), Leaves()
    for one in landed(make.load("erasing"), vector["log"], vector["after"]):
        log.extend(one)
        leaves.add(log.chain.position, one)
    entry, state = entry_of(vector), states()[vector["roster"]]
    chain = check_space_entry(state, log.chain, entry, log.head_at, leaves, new=vector["new"])
    if "head" in vector:
        assert (entry.leaf, chain.head) == (raw(vector, "leaf"), raw(vector, "head"))


def judge_witness(vector: Vector) -> None:
    log = Log(raw(vector, "programme"), raw(vector, "log"))
    entries = landed(make.load("witness"), vector["log"], vector["after"])
    for entry in entries[: vector["since"]]:
        log.extend(entry)
    log.chain = replace(log.chain, authors=Map() if vector["since"] else log.chain.authors, since=vector["since"])
    for entry in entries[vector["since"] :]:
        log.extend(entry)
    entry = entry_of(vector)
    state = states()[vector["roster"]]
    chain = check_witness_entry(state, log.chain, entry, log.head_at, new=vector["new"])
    if "head" in vector:
        assert (entry.leaf, chain.head) == (raw(vector, "leaf"), raw(vector, "head"))
        stated = Witness.decode(entry.check_body())
        assert (stated.digest, stated.day) == (raw(vector, "digest"), vector["day"])


def judge_comparing(vector: Vector) -> None:
    programme = raw(vector, "programme")
    if "words" in vector:
        assert list(words_at(programme, vector["position"], raw(vector, "head"))) == vector["words"]
        return
    try:
        states = read_code(vector["text"], programme)
    except CompareWrong:
        raise Refused("compare-wrong", vector["name"]) from None
    assert states == (cursor(vector["roster"]), cursor(vector["witness"]))


def judge_void(vector: Vector) -> None:
    entries = [Entry(raw(one, "header"), raw(one, "signature"), None) for one in vector["entries"]]
    log = Log(raw(vector, "programme"), raw(vector, "log"))
    for entry in entries:
        log.chain.check(entry.header, log.head_at)
        log.extend(entry)
    marks = [Mark.of(position, entry) for position, entry in enumerate(entries, 1)]
    found = void_positions(states()[vector["roster"]], raw(vector, "log"), marks)
    assert sorted(found) == vector["void"]
    if found:
        raise Refused("void", vector["name"])


def judge_answer(vector: Vector) -> None:
    logs = [
        Standing(raw(one, "log"), cursor(one["asked"]), cursor(one["head"]), one["known"]) for one in vector["logs"]
    ]
    answer = Answer(raw(vector, "programme"), raw(vector, "challenge"), vector["day"], logs)
    Signed(answer.message(), raw(vector, "signature")).check(raw(vector, "server_key"))
    assert answer.message() == raw(vector, "message")


def judge_evidence(vector: Vector) -> None:
    def roster(field: str, of: Vector) -> list[Entry]:
        if isinstance(of[field], str):
            return roster(field, next(one for one in make.load("evidence") if one["name"] == of[field]))
        return [entry_of(one) for one in of[field]]

    first, second = (Signed(*map(bytes.fromhex, vector[name])) for name in ("first", "second"))
    links = [bytes.fromhex(one) for one in vector["links"]]
    made = Evidence(roster("roster", vector), roster("branch", vector), first, second, raw(vector, "log"), links)
    verdict = verify(made)
    if verdict.outcome != "proven":
        raise Refused(verdict.outcome, verdict.reason)
    assert verdict.contradiction is not None
    assert verdict.contradiction.kind == vector["kind"]
    assert (verdict.log, verdict.server_key) == (vector["log_name"], raw(vector, "server_key"))


def judge_halves(vector: Vector) -> None:
    def half(of: Vector) -> Half:
        answers = [Signed(*map(bytes.fromhex, one)) for one in of["answers"]]
        logs = [
            Links(bytes.fromhex(log), cursor(start), [bytes.fromhex(one) for one in leaves])
            for log, start, leaves in of["logs"]
        ]
        return Half([entry_of(one) for one in of["roster"]], answers, logs)

    try:
        made = join(half(vector["one"]), half(vector["other"]))
    except Unproven as why:
        raise Refused("halves-wrong", str(why)) from None
    if made.verdict is None:
        raise Refused("fits", vector["name"])
    if made.verdict.outcome != "proven":
        raise Refused(made.verdict.outcome, made.verdict.reason)
    assert made.verdict.contradiction is not None
    assert (made.verdict.contradiction.kind, made.verdict.log) == (vector["kind"], vector["log_name"])


def judge_session(vector: Vector) -> None:
    message = session_message(vector["origin"], raw(vector, "challenge"), raw(vector, "principal"))
    check_signature(raw(vector, "key"), "session", message, raw(vector, "signature"))
    assert message == raw(vector, "message")


def judge_ticket(vector: Vector) -> None:
    try:
        ticket = Ticket.from_text(vector["text"])
    except TicketWrong:
        raise Refused("ticket-wrong", vector["name"]) from None
    told = (ticket.kind, ticket.address, ticket.server_key, ticket.secret)
    assert told == (vector["kind"], vector["address"], raw(vector, "server_key"), raw(vector, "secret"))
    assert ticket.to_text() == vector["text"]


def judge_log_id(vector: Vector) -> None:
    programme, account = raw(vector, "programme"), raw(vector, "account") or None
    log = log_id(programme, vector["space"], account)
    if log != raw(vector, "log"):
        raise Refused("different", vector["name"])
    assert genesis(programme, log) == raw(vector, "genesis")


JUDGES: dict[str, Callable[[Vector], None]] = {
    "answer": judge_answer,
    "evidence": judge_evidence,
    "halves": judge_halves,
    "entry-chain": judge_entry_chain,
    "erasing": judge_erasing,
    "erasing-bodies": judge_erasing_body,
    "header": judge_header,
    "log-ids": judge_log_id,
    "roster": judge_roster,
    "session": judge_session,
    "space": judge_space,
    "statements": judge_statement,
    "statistics": judge_statistics,
    "ticket": judge_ticket,
    "void": judge_void,
    "witness": judge_witness,
    "comparing": judge_comparing,
}
OWN_WORDS = {
    "ok",
    "ticket-wrong",
    "different",
    "void",
    "compare-wrong",
    "explained",
    "not-proven",
    "fits",
    "halves-wrong",
}


@pytest.mark.parametrize("name", JUDGES)
def test_vectors(name: str) -> None:
    wrong = []
    for vector in make.load(name):
        word = "ok"
        try:
            JUDGES[name](vector)
        except Refused as refusal:
            word = refusal.problem
        if word != vector["expect"]:
            wrong.append((vector["name"], vector["expect"], word))
    assert wrong == []


@pytest.mark.parametrize("name", JUDGES)
def test_most_vectors_of_each_list_are_refused(name: str) -> None:
    vectors = make.load(name)
    words = [vector["expect"] for vector in vectors]
    assert 0 < words.count("ok") * 2 < len(words)
    assert set(words) - OWN_WORDS <= PROBLEMS.keys()
    assert len({vector["name"] for vector in vectors}) == len(vectors)


def test_the_honest_rosters_have_every_kind() -> None:
    kinds = {
        Header.decode(raw(one, "header")).kind
        for one in [*make.load("roster"), *make.load("statistics")]
        if one["expect"] == "ok"
    }
    assert kinds == set(KINDS)


def test_everything_signed_has_a_vector() -> None:
    signed = {one["context"] for vector in make.load("statements") for one in vector.get("signed", [])}
    assert signed == {"invite", "join", "cosign"}


def test_encodings_of_elements_are_those_of_the_bytes() -> None:
    for vector in make.load("statements"):
        if vector["expect"] == "ok":
            assert encode(decode(raw(vector, "body"))) == raw(vector, "body")
