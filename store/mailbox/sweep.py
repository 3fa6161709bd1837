"""Destroys reports of openings from which nothing will be released any more."""

from collections.abc import Callable

from store.mailbox.mailbox import Mailbox
from store.states import ProgrammeState
from sync.state import RosterState
from sync.tables import period_days

KEPT = 90
"""Days after the period's last day: a lead has had ten weeks to close it."""


def sweep(mailbox: Mailbox, state_of: Callable[[bytes], ProgrammeState | None], day: int) -> None:
    """Under the server's UTC `day`. Blocks. Raises StorageFailed."""
    for programme, id_ in mailbox.openings():
        state = state_of(programme)
        roster = RosterState.start(programme) if state is None else state.roster
        opening = roster.openings.get(id_)
        if opening is None:
            # The database was put back to a day before the opening; phones may give it back.
            continue
        last = period_days(roster.tasks[opening.task], opening.period)[-1]
        if opening.ended is not None or day > last + KEPT or mailbox.released(id_):
            mailbox.destroy(id_)
    mailbox.box.scrub()
