"""The server as a process."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_server_that_is_told_to_end_closes_its_database(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "HALLWAY_DATA": str(tmp_path), "HALLWAY_PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "-m", "api.server"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        assert json.loads(server.stderr.readline())["event"] == "started"
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except ConnectionError:
                assert server.poll() is None
        assert (tmp_path / "hallway.sqlite-wal").exists()
        server.send_signal(signal.SIGTERM)
        last = server.stderr.read().splitlines()[-1]
        assert server.wait(10) == 0
    assert json.loads(last)["event"] == "stopped"
    assert not (tmp_path / "hallway.sqlite-wal").exists()
