"""The page's rule of void entries, as the simulator has it, against the product's."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from immutables import Map

from simulation.standing import void, vouched
from sync.log import Cursor, Entry, Header
from sync.state import Device, Former, RosterState
from sync.statements import Remove, Revoke
from sync.void import Mark, void_positions

LOG, PROGRAMME = b"l" * 32, b"p" * 32
DEVICES = [bytes([number]) * 32 for number in range(4)]
ENTRIES = st.lists(st.tuples(st.sampled_from(DEVICES), st.integers(0, 9), st.integers(0, 9)), max_size=14)
LEAVING = st.dictionaries(
    st.sampled_from(DEVICES), st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 14)), max_size=4
)


@settings(max_examples=300, deadline=None)
@given(ENTRIES, LEAVING)
def test_both_readings_of_the_page_agree(
    drawn: list[tuple[bytes, int, int]], leaving: dict[bytes, tuple[int, bool, int]]
) -> None:
    entries = log_of(drawn)
    marks = [Mark.of(position, entry) for position, entry in entries.items()]
    roster = roster_of(leaving, entries)
    assert void(roster, LOG, entries) == void_positions(roster, LOG, marks)


def test_the_paper_voids_what_others_had_seen_and_a_phone_does_not() -> None:
    thief, owner = DEVICES[:2]
    entries = log_of([(thief, 0, 0), (owner, 1, 0), (thief, 0, 0)])
    for cosigned, expected in ((False, {3}), (True, {1, 3})):
        assert void(roster_of({thief: (5, cosigned, 0)}, entries), LOG, entries) == expected


def revocation(since: int) -> Revoke:
    return Revoke(20_000, DEVICES[0], since, (), 2, bytes(32), bytes(48), bytes(32))


def test_the_owner_vouches_up_to_since_and_a_thiefs_revocation_for_nothing() -> None:
    mine, thief, owner = DEVICES[:3]
    roster = roster_of({mine: (5, False, 0), thief: (7, False, 0)}, {})
    roster = replace(roster, chain=replace(roster.chain, position=9))
    by = {mine: thief, thief: owner}
    former = {id_: replace(one, by=by[id_]) for id_, one in roster.former.items()}
    roster = replace(roster, former=Map(former))
    for since_of_the_thief, until in ((7, 2), (5, 2), (4, 9)):
        stated = {5: revocation(2), 7: revocation(since_of_the_thief)}
        assert vouched(roster, stated, mine) == until
    # Who left with an account does not come back.
    assert vouched(roster, {5: Remove(20_000, bytes(16), ())}, mine) == 0


def log_of(drawn: list[tuple[bytes, int, int]]) -> dict[int, Entry]:
    """Entries of which each names its author's last one as `prev`."""
    made, last = dict[int, Entry](), dict[bytes, bytes]()
    for position, (device, seen, roster) in enumerate(drawn, start=1):
        witness = Cursor(min(seen, position - 1), bytes(32)), Cursor(roster, bytes(32))
        header = Header(1, LOG, device, position, "sealed", 1, bytes(32), *witness, last.get(device, bytes(32)))
        made[position] = Entry(header.encode(), bytes(64), b"")
        last[device] = made[position].leaf
    return made


def roster_of(leaving: dict[bytes, tuple[int, bool, int]], entries: dict[int, Entry]) -> RosterState:
    """`leaving`: device -> position of its departure, whether the paper consented, the entry that stands last."""
    former = {
        id_: Former(
            Device(b"a" * 16, bytes(32), bytes(32), 1, bytes(32)),
            position,
            DEVICES[0],
            cosigned,
            Map({LOG: entries[last].leaf} if last in entries else {}),
        )
        for id_, (position, cosigned, last) in leaving.items()
    }
    return replace(RosterState.start(PROGRAMME), former=Map(former))
