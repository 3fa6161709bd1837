"""`apply`: a table of all kinds in all states, the order of judgement, and that nothing but a new state comes of it."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.log import ZERO, Cursor, Entry
from sync.roster import RULES_OF, apply
from sync.state import RosterState
from sync.statement import Cosignature
from sync.statements import KINDS, Announce
from tests.support.refusals import outcome, refused
from tests.sync.arrays import changed, single_bits
from tests.sync.drafts import DRAFTS
from tests.sync.plain import plain
from tests.sync.scenes import SCENES, Scene, scene

# Who may do what, and the name of each refusal. A strange phone is no device of the programme, which is also true of
# every phone before `found`. `-`: the scene has no such person.
TABLE = """
statement               author        empty           founded            coded              grown
found                   lead          ok              not-authorised     not-authorised     not-authorised
invite member           lead          not-authorised  second-key-needed  ok                 ok
invite member           second lead   -               -                  -                  ok
invite member           member        -               -                  -                  not-authorised
invite member           stranger      not-authorised  device-not-active  device-not-active  device-not-active
invite lead             lead          not-authorised  ok                 ok                 ok
invite lead             second lead   -               -                  -                  ok
invite lead             member        -               -                  -                  not-authorised
invite lead             stranger      not-authorised  device-not-active  device-not-active  device-not-active
invite link             lead          not-authorised  ok                 ok                 ok
invite link             member        -               -                  -                  ok
invite link             second phone  -               -                  -                  ok
invite link             stranger      not-authorised  device-not-active  device-not-active  device-not-active
invite lead's link      member        -               -                  -                  not-authorised
invite lead's link      second lead   -               -                  -                  not-authorised
invite recovery         lead          not-authorised  ok                 ok                 ok
invite recovery         member        -               -                  -                  ok
invite recovery         second phone  -               -                  -                  ok
invite recovery         stranger      not-authorised  device-not-active  device-not-active  device-not-active
invite lead's recovery  member        -               -                  -                  not-authorised
invite lead's recovery  second lead   -               -                  -                  not-authorised
join member             lead          not-authorised  invite-not-open    ok                 ok
join lead               lead          not-authorised  invite-not-open    ok                 ok
join link               lead          not-authorised  invite-not-open    ok                 ok
join recovery           lead          not-authorised  invite-not-open    ok                 ok
rotate commons          lead          not-authorised  ok                 ok                 ok
rotate commons          second lead   -               -                  -                  ok
rotate commons          member        -               -                  -                  not-authorised
rotate commons          stranger      not-authorised  device-not-active  device-not-active  device-not-active
rotate leads            lead          not-authorised  ok                 ok                 ok
rotate leads            second lead   -               -                  -                  ok
rotate leads            member        -               -                  -                  not-authorised
rotate leads            stranger      not-authorised  device-not-active  device-not-active  device-not-active
rotate own personal     lead          not-authorised  ok                 ok                 ok
rotate own personal     member        -               -                  -                  ok
rotate own personal     second phone  -               -                  -                  ok
rotate own personal     stranger      not-authorised  device-not-active  device-not-active  device-not-active
rotate lead's personal  member        -               -                  -                  not-authorised
rotate lead's personal  second lead   -               -                  -                  not-authorised
policy                  lead          not-authorised  ok                 ok                 ok
policy                  second lead   -               -                  -                  ok
policy                  member        -               -                  -                  not-authorised
policy                  stranger      not-authorised  device-not-active  device-not-active  device-not-active
close lead's member     lead          not-authorised  invite-not-open    ok                 ok
close lead's member     second lead   -               -                  -                  ok
close lead's member     member        -               -                  -                  not-authorised
close lead's member     stranger      not-authorised  device-not-active  device-not-active  device-not-active
close lead's lead       lead          not-authorised  invite-not-open    ok                 ok
close lead's lead       second lead   -               -                  -                  ok
close lead's lead       member        -               -                  -                  not-authorised
close lead's link       lead          not-authorised  invite-not-open    ok                 ok
close lead's link       second lead   -               -                  -                  invite-not-open
close lead's link       member        -               -                  -                  invite-not-open
close lead's recovery   lead          not-authorised  invite-not-open    ok                 ok
close lead's recovery   second lead   -               -                  -                  invite-not-open
close lead's recovery   member        -               -                  -                  invite-not-open
announce                lead          not-authorised  ok                 ok                 ok
announce                member        -               -                  -                  ok
announce                second phone  -               -                  -                  ok
announce                stranger      not-authorised  device-not-active  device-not-active  device-not-active
revoke lead             lead          not-authorised  not-authorised     not-authorised     not-authorised
revoke lead             second lead   -               -                  -                  not-authorised
revoke lead             stranger      not-authorised  device-not-active  device-not-active  device-not-active
revoke second phone     member        -               -                  -                  ok
revoke second phone     second phone  -               -                  -                  not-authorised
revoke second phone     lead          -               -                  -                  not-authorised
remove lead             lead          not-authorised  not-authorised     not-authorised     cosignature-invalid
remove lead             second lead   -               -                  -                  ok
remove lead             member        -               -                  -                  not-authorised
remove second lead      lead          -               -                  -                  ok
remove second lead      second lead   -               -                  -                  ok
remove member           lead          -               -                  -                  ok
remove member           second lead   -               -                  -                  ok
remove member           member        -               -                  -                  cosignature-invalid
remove member           second phone  -               -                  -                  cosignature-invalid
remove stranger         lead          not-authorised  not-authorised     not-authorised     not-authorised
rules 1                 lead          not-authorised  not-authorised     not-authorised     not-authorised
rules 2                 lead          not-authorised  not-authorised     not-authorised     not-authorised
rules 2                 stranger      not-authorised  device-not-active  device-not-active  device-not-active
server                  lead          not-authorised  ok                 ok                 ok
server                  second lead   -               -                  -                  ok
server                  member        -               -                  -                  not-authorised
server                  stranger      not-authorised  device-not-active  device-not-active  device-not-active
restored                lead          not-authorised  ok                 ok                 ok
restored                second lead   -               -                  -                  ok
restored                member        -               -                  -                  not-authorised
restored                stranger      not-authorised  device-not-active  device-not-active  device-not-active
task                    lead          not-authorised  ok                 ok                 ok
task                    second lead   -               -                  -                  ok
task                    member        -               -                  -                  not-authorised
task                    stranger      not-authorised  device-not-active  device-not-active  device-not-active
aggregator on           lead          not-authorised  not-authorised     not-authorised     not-authorised
aggregator on           member        -               -                  -                  too-early
aggregator on           stranger      not-authorised  device-not-active  device-not-active  device-not-active
aggregator off          second lead   -               -                  -                  not-authorised
aggregator off          second phone  -               -                  -                  ok
offer                   lead          not-authorised  not-open           not-open           not-open
offer                   member        -               -                  -                  not-authorised
offer                   stranger      not-authorised  device-not-active  device-not-active  device-not-active
open                    lead          not-authorised  not-open           not-open           not-open
open                    member        -               -                  -                  not-authorised
open                    stranger      not-authorised  device-not-active  device-not-active  device-not-active
close_period            lead          not-authorised  not-open           not-open           not-open
close_period            member        -               -                  -                  not-authorised
close_period            stranger      not-authorised  device-not-active  device-not-active  device-not-active
"""


def cells() -> list[tuple[str, str, str, str]]:
    """(statement, author, scene, expected)."""
    columns = (0, 24, 38, 54, 73, 92, 200)
    rows = [[line[left:right].strip() for left, right in pairwise(columns)] for line in TABLE.strip().splitlines()[1:]]
    return [
        (statement, author, name, expected)
        for statement, author, *expectations in rows
        for name, expected in zip(SCENES, expectations, strict=True)
        if expected != "-"
    ]


@pytest.mark.parametrize(("statement", "author", "name", "expected"), cells())
def test_who_may_do_what(statement: str, author: str, name: str, expected: str) -> None:
    here = scene(name)
    entry = DRAFTS[statement](here, here.phones[author])
    before, told = here.world.state, plain(here.world.state)
    problem, after = outcome(apply, before, entry)
    assert problem == expected
    assert plain(before) == told
    if after is not None:
        assert after.chain == before.chain.extend(entry)
        assert after.head_at(after.chain.position) == after.chain.head
        # The same statement again, and one by somebody else under its number, change nothing more.
        left = entry.header.device not in after.devices
        again = "not-authorised" if statement == "found" else "device-not-active" if left else "sequence-used"
        with refused(again):
            apply(after, entry)


def test_the_table_has_every_kind_and_every_scene() -> None:
    kinds = {statement.replace("close ", "close_invite ").split()[0] for statement, *_ in cells()}
    assert kinds == set(KINDS) == {kind.kind for kind in RULES_OF}
    assert {name for _, _, name, _ in cells()} == set(SCENES)
    assert {statement for statement, *_ in cells()} == set(DRAFTS)


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("kind", ["sealed", "witness", "erase", "invent"])
def test_other_kinds_are_refused_by_name_in_every_state(kind: str, name: str) -> None:
    world = scene(name).world
    with refused("entry-malformed"):
        world.judge(world.draft(world.lead, Announce(world.day, 1), kind=kind))


# Strict and floating statements.

FLOATING = ["invite member", "invite lead", "invite link", "invite recovery", "announce"]
STRICT = [
    *("rotate commons", "rotate leads", "rotate own personal", "policy", "close lead's member"),
    *("remove member", "remove second lead", "server", "restored"),
]


def rebuilt(here: Scene, statement: str, seen: Cursor) -> Entry:
    """The lead's statement as if it had been made at `seen`."""
    world = here.world
    if statement.startswith("invite"):
        made = world.new_pass(statement.split()[1], world.lead)
        return world.draft(world.lead, world.inviting(made, seen=seen), seen=seen)
    honest = DRAFTS[statement](here, world.lead)
    header = replace(honest.header, seen=seen, roster=seen)
    return Entry.sign(header, honest.check_body(), world.lead.signing)


