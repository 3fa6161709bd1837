"""How known programmes are set up: what a lead can start from."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import Usage
from cli.terminal import Terminal

if TYPE_CHECKING:
    from schemas.tables.ready import Plan


def presets(
    terminal: Terminal,
    name: Annotated[str | None, typer.Argument(help="Show this one with all that it sets.")] = None,
    of: Annotated[
        str | None, typer.Option("--of", metavar="PERIOD", help="Which tables it opens for a quarter, such as 2026-q4.")
    ] = None,
    large: Annotated[bool, typer.Option("--large", help="With --of: 500 supporters or more.")] = False,
) -> None:
    """List the programmes that a lead can start from: `hallway lead found --preset NAME`."""
    from cli.terminal import table
    from schemas.records import about, preset, preset_names

    if name is not None and of is not None:
        _show_period(terminal, name.replace("-", "_"), of, large=large)
        return
    if name is not None:
        _show(terminal, name.replace("-", "_"))
        return
    found = [(each, about(each)) for each in preset_names()]
    document = [{"preset": each, "display_name": preset(each)["display_name"], "about": line} for each, line in found]
    terminal.show({"presets": document}, table(("Preset", "What it is"), found))


def _show(terminal: Terminal, name: str) -> None:
    from cli.terminal import table
    from cli.values import Words, plain
    from schemas.records import about, preset, published, source
    from schemas.tables.ready import plan

    programme, proposed = preset(name), plan(name)
    words = Words("en", programme)
    rows = [
        (words.field("programme", each), words.value("programme", each, value)) for each, value in programme.items()
    ]
    document = {
        "preset": name,
        "about": about(name),
        "programme": plain(programme),
        "statistics": {
            "period_kind": proposed.period_kind,
            "activity": proposed.activity,
            "wellbeing": proposed.wellbeing,
            "workforce": proposed.workforce,
            "large": proposed.large,
        },
        "published": list(published(name)),
        "source": source(name),
    }
    terminal.show(
        document, about(name), table(("Setting", "Value"), [*rows, *_counted(proposed)]), *published(name), source(name)
    )


def _counted(proposed: "Plan") -> list[tuple[str, str]]:
    first, *others = proposed.activity
    lists = {
        f"Counted every {proposed.period_kind}": [first],
        "Counted in turn": others,
        "Wellbeing, in turn": proposed.wellbeing,
        "Workforce, in turn": proposed.workforce,
        "From 500 supporters on": proposed.large,
    }
    return [(heading, ", ".join(names)) for heading, names in lists.items() if names]


def _show_period(terminal: Terminal, name: str, typed: str, *, large: bool) -> None:
    from cli.spans import span_of
    from cli.terminal import table
    from schemas.tables.ready import plan, ready

    proposed, (kind, number) = plan(name), span_of(typed)
    if kind != "quarter":
        raise Usage(f"{typed} is no quarter", "Write one as 2026-q4.")
    tables = proposed.tables(kind, number, large=large)
    rows = [(each, ready()[each].title) for each in tables]
    how = (
        f"`hallway lead stats define TABLE --by {proposed.period_kind}` once, `hallway lead stats open TABLE {typed}`."
    )
    terminal.show({"preset": name, "of": typed, "tables": list(tables)}, table(("Table", "What it counts"), rows), how)
