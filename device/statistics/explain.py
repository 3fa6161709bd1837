"""What a supporter is told of a table before the phone reports to it: short, and true when read in a hurry."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from device.statistics.counting import Contribution
from schemas.period import first_day, last_day
from schemas.records.labels import label
from schemas.tables.sources import sources
from schemas.task import Task

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
    lang: str,
    task: Task,
    period: int,
    *,
    accounts: int,
    newcomers: Sequence[Newcomer],
    first: bool = False,
    one_organisation: bool,
    aggregator: str = "",
) -> Card:
    """The card of an opening, in a language of the labels.

    `accounts`: how many count; `newcomers`: of them; `first`: nothing was counted before; `one_organisation`: whether
    the leads' own one runs the server, as a lead has stated; `aggregator`: the name of the account that holds the third
    share.
    """
    third = aggregator or say(lang, "third")
    return Card(
        counted=_counted(lang, task, period),
        readers=_readers(lang, task, third, one_organisation=one_organisation),
        people=_people(lang, accounts, newcomers, first=first),
        protection=_protection(lang, task, third),
    )


def preview(lang: str, task: Task, made: Contribution) -> tuple[tuple[str, int], ...]:
    """All that the report says: the cells that are not 0, in words, with their numbers."""
    cells = {made.cells: 1} if isinstance(made.cells, int) else dict(enumerate(made.cells))
    return tuple((_cell(lang, task, cell), number) for cell, number in cells.items() if number)


def say(lang: str, sentence: str, **values: object) -> str:
    """A sentence of a card in the reader's language, with what belongs into it."""
    return label(lang, "card", sentence).format(**values)


def _counted(lang: str, task: Task, period: int) -> str:
    return say(
        lang,
        "counted",
        source=label(lang, "table_source", task.source),
        axes=f" {say(lang, 'and')} ".join(label(lang, "table_axis", axis.name).lower() for axis in task.axes),
        first=first_day(task.period_kind, period),
        last=last_day(task.period_kind, period),
        most=say(lang, _most(task), bound=task.bound),
    )


def _most(task: Task) -> str:
    if task.source == "workforce":
        return "most_workforce"
    return "most_once" if task.once else "most"


def _readers(lang: str, task: Task, third: str, *, one_organisation: bool) -> str:
    split = "three" if task.shares > 2 else "two"
    told = f"{say(lang, 'total')} {say(lang, split, third=third)}"
    return f"{told} {say(lang, split + '_one_organisation')}" if one_organisation else told


def _people(lang: str, accounts: int, newcomers: Sequence[Newcomer], *, first: bool) -> str:
    count = say(lang, "account" if accounts == 1 else "accounts", number=accounts)
    if not newcomers:
        return say(lang, "none_new", accounts=count)
    # A lead who invents accounts knows their numbers, and so what is left for the others.
    warning = say(lang, "warning")
    if not first and len(newcomers) <= MOST_NAMES:
        each = [say(lang, "newcomer", name=one.name, inviter=one.invited_by) for one in newcomers]
    else:
        invited = Counter(one.invited_by for one in newcomers).most_common()
        each = [say(lang, "invited", number=number, inviter=inviter) for inviter, number in invited[:MOST_NAMES]]
        if rest := sum(number for _, number in invited[MOST_NAMES:]):
            each.append(say(lang, "by_others", number=rest))
    told = say(lang, "all_new" if first else "some_new", accounts=count, number=len(newcomers), who=", ".join(each))
    return f"{told} {warning}"


def _protection(lang: str, task: Task, third: str) -> str:
    chance = say(lang, "chance_of_two" if task.noises > 1 else "chance", third=third)
    return f"{say(lang, _hidden(task), chance=chance)} {say(lang, 'fewest', k=task.k)}"


def _hidden(task: Task) -> str:
    if task.once:
        return "hidden_workforce" if task.source == "workforce" else "hidden_once"
    if task.unit == "supporter":
        return "hidden_supporter"
    return "hidden_presence" if task.source == "presence" else "hidden_contact"


def _cell(lang: str, task: Task, cell: int) -> str:
    codes = task.codes_of(cell)
    if not codes:
        return say(lang, "none")
    return " / ".join(_code(lang, task.source, axis.name, code) for axis, code in zip(task.axes, codes, strict=True))


def _code(lang: str, source: str, axis: str, code: str) -> str:
    labels = sources()[source][axis].labels
    return label(lang, labels, code) if labels else say(lang, "tier", number=int(code) + 1)