@pytest.mark.parametrize("statement", FLOATING)
def test_floating_statements_may_have_seen_any_state(statement: str) -> None:
    here = scene("grown")
    last = here.world.state.chain.author(here.world.lead.id).seen
    for position in range(last, here.world.state.chain.position + 1):
        here.world.judge(rebuilt(here, statement, here.world.states[position].chain.cursor))


@pytest.mark.parametrize("statement", STRICT)
def test_strict_statements_must_have_seen_the_newest_state(statement: str) -> None:
    here = scene("grown")
    newest = here.world.state.chain.cursor
    here.world.judge(rebuilt(here, statement, newest))
    for position in range(here.world.state.chain.author(here.world.lead.id).seen, newest.position):
        with refused("seen-stale"):
            here.world.judge(rebuilt(here, statement, here.world.states[position].chain.cursor))


@pytest.mark.parametrize("statement", STRICT + FLOATING)
def test_a_witness_of_another_history_is_refused(statement: str) -> None:
    here = scene("grown")
    newest = here.world.state.chain.cursor
    other = scene("coded").world.state.chain.cursor
    for seen in (Cursor(newest.position, other.head), Cursor(newest.position + 1, newest.head)):
        with refused("witness-unknown"):
            here.world.judge(rebuilt(here, statement, seen))


