"""Writes tests/vectors/*.json: `python -m tests.vectors.make`, or `--check` to exit 1 if a file is not up to date.

Every module `make_*` of this folder has `LISTS`: file name without suffix -> function without arguments that returns
the vectors; or `PAGES`: path in the project -> function that returns the text of a page. A vector is a JSON object
with at least `name`, `expect` (a word) and `comment`; bytes are hexadecimal.
"""

import json
import pkgutil
import sys
from importlib import import_module
from pathlib import Path

from tests.vectors.vector import Lists, Pages, Vector

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]


def rendered() -> dict[Path, str]:
    """File -> text, for the lists and pages of all `make_*` modules."""
    texts: dict[Path, str] = {}
    for module in sorted(pkgutil.iter_modules([str(FOLDER)]), key=lambda module: module.name):
        if not module.name.startswith("make_"):
            continue
        maker = import_module(f"tests.vectors.{module.name}")
        lists: Lists = getattr(maker, "LISTS", {})
        pages: Pages = getattr(maker, "PAGES", {})
        texts |= {ROOT / path: page() for path, page in pages.items()}
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


def outdated(texts: dict[Path, str]) -> list[Path]:
    """The files on disk that differ, are missing, or that nobody writes any more."""
    found = {*FOLDER.glob("*.json"), *(path for path in texts if path.exists())}
    on_disk = {path: path.read_text() for path in found}
    return sorted(path for path in texts.keys() | on_disk.keys() if texts.get(path) != on_disk.get(path))


def main(arguments: list[str]) -> int:
    texts = rendered()
    changed = outdated(texts)
    if arguments == ["--check"]:
        for path in changed:
            print(f"{path.name} is not up to date: run `make vectors`", file=sys.stderr)
        return 1 if changed else 0
    for path, text in texts.items():
        path.write_text(text)
    for path in changed:
        if path not in texts:
            path.unlink()
    print(f"{len(texts)} files, {len(changed)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
