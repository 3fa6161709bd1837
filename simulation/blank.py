"""The empty phone of which all others are copies, and where runs live."""

import atexit
import shutil
from functools import cache
from multiprocessing.util import Finalize
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


def kept(prefix: str) -> Path:
    """A folder that lasts as long as this process."""
    made = scratch(prefix)
    atexit.register(made.cleanup)
    # The processes of a pool end without `atexit`.
    Finalize(None, made.cleanup, exitpriority=1)
    return Path(made.name)


@cache
def blank() -> Path:
    """An empty phone, whose key Argon2id has derived."""
    folder = kept("blank-")
    Vault.create(folder / "home", folder / "keystore", PASSCODE, seeded("blank")).close()
    return folder


def new_phone(folder: Path) -> Path:
    shutil.copytree(blank(), folder)
    return folder
