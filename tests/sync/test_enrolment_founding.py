"""Rules of page 4 for `found`: each from both sides of its bound."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from crypto.public.ids import log_id, programme_id
from sync.log import ZERO, Cursor
from sync.state import Epoch, RosterState
from sync.statement import Cosignature
from sync.statements import DeviceKeys, Found, Policy, decode_statement
from tests.support.actors import ADDRESS, World
from tests.support.programme import FIRST_DAY
from tests.sync.enrolled import judged

NEUTRAL = (1).to_bytes(32, "little")
"""The neutral point: under it, where it is not refused, anybody signs anything."""


def founded(**different: Any) -> tuple[World, Found]:
    world = World.found(3)
    statement = decode_statement("found", world.entries[0].check_body())
    assert isinstance(statement, Found)
    return world, replace(statement, **different)


def judged_founding(world: World, statement: Found, **header: Any) -> str:
    """Of the programme that the statement itself names."""
    start = RosterState.start(programme_id(statement.encode()))
    return judged(replace(world, states=[start], entries=[]), world.lead, statement, **header)


def test_found_makes_a_lead_its_device_and_three_spaces() -> None:
    world, statement = founded()
    state, lead = world.state, world.lead
    assert (state.chain.position, state.time, state.rules, state.address) == (1, FIRST_DAY, 1, ADDRESS)
    assert (state.server_key, state.policy) == (world.server.public, Policy(1, 180, 730))
    assert state.leads == set(state.accounts) == {lead.account}
    account, device = state.accounts[lead.account], state.devices[lead.id]
    assert (account.role, account.member_key_hash, account.joined) == ("lead", lead.person.member.hash, 1)
    assert account.devices == (lead.id,)
    assert (device.account, device.enrolled, device.invite) == (lead.account, 1, ZERO)
    assert (device.signing_key, device.hpke_hash) == (lead.signing.public, lead.hpke.hash)
    personal, commons, leads = statement.commitments
    assert {log: space.epochs for log, space in state.spaces.items()} == {
        log_id(world.programme, "personal", lead.account): (Epoch(1, personal),),
        log_id(world.programme, "commons"): (Epoch(1, commons),),
        log_id(world.programme, "leads"): (Epoch(1, leads, b"", statement.inbox_hash),),
    }


@pytest.mark.parametrize(
    ("different", "expected"),
    [
        ({}, "ok"),
        ({"rules": 0}, "statement-unsupported"),
        ({"rules": 2}, "statement-unsupported"),
        ({"address": "x" * 200}, "ok"),
        ({"address": "x" * 201}, "entry-malformed"),
        ({"policy": Policy(1, 90, 3_650)}, "ok"),
        ({"policy": Policy(0, 180, 730)}, "policy-floor"),
        ({"policy": Policy(2, 180, 730)}, "policy-floor"),
        ({"policy": Policy(1, 89, 730)}, "policy-floor"),
        ({"policy": Policy(1, 180, 89)}, "policy-floor"),
        ({"policy": Policy(1, 3_651, 730)}, "policy-floor"),
        ({"policy": Policy(1, 180, 3_651)}, "policy-floor"),
        ({"account": bytes(16)}, "entry-malformed"),
        ({"server_key": NEUTRAL}, "key-refused"),
        ({"cosignature": Cosignature(ZERO, bytes(64))}, "cosignature-invalid"),
        ({"device": DeviceKeys(bytes(32), bytes(32))}, "entry-malformed"),
    ],
)
def test_what_a_founding_statement_may_say(different: dict[str, Any], expected: str) -> None:
    assert judged_founding(*founded(**different)) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"sequence": 2}, "entry-malformed"),
        ({"epoch": 1}, "entry-malformed"),
        ({"prev": b"p" * 32}, "prev-mismatch"),
        ({"seen": Cursor(0, ZERO)}, "witness-unknown"),
        ({"device": ZERO}, "entry-malformed"),
        ({"roster": Cursor(0, ZERO)}, "entry-malformed"),
    ],
)
def test_the_header_of_a_founding_statement(header: dict[str, Any], expected: str) -> None:
    assert judged_founding(*founded(), **header) == expected


def test_a_programme_is_the_hash_of_its_founding_statement() -> None:
    world, statement = founded()
    other = replace(world, states=[RosterState.start(b"P" * 32)], entries=[])
    assert judged(other, world.lead, statement) == "entry-malformed"


def test_a_founder_does_not_use_one_key_twice() -> None:
    world, statement = founded()
    twice = replace(statement, member_key_hash=world.lead.signing.public)
    assert judged_founding(world, twice) == "exists"


def test_a_later_program_reads_what_an_earlier_one_has_founded() -> None:
    """It took `found` for one of its own rules version, and would have refused every programme that there is."""
    later = "import sync.state; sync.state.RULES = 2"
    later += "; from tests.support.actors import World; print(World.found(3).state.rules)"
    done = subprocess.run([sys.executable, "-c", later], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1\n", "")
