"""What a supporter is told of a table before the phone reports to it: short, and true when read in a hurry."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from device.statistics.counting import Contribution
from schemas.period import first_day, last_day
from schemas.records.labels import label
from schemas.tables.sources import sources
from schemas.task import Task

LANGUAGE = "en"
MOST_NAMES = 4
"""More newcomers are told by inviter: a card is short."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """An account that counts and did in no earlier period. Names as this phone shows them."""

    name: str
    invited_by: str


@dataclass(frozen=True, slots=True)
class Card:
    """A sentence or a few under each heading, in the order in which they are asked."""

    counted: str
    readers: str
    people: str
    protection: str

    def __str__(self) -> str:
        return "\n".join((self.counted, self.readers, self.people, self.protection))


def explain(
    task: Task,
    period: int,
    *,
    accounts: int,
    newcomers: Sequence[Newcomer],
    first: bool = False,
    one_organisation: bool,
    aggregator: str = "",
) -> Card:
    """The card of an opening.

    `accounts`: how many count; `newcomers`: of them; `first`: nothing was counted before; `one_organisation`: whether
    the programme's lead and the server belong to one, as far as the phone knows; `aggregator`: the name of the account
    that holds the third share.
    """
    return Card(
        counted=_counted(task, period),
        readers=_readers(task, aggregator, one_organisation=one_organisation),
        people=_people(accounts, newcomers, first=first),
        protection=_protection(task),
    )


def preview(task: Task, made: Contribution) -> tuple[tuple[str, int], ...]:
    """All that the report says: the cells that are not 0, in words, with their numbers."""
    cells = {made.cells: 1} if isinstance(made.cells, int) else dict(enumerate(made.cells))
    return tuple((_cell(task, cell), number) for cell, number in cells.items() if number)


def _counted(task: Task, period: int) -> str:
    source = label(LANGUAGE, "table_source", task.source)
    axes = " and ".join(label(LANGUAGE, "table_axis", axis.name).lower() for axis in task.axes)
    first, last = first_day(task.period_kind, period), last_day(task.period_kind, period)
    if task.source == "workforce":
        most = "Where you stand on the last day by what you logged, or none. What a course was about is not in it."
    elif task.once:
        most = "Your latest check-in, or none. You may opt out: your phone then says none, and nobody can tell."
    else:
        most = f"At most {task.bound} from you; the rest is counted next time. None, if there is nothing to count."
    return f"{source} by {axes}, {first} to {last}. {most} No names, days or notes are in it."


def _readers(task: Task, aggregator: str, *, one_organisation: bool) -> str:
    total = "Leads read the total of everybody, never what is yours."
    if task.shares > 2:
        third = aggregator or "somebody who is no lead"
        split = f"Your numbers are split in three: server, lead and {third}. Only all three together could read them."
        return f"{total} {split}"
    split = f"{total} Your numbers are split in two: server and lead. The two together could read them."
    return f"{split} Here one organisation runs both." if one_organisation else split


def _people(accounts: int, newcomers: Sequence[Newcomer], *, first: bool) -> str:
    count = f"{accounts} {'account counts' if accounts == 1 else 'accounts count'}"
    if not newcomers:
        return f"{count}, none of them new."
    # A lead who invents accounts knows their numbers, and so what is left for the others.
    warning = "Ask about those whom nobody knows: made-up accounts weaken the protection."
    if not first and len(newcomers) <= MOST_NAMES:
        names = ", ".join(f"{each.name} (invited by {each.invited_by})" for each in newcomers)
        return f"{count}, {len(newcomers)} of them new: {names}. {warning}"
    invited = Counter(each.invited_by for each in newcomers).most_common()
    by = ", ".join(f"{number} invited by {inviter}" for inviter, number in invited[:MOST_NAMES])
    more = f", {sum(number for _, number in invited[MOST_NAMES:])} by others" if invited[MOST_NAMES:] else ""
    new = ". Nothing was counted before, so all are new" if first else f", {len(newcomers)} of them new"
    return f"{count}{new}: {by}{more}. {warning}"


def _protection(task: Task) -> str:
    fewest = f"No total is released from fewer than {task.k} accounts."
    if task.once:
        what = "where you stand" if task.source == "workforce" else "what you chose"
        return f"Chance is added to each number, so that nobody can be sure {what}. {fewest}"
    if task.unit == "supporter":
        return f"Chance is added to each number, enough that nobody can be sure of anything you did. {fewest}"
    return (
        f"Chance is added to each number, so that nobody can be sure of any single {_thing(task)}. How busy you were is"
        f" not hidden from a lead who sets out to learn it. {fewest}"
    )


def _thing(task: Task) -> str:
    return "shift" if task.source == "presence" else "contact"


def _cell(task: Task, cell: int) -> str:
    codes = task.codes_of(cell)
    if not codes:
        return "None"
    return " / ".join(_code(task.source, axis.name, code) for axis, code in zip(task.axes, codes, strict=True))


def _code(source: str, axis: str, code: str) -> str:
    labels = sources()[source][axis].labels
    return label(LANGUAGE, labels, code) if labels else f"Tier {int(code) + 1}"
