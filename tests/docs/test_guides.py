"""The commands on the pages for users are run as they stand there."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import Server, clean_environment

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "guides"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(page: str, folder: Path, address: str) -> str:
    """What all commands of a page print, run in `folder` in their order; the first that fails ends it."""
    blocks = BLOCK.findall((GUIDES / page).read_text())
    assert blocks
    # The page's server and its whole family must be gone with the page.
    script = "\n".join(["set -euo pipefail", "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT", *blocks])
    environment = clean_environment(folder) | {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HALLWAY_HOME": str(folder / "phone"),
        "HALLWAY_STATE": str(folder / "keystore"),
        "HALLWAY_PASSCODE_FILE": str(folder / "passcode.txt"),
        "HALLWAY_ADDRESS": address,
        "HALLWAY_PORT": address.rpartition(":")[2],
    }
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("served"))
    server.start()
    yield server
    server.stop()


def test_a_supporter_s_five_minutes(running: Server, tmp_path: Path) -> None:
    lead = running.founded()
    (tmp_path / "ticket.txt").write_text(lead.does("lead", "invite")["tickets"][0])
    printed = run("supporter.md", tmp_path, running.address)
    assert "One to one" in printed
    assert "Blue scarf" in printed
    assert "WHO-5 Well-Being Index" in printed
    assert "0 entries added. 6 here already." in printed


def test_a_lead_s_five_minutes(running: Server, tmp_path: Path) -> None:
    (tmp_path / "founding.txt").write_text(running.founding_ticket())
    shutil.copy(ROOT / "demo" / "data" / "directory.json", tmp_path)
    printed = run("lead.md", tmp_path, running.address)
    assert "contacts" in printed
    assert "Front door" in printed


def test_a_developer_s_five_minutes(tmp_path: Path) -> None:
    assert "Open a session" in run("developer.md", tmp_path, Server(tmp_path).address)


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/**/*.md")))
def test_links_lead_to_files(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text()):
        assert (path.parent / target).exists(), target
