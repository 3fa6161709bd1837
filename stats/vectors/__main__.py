"""`python -m stats.vectors FOLDER` runs every vector file (*.json) of a folder; its exit code is 0 if all pass.

It prints what fails and, on the last line, `N passed, M failed`, in files. A file that it cannot judge has failed.
"""

import argparse
import json
import sys
from pathlib import Path

from stats.vectors.judge import judge


def failures(path: Path) -> list[str]:
    """What is wrong with this code, or with the file."""
    try:
        return list(judge(path.name, json.loads(path.read_bytes())))
    except Exception as error:
        return [f"cannot be judged: {type(error).__name__}: {error}"]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m stats.vectors", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    paths = sorted(folder.glob("*.json"))
    failed = 0
    for path in paths:
        wrong = failures(path)
        failed += bool(wrong)
        for line in wrong:
            print(f"{path.name}: {line}")
    if not paths:
        print(f"no vector files in {folder}", file=sys.stderr)
    print(f"{len(paths) - failed} passed, {failed} failed")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
