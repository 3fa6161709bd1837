"""The decryption code is not on the server, seen from a running interpreter beside the import contracts."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = ("crypto.secret", "sync.device", "device", "cli", "demo", "tests", "sqlcipher3")

IMPORT_ROOM = """
import importlib, json, pkgutil, sys
for room in sys.argv[1:]:
    package = importlib.import_module(room)
    for module in pkgutil.walk_packages(package.__path__, room + "."):
        # A module run by `python -m` does its work on import.
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
print(json.dumps(sorted(sys.modules)))
"""


def modules_after_importing(*rooms: str) -> set[str]:
    """Names in `sys.modules` of a fresh interpreter that has imported every module of these rooms."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ROOM, *rooms], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def forbidden_in(loaded: set[str]) -> set[str]:
    return {name for name in loaded for bad in FORBIDDEN if name == bad or name.startswith(bad + ".")}


def test_every_module_of_the_server_loads_nothing_that_decrypts() -> None:
    loaded = modules_after_importing("api", "store")
    on_disk = {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
        for room in ("api", "store")
        for path in (ROOT / room).rglob("*.py")
        if path.name != "__main__.py"
    }
    assert on_disk <= loaded
    assert forbidden_in(loaded) == set()


def test_the_check_sees_a_device() -> None:
    assert {"device", "sync.device"} <= forbidden_in(modules_after_importing("device", "sync.device"))
