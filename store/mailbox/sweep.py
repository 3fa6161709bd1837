"""Destroys reports of openings from which nothing will be released any more, and receipts that are old."""

from collections.abc import Callable

from store.mailbox.mailbox import Mailbox
from store.states import ProgrammeState
from sync.state import RosterState
from sync.tables import KEPT, period_days


def sweep(mailbox: Mailbox, state_of: Callable[[bytes], ProgrammeState | None], day: int) -> None:
    """Under the server's UTC `day`. Blocks. Raises StorageFailed."""

    def roster_of(programme: bytes) -> RosterState:
        state = state_of(programme)
        return RosterState.start(programme) if state is None else state.roster

    # An opening may be unknown: the database was put back to a day before it; phones may give it back.
    for programme, id_ in mailbox.openings():
        roster = roster_of(programme)
        opening = roster.openings.get(id_)
        if opening is not None and (opening.ended is not None or is_old(roster, id_, day) or mailbox.released(id_)):
            mailbox.destroy(id_)
    for programme, id_ in mailbox.remembered():
        roster = roster_of(programme)
        if id_ in roster.openings and is_old(roster, id_, day):
            mailbox.forget_receipts(id_)
    mailbox.box.scrub()


def is_old(roster: RosterState, opening: bytes, day: int) -> bool:
    found = roster.openings[opening]
    return day > period_days(roster.tasks[found.task], found.period)[-1] + KEPT