def test_seen_before_the_authors_enrolment_is_refused() -> None:
    here = scene("grown")
    world, phone = here.world, here.phones["second lead"]
    enrolled = world.state.devices[phone.id].enrolled
    for position, expected in ((enrolled, "ok"), (enrolled - 1, "witness-unknown")):
        seen = world.states[position].chain.cursor
        entry = world.draft(phone, Announce(world.day, 1), seen=seen)
        assert outcome(world.judge, entry)[0] == expected


# The header of a roster entry.


@pytest.mark.parametrize(
    ("different", "expected"),
    [
        ({"suite": 2}, "suite-unknown"),
        ({"log": bytes(32)}, "entry-malformed"),
        ({"epoch": 1}, "entry-malformed"),
        ({"roster": Cursor(0, ZERO)}, "entry-malformed"),
        ({"body_hash": ZERO}, "body-mismatch"),
        ({"kind": "policy"}, "entry-malformed"),
        ({"device": bytes(32)}, "device-not-active"),
        ({"sequence": 1}, "sequence-used"),
        ({"prev": ZERO}, "prev-mismatch"),
    ],
)
def test_every_field_of_the_header_is_held_to_its_value(different: dict[str, Any], expected: str) -> None:
    world = scene("grown").world
    with refused(expected):
        world.judge(world.draft(world.lead, Announce(world.day, 1), **different))


def test_only_the_authors_key_signs() -> None:
    here = scene("grown")
    world, member = here.world, here.phones["member"]
    entry = world.draft(world.lead, Announce(world.day, 1))
    for signer in (member.signing, here.phones["second phone"].signing, world.server):
        with refused("signature-invalid"):
            world.judge(Entry.sign(entry.header, entry.check_body(), signer))
    for length in (0, 63, 65):
        with refused("signature-invalid"):
            world.judge(Entry(entry.raw_header, entry.signature[:1] * length, entry.body))


