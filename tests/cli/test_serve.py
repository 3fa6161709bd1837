"""The server's command: from a tree without what decrypts, and refusing what it cannot do."""

import json
import shutil
import socket
import subprocess
import sys
import sysconfig
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from api.settings import Settings
from cli.serve import is_elsewhere
from sync.ticket import Ticket
from tests.cli.terminal import Server, clean_environment, invoke
from tests.support.serving import free_port

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("api", "store", "sync", "stats", "schemas", "crypto", "cli", "alembic")
DELETED = ("crypto/secret", "sync/device")
# Without `site` the checkout itself, which the environment has on its path, stays out of reach.
RUN = "import sys; sys.path[:0] = sys.argv[1:3]; del sys.argv[1:3]; from cli.main import app; app()"


def test_it_says_where_it_listens_and_answers_there(server: Server) -> None:
    assert server.said["listening"] == server.said["address"] == server.address
    with urllib.request.urlopen(f"{server.address}/v1/health", timeout=10) as answer:
        assert answer.status == 200
    assert Path(server.said["database"]).stat().st_mode & 0o077 == 0


def test_the_operator_s_ticket_names_the_server_and_is_kept_private(server: Server, tmp_path: Path) -> None:
    out = tmp_path / "founding"
    done = invoke("operator", "token", *server.options, "--out", str(out), environment=clean_environment(tmp_path))
    assert done.exit_code == 0, done.stderr
    assert out.stat().st_mode & 0o777 == 0o600
    ticket = Ticket.from_text(out.read_text())
    assert (ticket.kind, ticket.address) == ("found", server.address)
    assert out.read_text().strip() not in done.output


