"""The table of attacks: on the screen, and in docs/adversary.md."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from adversary.verdict import UNNOTICED, Attack, Row

PAGE = Path(__file__).resolve().parents[1] / "docs" / "adversary.md"
BEGIN, END = "<!-- table: written by `python -m adversary --write` -->", "<!-- end of the table -->"
HEAD = "| attack | what the server does | verdict | what the user sees | evidence |\n|---|---|---|---|---|"
VARYING = re.compile(r"\b[0-9a-f]{8,}\b|127\.0\.0\.1:\d+|\b20\d\d-\d\d-\d\d\b")
"""Ids, ports and days, which differ from run to run."""


def line(row: Row) -> str:
    """One attack on the screen."""
    words = "; ".join(row.words) or "nothing"
    shown = f"{'ok  ' if row.passed else 'BAD '} {row.attack.name:<46} {row.verdict:<24} sees: {words}"
    seen = [f"     by: {row.evidence}"] if row.evidence else []
    more = [f"     lost: {row.lost} of {row.logged} records"] if row.lost else []
    if not row.passed:
        more = [f"     {told}" for told in (row.attack.text, row.reason) if told] + more
    return "\n".join([shown, *seen, *more, *(f"     {trouble}" for trouble in row.trouble)])


def listed(attacks: Iterable[Attack]) -> str:
    """What there is to choose from."""
    return "\n".join(f"{attack.name:<46} {attack.promise:<24} {attack.text}" for attack in attacks)


def last_line(rows: Sequence[Row]) -> str:
    """The sum: stated limits are counted apart, and named."""
    limits = [row.attack.name for row in rows if row.limit]
    judged = len(rows) - len(limits)
    unnoticed = sum(not row.limit and row.verdict == UNNOTICED for row in rows)
    broken = sum(bool(row.trouble) for row in rows)
    lost = sum(row.lost for row in rows)
    stated = f"{len(limits)} stated limits: {', '.join(limits) or 'none'}"
    wedged = f"; {broken} did not end well" if broken else ""
    return f"{stated}{wedged}\nadversary: {judged} attacks, {unnoticed} unnoticed, {lost} records lost"


def cells(row: Row) -> str:
    """A row of the page's table."""
    attack, words = row.attack, "<br>".join(steady(word) for word in row.words)
    found = attack.name, attack.text, row.verdict, words, steady(row.evidence)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in found) + " |"


def steady(word: str) -> str:
    return VARYING.sub("…", word)


def written(rows: Sequence[Row], attacks: Iterable[Attack]) -> None:
    """Put these rows into the page, in the order of `attacks`; of those that were not played the old ones stay."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    old, _, after = rest.partition(END)
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in old.splitlines() if line.startswith("| ")}
    lines |= {row.attack.name: cells(row) for row in rows}
    table = [lines[attack.name] for attack in attacks if attack.name in lines]
    PAGE.write_text("\n".join([f"{before}{BEGIN}", HEAD, *table, f"{END}{after}"]))


def documented() -> dict[str, tuple[str, str]]:
    """Attack -> (what the server does, verdict), as the page says."""
    table = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    rows = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table.strip().splitlines()[2:]]
    return {row[0].strip(): (row[1], row[2]) for row in rows}
