"""`apply`: the one function by which server and devices judge a roster statement (docs/protocol/4-roster.md).

It verifies everything, signatures included, and returns a new state, or raises `Refused` and leaves the old one
as it was. What a statement may do is a table of kinds: `RULES_OF` maps a kind to the function that judges its
authority and limits and yields the changed state.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from crypto.public.ids import device_id, programme_id
from sync import departure, enrolment, governance, statistics, tables
from sync.cosignature import check_cosignature
from sync.errors import Refused
from sync.log import Entry, Header
from sync.signatures import check_signature
from sync.state import RosterState
from sync.statement import Statement
from sync.statements import (
    Announce,
    CloseInvite,
    DeviceKeys,
    Found,
    Invite,
    Join,
    Remove,
    Restored,
    Revoke,
    Rotate,
    SetPolicy,
    SetRules,
    SetServer,
    decode_statement,
)

Rule = Callable[[RosterState, Header, Any], RosterState]

RULES_OF: dict[type[Statement], Rule] = {
    Found: enrolment.found,
    Invite: enrolment.invite,
    Join: enrolment.join,
    Rotate: governance.rotate,
    SetPolicy: governance.set_policy,
    CloseInvite: governance.close_invite,
    Announce: governance.announce,
    Revoke: departure.revoke,
    Remove: departure.remove,
    SetRules: governance.set_rules,
    SetServer: governance.set_server,
    Restored: governance.restored,
    statistics.Task: tables.task,
    statistics.Aggregator: tables.aggregator,
    statistics.Offer: tables.offer,
    statistics.Open: tables.open_period,
    statistics.ClosePeriod: tables.close_period,
}


def apply(state: RosterState, entry: Entry) -> RosterState:
    """The state after `entry`, or Refused with the first failure in the order shape, chain, authority, limits."""
    header = entry.header
    statement = decode_statement(header.kind, entry.check_body())
    check_header(state, header, statement)
    check_author(state, entry, statement)
    state.chain.check(header, state.head_at)
    check_freshness(state, header, statement)
    check_cosignature(state, header, statement)
    chain = state.chain.extend(entry)
    now = replace(
        state,
        chain=chain,
        heads=state.heads.set(chain.position, chain.head),
        time=max(state.time, statement.day),
    )
    return RULES_OF[type(statement)](now, header, statement)


def check_header(state: RosterState, header: Header, statement: Statement) -> None:
    if header.log != state.programme:
        raise Refused("entry-malformed", "the header names another log")
    if header.suite < state.policy.minimum_suite:
        raise Refused("suite-unknown", "the suite is below the roster's minimum")
    if header.epoch != 0 or header.roster != header.seen:
        raise Refused("entry-malformed", "in the roster `epoch` is 0 and `roster` equals `seen`")
    if isinstance(statement, Found) != (state.chain.position == 0):
        raise Refused("not-authorised", "`found` is the first statement and only the first")
    if isinstance(statement, Found) and programme_id(statement.encode()) != state.programme:
        raise Refused("entry-malformed", "the programme id is the hash of the founding statement")


def check_author(state: RosterState, entry: Entry, statement: Statement) -> None:
    """Items 3 and 4: the author is active (or brings its own device), and signed these very header bytes."""
    header = entry.header
    if isinstance(statement, Found | Join):
        key = new_device_key(header, statement.device)
    else:
        device = state.devices.get(header.device)
        if device is None:
            raise Refused("device-not-active", "the roster knows no active device of this id")
        key = device.signing_key
    check_signature(key, "entry", entry.raw_header, entry.signature)


def new_device_key(header: Header, keys: DeviceKeys) -> bytes:
    if device_id(keys.signing_key, keys.hpke_hash) != header.device:
        raise Refused("entry-malformed", "the device id is not that of the device the statement names")
    return keys.signing_key


def check_freshness(state: RosterState, header: Header, statement: Statement) -> None:
    author = state.devices.get(header.device)
    if author is not None and header.seen.position < author.enrolled:
        raise Refused("witness-unknown", "`seen` lies before the enrolment of its author")
    if statement.strict and header.seen != state.chain.cursor:
        raise Refused("seen-stale", "a strict statement must have seen the newest head of the roster")
