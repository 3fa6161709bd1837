"""`make guides`: records the ceremonies and writes their pages; `--check` compares instead."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from clients.recording.ceremonies import tell

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "ceremonies"


def recorded() -> dict[Path, str]:
    """The pages as they should stand."""
    with TemporaryDirectory() as folder:
        pages, labels = asyncio.run(tell(Path(folder)))
    return {FOLDER / f"{page.name}.md": page.text(labels) for page in pages}


def main(arguments: list[str]) -> int:
    """Exit status 1 if `--check` finds a page that is not as the recording."""
    stale = {path: text for path, text in recorded().items() if not path.exists() or path.read_text() != text}
    for path, text in stale.items():
        if "--check" in arguments:
            sys.stderr.write(f"{path.relative_to(ROOT)} is stale: run `make guides`\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
