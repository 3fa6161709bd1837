"""The empty phone of which all others are copies, and where runs live."""

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from device.vault import Vault
from simulation.handset import PASSCODE
from simulation.randomness import seeded

MEMORY = Path("/dev/shm")


def place() -> str | None:
    """Where runs live: in memory where there is such a file system, because nobody waits for its disk."""
    return str(MEMORY) if MEMORY.is_dir() else None


def scratch(prefix: str) -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix=prefix, dir=place())


@cache
def blank() -> Path:
    """An empty phone, whose key Argon2id has derived."""
    made = scratch("blank-")
    atexit.register(made.cleanup)
    folder = Path(made.name)
    Vault.create(folder / "home", folder / "keystore", PASSCODE, seeded("blank")).close()
    return folder


def new_phone(folder: Path) -> Path:
    shutil.copytree(blank(), folder)
    return folder
