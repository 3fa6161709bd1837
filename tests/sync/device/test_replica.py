"""What a device believes: all of a page or nothing of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.device.replica import Placed, Pulled, ServerFault, check_positions, grow_roster, grow_space
from sync.log import Chain, Cursor, Entry
from sync.state import RosterState
from tests.support.actors import World
from tests.support.programme import Space


def make() -> tuple[World, bytes]:
    """A programme with a member who has two phones, and five entries in the member's space."""
    world = World.found(6)
    phone = world.member()
    second = world.link(phone)
    log = world.log("personal", phone)
    for number in range(5):
        world.write((phone, second)[number % 2], log, bytes([number]))
    return world, log


WORLD, LOG = make()
STRANGER = World.found(7)


def space() -> Space:
    return WORLD.space(LOG)


def start(log: bytes = LOG) -> Cursor:
    return Chain.start(WORLD.programme, log).cursor


def roster_page(entries: Sequence[Entry], *, asked: int = 0, more: bool = False, head: Cursor | None = None) -> Pulled:
    newest = head or WORLD.state.chain.cursor
    return Pulled(WORLD.programme, WORLD.states[asked].chain.cursor, True, newest, entries, more)


def space_page(entries: Sequence[Entry], *, more: bool = False, head: Cursor | None = None) -> Pulled:
    return Pulled(LOG, start(), True, head or space().chain.cursor, entries, more)


def heads(position: int) -> bytes | None:
    return start().head if position == 0 else None


def grown(pulled: Pulled) -> tuple[Chain, list[Placed]]:
    return grow_space(WORLD.state, Chain.start(WORLD.programme, LOG), heads, pulled)


def test_the_whole_of_a_log_is_believed_with_its_places() -> None:
    state, placed = grow_roster(RosterState.start(WORLD.programme), roster_page(WORLD.entries))
    assert state == WORLD.state
    assert [(one.position, one.head) for one in placed] == [
        (position, WORLD.state.heads[position]) for position in range(1, len(WORLD.entries) + 1)
    ]
    chain, placed = grown(space_page(space().entries))
    assert chain == space().chain
    assert [one.head for one in placed] == space().heads[1:]
    assert [one.entry for one in placed] == space().entries


@given(st.data())
def test_pages_of_any_size_end_where_one_page_ends(data: st.DataObject) -> None:
    chain, at = Chain.start(WORLD.programme, LOG), 0
    known = {0: start().head}
    while at < 5:
        size = data.draw(st.integers(1, 5 - at))
        entries = space().entries[at : at + size]
        page = Pulled(LOG, chain.cursor, True, space().chain.cursor, entries, at + size < 5)
        chain, placed = grow_space(WORLD.state, chain, known.get, page)
        known |= {one.position: one.head for one in placed}
        at += size
    assert chain == space().chain


Change = Callable[[list[Entry]], list[Entry]]

BREAKING: dict[str, Change] = {
    "the tail is left out": lambda entries: entries[:-1],
    "everything is left out": lambda _: [],
    "the first is left out": lambda entries: entries[1:],
    "the middle is left out": lambda entries: [*entries[:2], *entries[3:]],
    "the order is reversed": lambda entries: entries[::-1],
    "one comes twice": lambda entries: [*entries, entries[-1]],
    "one comes twice at once": lambda entries: [*entries[:1], *entries],
    "a body is exchanged": lambda entries: [*entries[:-1], replace(entries[-1], body=entries[0].body)],
    "a body is empty": lambda entries: [*entries[:-1], replace(entries[-1], body=b"")],
    "a signature is exchanged": lambda entries: [*entries[:-1], replace(entries[-1], signature=entries[0].signature)],
    "a header is cut": lambda entries: [*entries[:-1], replace(entries[-1], raw_header=entries[-1].raw_header[:-1])],
    "an entry of elsewhere is added": lambda entries: [*entries, STRANGER.entries[0]],
}


@pytest.mark.parametrize("how", BREAKING)
def test_a_page_that_was_changed_is_believed_in_no_part(how: str) -> None:
    with pytest.raises(ServerFault) as fault:
        grown(space_page(BREAKING[how](list(space().entries))))
    assert fault.value.log == LOG
    with pytest.raises(ServerFault) as fault:
        grow_roster(RosterState.start(WORLD.programme), roster_page(BREAKING[how](list(WORLD.entries))))
    assert fault.value.log == WORLD.programme


def test_a_sealed_body_may_be_missing_until_the_end_of_the_log_is_known() -> None:
    missing = [replace(entry, body=None) for entry in space().entries]
    chain, placed = grown(space_page(missing))
    assert chain == space().chain
    assert [one.entry.body for one in placed] == [None] * 5
    with pytest.raises(ServerFault):
        grow_roster(
            RosterState.start(WORLD.programme), roster_page([replace(entry, body=None) for entry in WORLD.entries])
        )


@pytest.mark.parametrize("position", [4, 6, 2**53 - 1])
def test_a_head_that_the_entries_do_not_reach_is_a_fault(position: int) -> None:
    for head in (Cursor(position, space().chain.head), Cursor(5, bytes(32))):
        with pytest.raises(ServerFault, match="head"):
            grown(space_page(space().entries, head=head))


def test_more_is_promised_only_below_the_head() -> None:
    chain, _ = grown(space_page(space().entries[:3], more=True))
    assert chain.position == 3
    for entries, head in ((space().entries, None), (space().entries, Cursor(3, bytes(32)))):
        with pytest.raises(ServerFault, match="promises more"):
            grown(space_page(entries, more=True, head=head))


def test_entries_of_people_the_roster_does_not_know_yet_are_a_fault() -> None:
    """So the roster is pulled first, to its end."""
    young = WORLD.states[1]
    with pytest.raises(ServerFault):
        grow_space(young, Chain.start(WORLD.programme, LOG), heads, space_page(space().entries))


def test_an_entry_by_a_stranger_to_the_space_is_a_fault() -> None:
    world = World.found(6)
    member, other = world.member(), world.member()
    log = world.log("personal", member)
    intruder = replace(other, person=member.person)
    world.epoch_keys[log] = [bytes(32)]
    forged = world.sealing(intruder, log)
    page = Pulled(log, Chain.start(world.programme, log).cursor, True, Cursor(1, bytes(32)), [forged], more=False)
    with pytest.raises(ServerFault, match="not-authorised"):
        grow_space(world.state, Chain.start(world.programme, log), {0: bytes(32)}.get, page)


@given(st.lists(st.integers(0, 12), max_size=6), st.integers(0, 8))
def test_positions_follow_the_cursor_one_by_one(positions: list[int], asked: int) -> None:
    page = replace(space_page([]), asked=Cursor(asked, bytes(32)))
    if positions == [asked + number for number in range(1, len(positions) + 1)]:
        check_positions(page, positions)
    else:
        with pytest.raises(ServerFault):
            check_positions(page, positions)


def test_a_fault_says_one_sentence() -> None:
    fault = ServerFault(None, "the server did what no server does")
    assert str(fault) == fault.reason
