"""The demonstration's own composition root of the server: the product's, with a clock that weeks can pass on.

Runs from a tree without the decryption code: it imports nothing of the demonstration.
"""

import argparse
import socket
import time
from pathlib import Path

from api.app import create_app
from api.logs import configure_logs
from api.server import serve
from api.settings import Settings


class Clock:
    """The real clock and the seconds in a file, which whoever made it moves on. Seconds since 1970."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self) -> float:
        return time.time() + float(self.path.read_text())

    def set(self, moment: float) -> None:
        """Let it be `moment` now, for everyone who reads the file."""
        aside = self.path.with_name(self.path.name + ".new")
        aside.write_text(repr(moment - time.time()))
        # Read by another process at any time, so it is never half written.
        aside.replace(self.path)


def main() -> None:
    """Serve on a socket that the starting process listens on, until a signal comes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--clock", type=Path, required=True)
    parser.add_argument("--socket", type=int, required=True)
    arguments = parser.parse_args()
    configure_logs()
    settings = Settings(data=arguments.data, address=arguments.address)
    app = create_app(settings, Clock(arguments.clock))
    serve(app, settings, sockets=[socket.socket(fileno=arguments.socket)])


if __name__ == "__main__":
    main()
