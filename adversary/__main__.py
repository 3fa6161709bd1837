"""`python -m adversary`: attack a client, print what became of each attack."""

import argparse
import asyncio
import shlex
import sys
from pathlib import Path

from adversary.attacks.table import ATTACKS
from adversary.client import ClientGone
from adversary.run import run
from adversary.scene import SceneBroken
from adversary.table import last_line, line, listed, written
from adversary.verdict import Row

DRIVER = (sys.executable, "-m", "adversary.driver")


def main() -> int:
    """1 if an attack went unnoticed that is promised to be prevented or detected, or a record was lost."""
    parser = argparse.ArgumentParser(prog="adversary", description=__doc__)
    parser.add_argument("--client", default="", help="command line of the client; the directory of a phone is added")
    parser.add_argument("--only", nargs="*", default=[], metavar="ATTACK", help="these attacks, by name")
    parser.add_argument("--no-statistics", action="store_true", help="for a client that has none")
    parser.add_argument("--list", action="store_true", help="list the attacks, with what is promised, and end")
    parser.add_argument("--keep", type=Path, help="leave phones, servers and all that was said in this new directory")
    parser.add_argument("--lanes", type=int, default=2, help="attacks at a time")
    parser.add_argument("--write", action="store_true", help="write the rows played into docs/adversary.md")
    asked = parser.parse_args()
    played = [attack for attack in ATTACKS if not (asked.no_statistics and attack.counted)]
    attacks = [attack for attack in played if not asked.only or attack.name in asked.only]
    if unknown := set(asked.only) - {attack.name for attack in attacks}:
        parser.error(f"there is no attack {', '.join(sorted(unknown))}: --list shows all")
    if asked.list:
        print(listed(attacks))
        return 0
    if asked.keep and asked.keep.exists():
        parser.error(f"{asked.keep} exists already")

    def heard(row: Row) -> None:
        print(line(row), flush=True)

    if asked.keep:
        asked.keep.mkdir(parents=True)

    def said(what: str) -> None:
        print(what, file=sys.stderr, flush=True)

    try:
        rows = asyncio.run(
            run(attacks, shlex.split(asked.client) or DRIVER, asked.lanes, heard, said=said, keep=asked.keep)
        )
    except (SceneBroken, ClientGone) as broken:
        print(f"nothing can be said of this client: {broken}", file=sys.stderr)
        if not asked.keep:
            print("--keep DIRECTORY leaves what was said to it, and its answers", file=sys.stderr)
        return 2
    if asked.write:
        written(rows, ATTACKS)
    print(last_line(rows))
    return int(not all(row.passed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
