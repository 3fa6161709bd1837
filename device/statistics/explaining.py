"""What the owner of a phone sees of statistics: what will be sent, what was, and who counts beside them."""

from dataclasses import dataclass
from typing import Any

from device.ceremonies.naming import names_known
from device.engine import Engine
from device.ledger import stored_entry
from device.records import Records
from device.statistics.counting import Contribution
from device.statistics.explain import Card, Newcomer, explain, preview, say
from device.statistics.reported import Reported, reported
from device.statistics.reporting import counted_now, days_of, moment_of, open_to
from schemas.task import Task
from sync.state import Opening, RosterState
from sync.statements import Join, decode_statement
from sync.tables import counts


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A table to which this account will report. `cells`: what the report would say now, in words, with numbers.

    `moment`: seconds since 1970 at which this phone makes it; None if it was not drawn yet.
    """

    opening: bytes
    task: Task
    period: int
    card: Card
    cells: tuple[tuple[str, int], ...]
    moment: int | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A report that was made. `cells`: all that it says; None where the roster has the table no more.

    `outcome`: as of `Reported`.
    """

    opening: bytes
    task: Task
    period: int
    cells: tuple[tuple[str, int], ...] | None
    counted: int
    outcome: str


def upcoming(engine: Engine, records: Records, lang: str) -> list[Upcoming]:
    """The earliest opening first."""
    roster, connection = engine.roster, engine.vault.read()
    made = {one.opening for one in reported(records.view, connection)}
    found = list[Upcoming]()
    for id_ in open_to(engine):
        if id_ in made:
            continue
        opening = roster.openings[id_]
        task = roster.tasks[opening.task]
        cells, counted = counted_now(engine, records, id_)
        said = preview(lang, task, Contribution(cells, counted))
        card = card_of(engine, id_, lang)
        found.append(Upcoming(id_, task, opening.period, card, said, moment_of(connection, id_)))
    return found


def sent(engine: Engine, records: Records, lang: str) -> list[Sent]:
    """The earliest period first."""
    return sorted(
        (_sent(engine.roster, one, lang) for one in reported(records.view, engine.vault.read())),
        key=lambda one: (one.period, one.opening),
    )


def _sent(roster: RosterState, one: Reported, lang: str) -> Sent:
    task = roster.tasks.get(one.task)
    cells = None
    if task is not None:
        numbers: Any = tuple(one.cells.get(cell, 0) for cell in range(task.cells))
        cells = preview(lang, task, Contribution(numbers, ()))
    return Sent(one.opening, task or one.counted_task, one.period, cells, len(one.counted), one.outcome)


def card_of(engine: Engine, id_: bytes, lang: str = "en") -> Card:
    """What is told of an opening before the phone reports to it."""
    roster = engine.roster
    opening = roster.openings[id_]
    task = roster.tasks[opening.task]
    here = who_counts(roster, opening)
    first = days_of(roster, opening)[0]
    # Not the table's last opening: who makes accounts up would state a new table, or open another one in between.
    earlier = [who_counts(roster, one) for one in roster.openings.values() if days_of(roster, one)[-1] < first]
    known = frozenset[bytes]().union(*earlier)
    newcomers = [_newcomer(engine, account, lang) for account in sorted(here - known)]
    third = roster.offers[opening.offers[1]].account if opening.offers[1:] else b""
    return explain(
        lang,
        task,
        opening.period,
        accounts=len(here),
        newcomers=newcomers,
        first=not earlier,
        one_organisation=roster.one_organisation,
        aggregator=_called(engine, third, lang) if third else "",
    )


def who_counts(roster: RosterState, opening: Opening) -> frozenset[bytes]:
    return frozenset(id_ for id_ in (*roster.accounts, *roster.departed) if counts(roster, opening, id_))


def names(engine: Engine) -> dict[bytes, str]:
    """Account -> display name, as far as this phone may read them."""
    return names_known(engine.vault.read(), engine.roster.space_log("leads"))


def _called(engine: Engine, account: bytes, lang: str) -> str:
    return names(engine).get(account) or say(lang, "unnamed", id=account.hex()[:8])


def _newcomer(engine: Engine, account: bytes, lang: str) -> Newcomer:
    roster = engine.roster
    found = roster.accounts.get(account) or roster.departed[account].account
    entry = stored_entry(engine.vault.read(), roster.programme, found.joined)
    statement = None if entry is None else decode_statement(entry.header.kind, entry.check_body())
    invite = roster.invites.get(statement.invite) if isinstance(statement, Join) else None
    inviter = say(lang, "founder") if invite is None else _called(engine, invite.author, lang)
    return Newcomer(_called(engine, account, lang), inviter)