def test_a_port_or_database_that_is_taken_is_named(server: Server, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from cli.main import app; app()", "serve", "--json", "--port", str(server.port)]
    environment = {**clean_environment(tmp_path), "PYTHONPATH": str(ROOT)}
    for data, problem in ((tmp_path / "other", "address-in-use"), (server.folder / "server", "already-served")):
        done = subprocess.run(
            [*command, "--data", str(data)], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert json.loads(done.stderr.splitlines()[-1])["problem"] == problem


def test_settings_that_are_none_are_named(tmp_path: Path) -> None:
    environment = {**clean_environment(tmp_path), "HALLWAY_SESSION_SECONDS": "7"}
    done = invoke("serve", "--address", "hall.example", "--data", str(tmp_path), environment=environment)
    assert done.exit_code == 2
    assert "address" in done.stderr
    assert "session_seconds" in done.stderr


def test_metrics_are_off_by_default(server: Server) -> None:
    assert listening(server.process.pid) == {("127.0.0.1", server.port)}


def test_metrics_are_served_on_the_loopback_interface_alone(tmp_path: Path) -> None:
    made, port = Server(tmp_path), free_port()
    made.options += ("--host", "0.0.0.0")
    made.environment["HALLWAY_METRICS_PORT"] = str(port)
    made.start()
    try:
        assert listening(made.process.pid) == {("0.0.0.0", made.port), ("127.0.0.1", port)}
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        with socket.create_connection(("127.0.0.1", port)) as broken:
            broken.sendall(b"marker / HTTP/9.9\r\n\r\n")
        assert 'hallway_key_file_good{file="server.key"} 1.0' in text
        for unwanted in ("process_", "python_", "_created"):
            assert unwanted not in text
        with pytest.raises(urllib.error.HTTPError, match="404") as refused:
            urllib.request.urlopen(f"{made.address}/metrics", timeout=10)
        refused.value.close()
    finally:
        made.stop()
    events = {json.loads(line)["event"] for line in (tmp_path / "server.log").read_text().splitlines()}
    assert events == {"started", "stopped"}


def listening(process: int) -> set[tuple[str, int]]:
    """Where a process takes connections."""
    held = {str(path.readlink()) for path in Path(f"/proc/{process}/fd").iterdir()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{process}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            # A listening socket; the tables have those of all processes.
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in held:
                host, _, port = fields[1].partition(":")
                address = bytes.fromhex(host)[::-1]
                found.add((socket.inet_ntoa(address) if len(address) == 4 else host, int(port, 16)))
    return found


def test_a_port_for_metrics_that_is_none_or_taken_is_named(server: Server, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "other"), "--port", str(free_port()))
    for wrong in ("0.0.0.0:9100", "0", data[-1]):
        environment = {**clean_environment(tmp_path), "HALLWAY_METRICS_PORT": wrong}
        done = invoke("serve", *data, environment=environment)
        assert (done.exit_code, "metrics_port" in done.stderr) == (2, True)
    taken = {**clean_environment(tmp_path), "HALLWAY_METRICS_PORT": str(server.port), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", "from cli.main import app; app()", "serve", "--json", *data]
    ended = subprocess.run(command, env=taken, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    refused = json.loads(ended.stderr.splitlines()[-1])
    assert refused["problem"] == "address-in-use"
    assert "HALLWAY_METRICS_PORT" in refused["next"]


@pytest.mark.parametrize("empty", ["", " "])
@pytest.mark.parametrize("name", ["database", "data", "address", "host", "port"])
def test_an_empty_setting_starts_no_other_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, empty: str
) -> None:
    """`HALLWAY_DATABASE= hallway serve` made a new SQLite file beside the PostgreSQL that was meant, and an empty
    `HALLWAY_DATA` put the server's key into the directory where it was typed.
    """
    monkeypatch.chdir(tmp_path)
    environment = clean_environment(tmp_path)
    done = invoke("serve", environment={**environment, f"HALLWAY_{name.upper()}": empty})
    assert (done.exit_code, f"{name}: is empty" in " ".join(done.stderr.split())) == (2, True), done.output
    if name != "port":
        done = invoke("serve", f"--{name}", empty, environment=environment)
        assert (done.exit_code, f"{name}: is empty" in " ".join(done.stderr.split())) == (2, True), done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "mysql", "PostgreSQL"])
def test_an_address_of_another_kind_is_no_file(tmp_path: Path, scheme: str) -> None:
    """A file was made, in directories that had the password for a name."""
    url = f"{scheme}://me:secret@db.example/hall"
    done = invoke("serve", "--data", str(tmp_path), "--database", url, environment=clean_environment(tmp_path))
    assert (done.exit_code, "no known kind" in done.stderr, "secret" in done.output) == (2, True, False)
    assert list(tmp_path.iterdir()) == []


def test_a_ticket_of_a_server_that_was_never_started_is_refused(tmp_path: Path) -> None:
    """With a mistyped directory it was made, with a key and a database of its own, and founded nothing."""
    for command in (("operator", "token"), ("restore", "begin"), ("restore", "end"), ("backup", "copy.sqlite")):
        done = invoke(*command, "--data", str(tmp_path / "data"), "--json", environment=clean_environment(tmp_path))
        assert (done.exit_code, json.loads(done.stderr)["problem"]) == (1, "no-server")
    assert not [*(tmp_path / "data").iterdir()]


def test_a_backup_needs_no_server_key(server: Server, tmp_path: Path) -> None:
    """Whoever copies the database could not be somebody without the key."""
    copy = tmp_path / "copy.sqlite"
    done = invoke(
        "backup", str(copy), "--data", str(tmp_path / "none"), "--database", server.said["database"],
        environment=clean_environment(tmp_path),
    )  # fmt: skip
    assert (done.exit_code, copy.read_bytes()[:15]) == (0, b"SQLite format 3"), done.output


@pytest.mark.parametrize(
    ("address", "host", "elsewhere"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1", True),
        ("http://localhost:8499", "127.0.0.1", False),
        ("https://hall.example", "127.0.0.1", False),
        ("http://127.0.0.1:8000", "0.0.0.0", False),
    ],
)
def test_an_address_where_nothing_listens_is_told(tmp_path: Path, address: str, host: str, *, elsewhere: bool) -> None:
    """`--port` alone: each ticket led to the usual port, where no server was."""
    assert is_elsewhere(Settings(data=tmp_path, address=address, host=host, port=8499)) is elsewhere


def test_it_serves_from_a_tree_without_what_decrypts(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for room in ROOMS:
        shutil.copytree(ROOT / room, tree / room, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in DELETED:
        shutil.rmtree(tree / folder)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    run = [sys.executable, "-S", "-c", RUN, str(tree), sysconfig.get_path("purelib")]
    environment = clean_environment(tmp_path)
    options = ["--data", str(tmp_path / "data"), "--address", address, "--json"]
    process = subprocess.Popen(
        [*run, "serve", *options, "--port", str(port)], cwd=tree, env=environment, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["listening"] == address
        with urllib.request.urlopen(f"{address}/v1/limits", timeout=10) as answer:
            assert answer.status == 200
        done = subprocess.run(
            [*run, "operator", "token", *options], cwd=tree, env=environment, check=True, capture_output=True
        )
        assert Ticket.from_text(json.loads(done.stdout)["ticket"]).kind == "found"
        done = subprocess.run([*run, "phone", "list"], cwd=tree, env=environment, check=False, capture_output=True)
        assert done.returncode == 1
    finally:
        process.kill()
        process.communicate()
