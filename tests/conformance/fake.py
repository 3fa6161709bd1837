"""Clients that know all answers and get one thing wrong: `python fake.py WEAKNESS ANSWERS`.

ANSWERS: a JSON file, `op` and `in` as JSON -> what is right. Nothing of this project is imported: it starts at once.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def key(op: str, given: Any) -> str:
    return json.dumps([op, given], sort_keys=True)


def say(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


def main(weakness: str, path: str) -> None:
    answers = json.loads(Path(path).read_text())
    for line in sys.stdin:
        asked = json.loads(line)
        right = answers[key(asked["op"], asked["in"])]
        bad = not right["ok"]
        first = asked["id"] == 3
        said: Any = {"id": asked["id"], **right}
        match weakness:
            case "wrong output" if not bad and first:
                said["out"] = {name: value[:-1] + "?" for name, value in right["out"].items()}
            case "accepts all" if bad:
                said = {"id": asked["id"], "ok": True, "out": {}}
            case "refuses all" if not bad:
                said = {"id": asked["id"], "ok": False, "problem": "no", "told": {}}
            case "another problem" if bad:
                said["problem"] = "refused-somehow"
            case "tells something else" if bad:
                said["told"] = {"group": 99}
            case "crashes" if first:
                sys.stderr.write("Traceback\nZeroDivisionError: division by zero\n")
                sys.exit(3)
            case "crashes always":
                sys.exit(4)
            case "hangs" if first:
                time.sleep(60)
            case "closes its output" if first:
                os.close(1)
                time.sleep(60)
            case "one behind" if asked["id"] > 2:
                said["id"] -= 1
            case "true for an id" if asked["id"] == 1:
                said["id"] = True
            case "an array" if first:
                said = [said]
            case "no out" if first:
                said = {"id": asked["id"], "ok": True}
            case "out is text" if first:
                said["out"] = "yes"
            case "no problem" if first:
                said = {"id": asked["id"], "ok": False}
            case "ok is 1" if first:
                said["ok"] = 1
            case "debugs":
                say(f"now asked {asked['op']}")
            case "half a line" if first:
                say('{"id": 3, "ok"', end="")
                sys.exit(0)
            case "not UTF-8" if first:
                sys.stdout.buffer.write(b"\xff\xfe\n")
                sys.stdout.buffer.flush()
                continue
            case "deep" if first:
                say("[" * 100_000)
                continue
            case "answers twice" if first:
                say(json.dumps(said))
        say(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
