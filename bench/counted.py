"""The product's server, with a count of the SQL statements that its database was given."""

import mmap
import os
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from api.server import run
from api.settings import Settings
from bench.server import STATEMENTS


class Counter:
    """Eight bytes in a file, which another process reads while this one runs."""

    def __init__(self, path: Path) -> None:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        os.ftruncate(file, 8)
        self._memory = mmap.mmap(file, 8)

    def count(self, _: str) -> None:
        number = int.from_bytes(self._memory[:], "big") + 1
        self._memory[:] = number.to_bytes(8, "big")


def main() -> None:
    settings = Settings()
    counter = Counter(settings.data / STATEMENTS)

    def trace(connection: Any, _: object) -> None:
        connection.set_trace_callback(counter.count)

    event.listen(Engine, "connect", trace)
    run(settings)


if __name__ == "__main__":
    main()
