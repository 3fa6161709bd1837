"""Writes tests/vectors/*.json: `python -m tests.vectors.make`, or `--check` to exit 1 if a file is not up to date.

Every module `make_*` of this folder has `LISTS`: file name without suffix -> function without arguments that returns
the vectors. A vector is a JSON object with at least `name`, `expect` (a word) and `comment`; bytes are hexadecimal.
"""

import json
import pkgutil
import sys
from importlib import import_module
from pathlib import Path

from tests.vectors.vector import Lists, Vector

FOLDER = Path(__file__).parent


def rendered() -> dict[Path, str]:
    """File -> text, for the lists of all `make_*` modules."""
    texts: dict[Path, str] = {}
    for module in sorted(pkgutil.iter_modules([str(FOLDER)]), key=lambda module: module.name):
        if not module.name.startswith("make_"):
            continue
        lists: Lists = import_module(f"tests.vectors.{module.name}").LISTS
        for name, vectors in lists.items():
            path = FOLDER / f"{name}.json"
            if path in texts:
                raise ValueError(f"two modules write {path.name}")
            texts[path] = json.dumps(vectors(), indent=1, ensure_ascii=True) + "\n"
    return texts


def load(name: str) -> list[Vector]:
    """The vectors of one list, as they are on disk."""
    vectors: list[Vector] = json.loads((FOLDER / f"{name}.json").read_text())
    return vectors


def outdated(texts: dict[Path, str]) -> list[str]:
    """Names of the files on disk that differ, are missing, or that nobody writes any more."""
    on_disk = {path: path.read_text() for path in FOLDER.glob("*.json")}
    return sorted(path.name for path in texts.keys() | on_disk.keys() if texts.get(path) != on_disk.get(path))


def main(arguments: list[str]) -> int:
    texts = rendered()
    changed = outdated(texts)
    if arguments == ["--check"]:
        for name in changed:
            print(f"tests/vectors/{name} is not up to date: run `make vectors`", file=sys.stderr)
        return 1 if changed else 0
    for path, text in texts.items():
        path.write_text(text)
    for name in changed:
        if FOLDER / name not in texts:
            (FOLDER / name).unlink()
    print(f"{len(texts)} files, {len(changed)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
