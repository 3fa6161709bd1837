"""A server whose tree has no decryption code in it serves all the same (tests/demo runs phones against it)."""

import http.client
import json
import subprocess
import time
from pathlib import Path

import pytest

from demo.host import ROOMS, Host, interpreter, strip
from demo.server import Clock

ABSENT = ("crypto.secret", "sync.device", "device", "cli", "bench", "tests", "demo.story")
PRESENT = ("crypto.public", "sync.roster", "store.store", "api.app", "schemas.wire", "demo.server", "fastapi")

LOOK = """
import importlib.util, json, sys
def there(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
found = [name for name in sys.argv[1:] if there(name)]
import demo.server
print(json.dumps({"found": found, "loaded": sorted(sys.modules), "api": sys.modules["api"].__file__}))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("stripped") / "tree"
    strip(made)
    return made


def test_the_decryption_code_is_not_in_the_tree(tree: Path) -> None:
    assert {path.name for path in tree.iterdir()} == {*ROOMS, "demo"}
    for folder in ("crypto/secret", "sync/device", "device"):
        assert not (tree / folder).exists()
    assert {path.name for path in (tree / "demo").iterdir()} == {"__init__.py", "server.py"}


def test_what_the_server_can_import_is_what_is_in_the_tree(tree: Path) -> None:
    command, environment = interpreter(tree)
    done = subprocess.run(
        [*command, "-c", LOOK, *ABSENT, *PRESENT], cwd=tree, env=environment, check=True, capture_output=True, text=True
    )
    seen = json.loads(done.stdout)
    assert seen["found"] == list(PRESENT)
    assert Path(seen["api"]).is_relative_to(tree)
    assert [
        name for name in seen["loaded"] if name in ABSENT or name.startswith(("crypto.secret", "sync.device"))
    ] == []


def test_it_serves(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock")
    clock.set(time.time() + 100 * 86_400)
    host = Host(tmp_path / "host", clock.path)
    try:
        host.start("http://hall.test")
        connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=30)
        connection.request("GET", "/v1/health")
        assert connection.getresponse().status == 200
        connection.close()
    finally:
        host.close()
    assert [json.loads(line)["event"] for line in host.log.read_text().splitlines()] == ["started"]
