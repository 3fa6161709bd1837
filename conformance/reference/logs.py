"""Operations on logs: pages 3, 4, 5, 9 and 10 of the protocol."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from immutables import Map

from conformance.reference import shown
from conformance.reference.shown import Given, in_hex
from conformance.table import Object
from crypto.public.encoding import decode
from crypto.public.ids import genesis, log_id
from crypto.secret import body
from sync.erasure import Leaves, decode_erasing
from sync.log import Chain, Entry, Header
from sync.roster import apply
from sync.signatures import check_signature
from sync.space import check_space_entry
from sync.state import RosterState
from sync.statements import Invite, Join, decode_statement
from sync.void import Mark, void_positions
from sync.witness import Witness, check_witness_entry


class Log:
    """A chain with the heads of all its positions."""

    def __init__(self, programme: bytes, log: bytes, entries: Sequence[Entry] = ()) -> None:
        self.chain = Chain.start(programme, log)
        self.heads = [self.chain.head]
        self.leaves = Leaves()
        for one in entries:
            self.extend(one)

    def extend(self, one: Entry) -> None:
        self.chain = self.chain.extend(one)
        self.heads.append(self.chain.head)
        self.leaves.add(self.chain.position, one)

    def head_at(self, position: int) -> bytes | None:
        return self.heads[position] if position < len(self.heads) else None


class Rosters:
    """States by the head they stand at: the questions of a list share theirs."""

    def __init__(self) -> None:
        self._states: dict[bytes, RosterState] = {}

    def after(self, programme: bytes, entries: Sequence[Entry]) -> RosterState:
        state = RosterState.start(programme)
        for one in entries:
            head = state.chain.extend(one).head
            # The head covers header and signature, and the header the body.
            one.check_body()
            state = self._states.get(head) or apply(state, one)
            self._states[head] = state
        return state


ROSTERS = Rosters()


def log_ids(given: Given) -> Object:
    programme = given.raw("programme")
    log = log_id(programme, given["space"], given.raw("account") or None)
    return {"log": log.hex(), "genesis": genesis(programme, log).hex()}


def header(given: Given) -> Object:
    found = Header.decode(given.raw("header"))
    return {"fields": header_shown(found), "sealing_fields": found.sealing_fields().hex()}


def header_shown(found: Header) -> Object:
    told: Object = in_hex(asdict(found) | {"seen": found.seen.as_array(), "roster": found.roster.as_array()})
    return told


def encode_header(given: Given) -> Object:
    one = Given(given["fields"])
    found = Header(
        *(one["suite"], one.raw("log"), one.raw("device"), one["sequence"], one["kind"], one["epoch"]),
        *(one.raw("body_hash"), one.cursor("seen"), one.cursor("roster"), one.raw("prev")),
    )
    return {"header": found.encode().hex()}


def entry_chain(given: Given) -> Object:
    log = Log(given.raw("programme"), given.raw("log"), given.entries("before"))
    if "header" not in given:
        return {"head": log.chain.head.hex()}
    log.chain.check(given.entry.header, log.head_at)
    return landed(given.entry, log.chain.extend(given.entry))


def landed(entry: Entry, chain: Chain) -> Object:
    return {"leaf": entry.leaf.hex(), "head": chain.head.hex()}


def statements(given: Given) -> Object:
    statement = decode_statement(given["kind"], given.raw("body"))
    if "signed" not in given:
        return {}
    place = given.raw("programme"), given.cursor("seen")
    messages = {"cosign": statement.cosign_message(*place)}
    if isinstance(statement, Invite):
        messages["invite"] = statement.counter_message(*place)
    if isinstance(statement, Join):
        messages["join"] = statement.join_message(*place)
    for one in map(Given, given["signed"]):
        check_signature(one.raw("public"), one["context"], messages[one["context"]], one.raw("signature"))
    told = [messages[one["context"]].hex() for one in given["signed"]]
    return {"elements": in_hex(decode(statement.encode())), "messages": told}


def roster(told: Callable[[RosterState, Entry], Object]) -> Callable[[Given], Object]:
    def operation(given: Given) -> Object:
        after = apply(ROSTERS.after(given.raw("programme"), given.entries("before")), given.entry)
        return landed(given.entry, after.chain) | {"state": told(after, given.entry)}

    return operation


def space(given: Given) -> Object:
    log = Log(given.raw("programme"), given.raw("log"), given.entries("before"))
    state, entry = ROSTERS.after(given.raw("programme"), given.entries("roster")), given.entry
    out = landed(entry, check_space_entry(state, log.chain, entry, log.head_at, log.leaves, new=given["new"]))
    if "epoch_key" not in given:
        return out
    opened = body.open(given.raw("epoch_key"), entry.header.sealing_fields(), entry.check_body())
    return out | {"plaintext": opened.hex()}


def erasing_bodies(given: Given) -> Object:
    return {"elements": in_hex(decode(decode_erasing(given["kind"], given.raw("body")).encode()))}


def witness(given: Given) -> Object:
    entries, since = given.entries("before"), given["since"]
    log = Log(given.raw("programme"), given.raw("log"), entries[:since])
    if since:
        # A log that is read from there on: who wrote below is not known.
        log.chain = replace(log.chain, authors=Map(), since=since)
    for one in entries[since:]:
        log.extend(one)
    state, entry = ROSTERS.after(given.raw("programme"), given.entries("roster")), given.entry
    chain = check_witness_entry(state, log.chain, entry, log.head_at, new=given["new"])
    stated = Witness.decode(entry.check_body())
    return landed(entry, chain) | {"digest": stated.digest.hex(), "day": stated.day}


def void(given: Given) -> Object:
    entries, log = given.entries("entries"), Log(given.raw("programme"), given.raw("log"))
    for one in entries:
        log.chain.check(one.header, log.head_at)
        log.extend(one)
    marks = [Mark.of(position, one) for position, one in enumerate(entries, 1)]
    state = ROSTERS.after(given.raw("programme"), given.entries("roster"))
    return {"void": sorted(void_positions(state, given.raw("log"), marks))}


LOGS: dict[str, Callable[[Given], Object]] = {
    "log-ids": log_ids,
    "header": header,
    "header/encode": encode_header,
    "entry-chain": entry_chain,
    "statements": statements,
    "roster": roster(shown.roster_state),
    "statistics": roster(shown.statistics_state),
    "space": space,
    "erasing-bodies": erasing_bodies,
    "erasing": space,
    "witness": witness,
    "void": void,
}
