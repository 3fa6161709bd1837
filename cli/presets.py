"""How known programmes are set up: what a lead can start from."""

from typing import Annotated

import typer

from cli.terminal import Terminal


def presets(
    terminal: Terminal,
    name: Annotated[str | None, typer.Argument(help="Show this one with all that it sets.")] = None,
) -> None:
    """List the programmes that a lead can start from: `hallway lead found --preset NAME`."""
    from cli.terminal import table
    from schemas.records import about, preset, preset_names

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
    from schemas.records.presets import statistics

    programme, counted = preset(name), statistics(name)
    words = Words("en", programme)
    rows = [
        (words.field("programme", each), words.value("programme", each, value)) for each, value in programme.items()
    ]
    document = {
        "preset": name,
        "about": about(name),
        "programme": plain(programme),
        "statistics": counted,
        "published": list(published(name)),
        "source": source(name),
    }
    terminal.show(document, about(name), table(("Setting", "Value"), rows), *published(name), source(name))
