"""`python -m adversary`: attack a client, print what became of each attack."""

import argparse
import asyncio
import shlex
import sys

from adversary.attacks.table import ATTACKS
from adversary.client import ClientGone
from adversary.run import run
from adversary.scene import SceneBroken
from adversary.table import last_line, line, written
from adversary.verdict import Row

DRIVER = (sys.executable, "-m", "adversary.driver")


def main() -> int:
    """1 if an attack went unnoticed that is promised to be prevented or detected, or a record was lost."""
    parser = argparse.ArgumentParser(prog="adversary", description=__doc__)
    parser.add_argument("--client", default="", help="command line of the client; the directory of a phone is added")
    parser.add_argument("--only", nargs="*", default=[], metavar="ATTACK", help="these attacks, by name")
    parser.add_argument("--lanes", type=int, default=2, help="attacks at a time")
    parser.add_argument("--write", action="store_true", help="write the table of docs/adversary.md")
    asked = parser.parse_args()
    attacks = [attack for attack in ATTACKS if not asked.only or attack.name in asked.only]
    if len(attacks) < len(set(asked.only)):
        parser.error("there is no attack of this name")

    def heard(row: Row) -> None:
        print(line(row), flush=True)

    try:
        rows = asyncio.run(run(attacks, shlex.split(asked.client) or DRIVER, asked.lanes, heard))
    except (SceneBroken, ClientGone) as broken:
        print(f"nothing can be said of this client: {broken}", file=sys.stderr)
        return 2
    if asked.write:
        written(rows)
    print(last_line(rows))
    return int(not all(row.passed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