def test_no_bit_of_an_entry_may_change() -> None:
    world = scene("grown").world
    entry = world.draft(world.lead, Announce(world.day, 1))
    for raw in single_bits(entry.raw_header):
        assert outcome(world.judge, replace(entry, raw_header=raw))[0] != "ok"
    for signature in single_bits(entry.signature):
        with refused("signature-invalid"):
            world.judge(replace(entry, signature=signature))
    for body in single_bits(entry.check_body()):
        with refused("body-mismatch"):
            world.judge(replace(entry, body=body))
    with refused("body-mismatch"):
        world.judge(replace(entry, body=None))


def test_the_first_failure_names_the_problem() -> None:
    """An entry with every fault there is; then one after another is mended, in the order of pages 3 and 4."""
    here = scene("grown")
    world, member = here.world, here.phones["member"]
    newest, older = world.state.chain.cursor, world.states[-2].chain.cursor
    joined = world.states[world.state.devices[member.id].enrolled - 1].chain.cursor
    statement: Any = replace(world.rotating(world.lead, "commons", epoch=9), cosignature=Cosignature(ZERO, bytes(64)))
    body = statement.encode()
    steps: list[tuple[str, dict[str, Any]]] = [
        ("suite-unknown", {"suite": 2}),
        ("body-mismatch", {"body_hash": ZERO}),
        ("entry-malformed", {"log": ZERO}),
        ("device-not-active", {"device": ZERO}),
        ("signature-invalid", {"signature": bytes(64)}),
        ("sequence-used", {"sequence": 1}),
        ("prev-mismatch", {"prev": ZERO}),
        ("witness-unknown", {"seen": Cursor(999, ZERO), "roster": Cursor(999, ZERO)}),
        ("witness-unknown", {"seen": joined, "roster": joined}),
        ("seen-stale", {"seen": older, "roster": older}),
        ("cosignature-invalid", {}),
    ]
    honest = world.draft(member, statement).header
    for at, (expected, _) in enumerate(steps):
        faults: dict[str, Any] = {}
        for _, fault in reversed(steps[at:]):
            faults |= fault
        signature = faults.pop("signature", None)
        entry = Entry.sign(replace(honest, **faults), body, member.signing)
        if signature is not None:
            entry = replace(entry, signature=signature)
        with refused(expected):
            world.judge(entry)
    uncosigned = replace(statement, cosignature=None)
    with refused("not-authorised"):
        world.judge(world.draft(member, uncosigned))
    with refused("epoch-stale"):
        world.judge(world.draft(world.lead, uncosigned))
    world.judge(world.draft(world.lead, world.rotating(world.lead, "commons")))
    assert newest == honest.seen


# Roster time.


@given(st.lists(st.integers(0, 2**53 - 1), min_size=1, max_size=8))
def test_roster_time_is_the_highest_day_so_far(days: list[int]) -> None:
    world = scene("founded").world
    state, lead = world.state, world.lead
    for day in days:
        author = state.chain.author(lead.id)
        entry = world.draft(
            lead, Announce(day, 1), seen=state.chain.cursor, sequence=author.sequence + 1, prev=author.leaf
        )
        state = apply(state, entry)
    assert state.time == max([world.state.time, *days])


# Hostile bytes: only Refused, and nothing changed.


@given(st.binary(max_size=400), st.binary(max_size=80), st.none() | st.binary(max_size=400))
def test_arbitrary_bytes_are_refused(header: bytes, signature: bytes, body: bytes | None) -> None:
    assert outcome(scene("grown").world.judge, Entry(header, signature, body))[0] != "ok"


@given(st.sampled_from(sorted(DRAFTS)), st.data())
def test_mutated_entries_are_refused(statement: str, data: st.DataObject) -> None:
    here = scene("grown")
    entry = DRAFTS[statement](here, here.world.lead)
    part = data.draw(st.sampled_from(["raw_header", "signature", "body"]))
    mutated = replace(entry, **{part: changed(getattr(entry, part), data)})
    if mutated != entry:
        assert outcome(here.world.judge, mutated)[0] != "ok"


def test_a_state_before_founding_knows_nothing() -> None:
    state = RosterState.start(b"P" * 32)
    assert (state.chain.position, state.time, len(state.accounts), len(state.devices)) == (0, 0, 0, 0)
    assert state.head_at(0) == state.chain.head
    assert state.head_at(1) is None
