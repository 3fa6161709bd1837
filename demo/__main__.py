"""`make demo`: a programme of 30 supporters, end to end, and counted. The last line of output is one JSON object."""

import argparse
import asyncio
import json
import sys

from demo.claims import DemoFailed
from demo.run import full_scale, perform
from demo.screen import Screen


def main() -> int:
    """Exit status 0 only if all is as it must be."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of what supporters do and when connections break")
    arguments = parser.parse_args()
    screen = Screen()
    try:
        outcome = asyncio.run(perform(full_scale(), arguments.seed, screen))
    except DemoFailed as failure:
        screen.say(str(failure))
        return 1
    for sentence in outcome.wrong:
        screen.say(sentence)
    print(json.dumps(outcome.summary()))
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
