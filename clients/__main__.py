"""`make clients`: clients in four languages from openapi.yaml; two of them meet a real server."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from clients.generating import ROOT, Notice, by_openapi_generator, by_openapi_python_client
from clients.hall import hall

TARGET = ROOT / "build" / "clients"
ROUNDS = ROOT / "clients" / "rounds"


def main(tools: Path) -> int:
    """Generate into build/clients, then a round each; 1 if anything is not as it should be."""
    try:
        for language in ("kotlin", "swift6"):
            print(f"{language}: {by_openapi_generator(tools, language, TARGET / language)} files", flush=True)
        print(f"python: {by_openapi_python_client(tools, TARGET / 'python' / 'hallway_client')} files", flush=True)
    except Notice as notice:
        print(notice)
        return 1
    checked = subprocess.run([sys.executable, "-m", "mypy", str(ROUNDS / "round.py")], env=_python(), check=False)
    return checked.returncode or asyncio.run(_rounds())


async def _rounds() -> int:
    with TemporaryDirectory() as folder:
        async with hall(Path(folder)) as here:
            command = [sys.executable, str(ROUNDS / "round.py")]
            done = await asyncio.to_thread(
                subprocess.run, command, input=here.handed_over(), capture_output=True, text=True, env=_python()
            )
            print(f"python round: {done.stdout or done.stderr}")
            return done.returncode


def _python() -> dict[str, str]:
    """An environment in which the generated package can be imported."""
    paths = [str(TARGET / "python"), str(ROOT)]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "MYPYPATH": os.pathsep.join(paths)}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
