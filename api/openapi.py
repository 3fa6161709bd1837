"""Writes openapi.yaml from the running application: `python -m api.openapi`, or `--check` to compare.

The page of problem types (docs/protocol/8-problems.md) is written beside it, from the table it comes from.
"""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from api.app import create_app
from api.settings import Settings
from schemas.problems import page

ROOT = Path(__file__).resolve().parents[1]


def generated() -> dict[Path, str]:
    """The files that are written from code, and what they should hold."""
    with TemporaryDirectory() as data:
        app = create_app(Settings(data=Path(data)), randomness=os.urandom)
        document = app.openapi()
        app.state.services.close()
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    return {ROOT / "openapi.yaml": text, ROOT / "docs/protocol/8-problems.md": page()}


def main(arguments: list[str]) -> int:
    """Exit status 1 if `--check` finds a file that is not as the code would write it."""
    stale = {path: text for path, text in generated().items() if not path.exists() or path.read_text() != text}
    for path, text in stale.items():
        if "--check" in arguments:
            sys.stderr.write(f"{path.relative_to(ROOT)} is stale: run `make openapi`\n")
        else:
            path.write_text(text)
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
