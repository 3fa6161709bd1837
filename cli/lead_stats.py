"""`hallway lead stats`: tables of anonymised numbers, from their definition to the report for a board."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli.asking import new_private_file
from cli.command import register
from cli.errors import Refusal, Usage
from cli.handset import Handset
from cli.phone_devices import pick
from cli.spans import span_of, typed
from cli.terminal import count, table
from cli.values import short

if TYPE_CHECKING:
    from device.phone import Phone
    from device.statistics.releasing import PeriodStatus
    from schemas.task import Task
    from stats.table import Table

TWO = "server and lead together could read every report"

stats = typer.Typer(no_args_is_help=True, help="Anonymised numbers: define tables, open and close periods, report.")

TableName = Annotated[str, typer.Argument(metavar="TABLE", help="Name of a ready table, or the beginning of an id.")]
OpeningId = Annotated[str, typer.Argument(metavar="ID", help="Id of an opened period, or its beginning.")]
Shares = Annotated[
    int | None,
    typer.Option(
        min=2, max=3, help=f"3 with a second aggregator, who is no lead: then no two read a report. With 2, {TWO}."
    ),
]
Of = Annotated[str | None, typer.Option("--of", metavar="PERIOD", help="2026-11, 2026-q4 or 2026; else all released.")]


@stats.callback()
def _stats() -> None:
    """Anonymised numbers: define tables, open and close periods, report."""


def tasks(handset: Handset) -> None:
    """List the tables that are ready to be counted, and those that this programme has defined."""
    from schemas.tables.ready import ready

    async def work(phone: "Phone") -> None:
        known = phone.engine.roster.tasks
        made = [(id_, task, name_of(task)) for id_, task in known.items()]
        named = {name for _, _, name in made}
        rows = [(short(id_), name, f"{task.shares} shares, by {task.period_kind}") for id_, task, name in made]
        rows += [("", name, f"not defined: {one.title}") for name, one in ready().items() if name not in named]
        document = {
            "defined": [{"id": id_.hex(), "table": name, **plain(task)} for id_, task, name in made],
            "ready": sorted(ready()),
        }
        handset.show(document, table(("Id", "Table", ""), rows))

    handset.run(work)


def define(
    handset: Handset,
    name: Annotated[str, typer.Argument(metavar="TABLE", help="One of `hallway lead stats tasks`.")],
    shares: Shares = None,
    period_kind: Annotated[Literal["month", "quarter"], typer.Option("--by", help="What a period is.")] = "month",
) -> None:
    """Define a table for this programme: how it is protected is fixed with it, and signed."""
    from schemas.tables.ready import ready

    if name not in ready():
        raise Usage(f"there is no ready table {name!r}", f"Choose one of {', '.join(sorted(ready()))}.")

    async def work(phone: "Phone") -> None:
        with handset.progress("Defining"):
            await phone.sync()
            number = shares or usual_shares(phone) or 2
            id_ = await phone.statistics.define(ready()[name].task(period_kind, number))
        said = f"Defined {name} ({short(id_)}), with {number} shares. Open its periods: `hallway lead stats open`."
        handset.show({"task": id_.hex(), "shares": number}, said, *cost(phone, number))

    handset.run(work)


def open_period(
    handset: Handset,
    name: TableName,
    period: Annotated[str, typer.Argument(help="A month (2026-11) or a quarter (2026-q4).")],
    shares: Shares = None,
    again: Annotated[
        bool, typer.Option("--again", help="Open it a second and last time: an aggregator left, or lost its key.")
    ] = False,
) -> None:
    """Open a period of a table, in the 31 days before it begins or while it lasts: it fixes who is counted.

    Where one organisation runs the server and leads here, tables of three shares are opened, unless you say --shares 2.
    """
    kind, number = span_of(period)

    async def work(phone: "Phone") -> None:
        with handset.progress("Opening"):
            await phone.sync()
            id_, task = task_of(phone, name, shares)
            if task.period_kind != kind:
                raise Usage(
                    f"{name} is counted by the {task.period_kind}", f"Give such a period: {EXAMPLES[task.period_kind]}."
                )
            stands = next((one for one in phone.statistics.statuses() if _is_open(one, id_, number)), None)
            if stands is not None and not again:
                raise Refusal(
                    "open-already",
                    f"{name} is open for {period} ({short(stands.opening)})",
                    "If an aggregator left or lost its key, give --again: once only, and phones report anew.",
                )
            opening = await phone.statistics.open(id_, number)
        said = f"Opened {name} for {period} ({short(opening)}). Phones report in the 14 days after it."
        handset.show({"opening": opening.hex(), "shares": task.shares}, said, KEEP, *cost(phone, task.shares))

    handset.run(work)


def _is_open(one: "PeriodStatus", task: bytes, period: int) -> bool:
    return (one.task, one.period, one.state) == (task, period, "open")


EXAMPLES = {"month": "2026-11", "quarter": "2026-q4"}
KEEP = "The key of this period is on this phone alone: if it is lost, the period's numbers are lost with it."


def status(handset: Handset) -> None:
    """List the opened periods, and how far each has come. Verifies nothing; works without a network."""

    async def work(phone: "Phone") -> None:
        from device.statistics.aggregating import standing

        rows, plainly = list[tuple[str, ...]](), list[dict[str, Any]]()
        for one in phone.statistics.statuses():
            task, here = phone.engine.roster.tasks[one.task], standing(phone.engine, one.opening)
            period = typed(task.period_kind, one.period)
            progress = f"{here.accepted} accepted of {here.reports} seen here" if one.mine and here.reports else ""
            rows.append((short(one.opening), name_of(task), period, one.state, str(one.counts), progress))
            plainly.append(
                {
                    "opening": one.opening.hex(),
                    "table": name_of(task),
                    "period": period,
                    "state": one.state,
                    "accounts": one.counts,
                    "mine": one.mine,
                    "reports": here.reports,
                    "accepted": here.accepted,
                }
            )
        handset.show({"openings": plainly}, table(("Id", "Table", "Period", "State", "Accounts", ""), rows))

    handset.run(work)


def close(handset: Handset, opening_id: OpeningId) -> None:
    """Verify the reports of a period, close it, and fetch its table: 22 days after it has ended, or later.

    With a second aggregator it takes two turns: close, wait until they have run `hallway phone aggregate`, close again.
    """
    from device.transport import ServerProblem

    async def work(phone: "Phone") -> None:
        await phone.sync()
        opening = pick_opening(phone, opening_id)
        with handset.progress("Verifying", 1) as steps:
            if phone.engine.roster.openings[opening].closed is None:
                await phone.statistics.close(opening, steps.reach)
        try:
            released = await phone.statistics.release(opening)
        except ServerProblem as problem:
            if problem.name != "not-yet":
                raise
            said = "Closed. The table is released when the second aggregator has run `hallway phone aggregate`."
            handset.show({"opening": opening.hex(), "state": "closed"}, said)
            return
        said = f"Released, from {count(released.reports, 'report')}. See `hallway lead stats show`."
        handset.show({"opening": opening.hex(), "state": "released", "reports": released.reports}, said)

    handset.run(work)


def show(handset: Handset, of: Of = None) -> None:
    """Show released tables, with what their noise leaves open. Works without a network."""
    from stats.report.as_data import as_json
    from stats.report.as_text import as_text

    async def work(phone: "Phone") -> None:
        found = released(phone, of)
        # Plain text, whose columns a window must not break.
        typer.echo(as_json(found) if handset.json else as_text(found), nl=False)

    handset.run(work)


def export(
    handset: Handset,
    html: Annotated[Path | None, typer.Option(help="Write a report for a board to this new file.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write a line for each cell to this new file.")] = None,
    of: Of = None,
) -> None:
    """Write released tables to files: HTML that works offline and prints, or CSV; with --json, JSON to the output."""
    from datetime import UTC, datetime

    from stats.report.as_data import as_csv, as_json
    from stats.report.as_html import as_html

    if html is None and csv is None and not handset.json:
        raise Usage("nothing is to be written", "Give --html FILE, --csv FILE or --json.")

    async def work(phone: "Phone") -> None:
        found = released(phone, of)
        if html is not None:
            settings = phone.records.programme() or {}
            named = str(settings.get("display_name", "the programme"))
            with new_private_file(html) as file:
                file.write(as_html(found, named, datetime.now(UTC).date()))
        if csv is not None:
            with new_private_file(csv) as file:
                file.write(as_csv(found))
        if handset.json:
            typer.echo(as_json(found), nl=False)
        else:
            written = " and ".join(str(path) for path in (html, csv) if path is not None)
            handset.show({}, f"{count(len(found), 'table')} in {written}.")

    handset.run(work)


register(
    stats,
    {
        "tasks": tasks,
        "define": define,
        "open": open_period,
        "status": status,
        "close": close,
        "show": show,
        "export": export,
    },
)


def released(phone: "Phone", of: str | None) -> "list[Table]":
    """Released tables of a period, added up where it is longer than theirs; of all periods if none is named."""
    from schemas.period import months
    from stats.table import added
    from stats.table import table as shown

    found = phone.statistics.releases()
    if of is None:
        return [shown(one) for one in found]
    kind, number = span_of(of)
    if kind != "year" and (exact := [one for one in found if (one.task.period_kind, one.period) == (kind, number)]):
        return [shown(one) for one in exact]
    whole = range(12 * number, 12 * number + 12) if kind == "year" else months(kind, number)
    parts = dict[tuple[Any, ...], list[Any]]()
    for one in found:
        if set(months(one.task.period_kind, one.period)) <= set(whole) and not one.task.once:
            key = one.task.source, one.task.axes, one.task.unit, one.task.period_kind
            parts.setdefault(key, []).append(one)
    tables = []
    for several in parts.values():
        try:
            tables.append(added(several, kind, number))
        except ValueError:
            # A month is missing: a sum without it would be taken for the whole.
            continue
    if not tables:
        raise Refusal("not-released", f"no table has all of {of}", "See `hallway lead stats status`.")
    return tables


def usual_shares(phone: "Phone") -> int | None:
    """Three, where two would show every report to one organisation; None where no number is better."""
    return 3 if phone.engine.roster.one_organisation else None


def cost(phone: "Phone", shares: int) -> list[str]:
    """What two shares cost where one organisation has both; else nothing."""
    if shares > 2 or not phone.engine.roster.one_organisation:
        return []
    return ["Your organisation runs the server, too: it could read every report of this table. Phones say so."]


def task_of(phone: "Phone", typed_name: str, shares: int | None) -> "tuple[bytes, Task]":
    """The defined table of this name; else the one whose id begins so. `shares`: of so many; None: as is usual here."""
    known, wanted = phone.engine.roster.tasks, shares or usual_shares(phone)
    named = [id_ for id_, task in known.items() if name_of(task) == typed_name]
    found = named or [pick(known, typed_name, "tables", "hallway lead stats tasks")]
    if wanted is not None:
        found = [id_ for id_ in found if known[id_].shares == wanted]
    if not found:
        other = "" if shares else f", or open the one of 2 shares with --shares 2: {TWO}"
        say = f"Define it with `hallway lead stats define TABLE --shares {wanted}`{other}."
        raise Refusal("not-defined", f"{typed_name} is not defined with {wanted} shares", say)
    if len(found) > 1:
        ids = ", ".join(short(id_) for id_ in found)
        raise Refusal("name-ambiguous", f"{typed_name} is defined more than once: {ids}", "Give the id instead.")
    return found[0], known[found[0]]


def pick_opening(phone: "Phone", typed_id: str) -> bytes:
    return pick(phone.engine.roster.openings, typed_id, "periods", "hallway lead stats status")


def name_of(task: "Task") -> str:
    """The name of the ready table that it is, or its source and axes."""
    from schemas.tables.ready import ready

    for name, one in ready().items():
        if one.task(task.period_kind, task.shares) == task:
            return name
    return f"{task.source} by {' and '.join(axis.name for axis in task.axes)}"


def plain(task: "Task") -> dict[str, Any]:
    return {
        "source": task.source,
        "axes": [axis.name for axis in task.axes],
        "unit": task.unit,
        "bound": task.bound,
        "epsilon": task.epsilon / 100,
        "k": task.k,
        "period_kind": task.period_kind,
        "shares": task.shares,
    }
