"""`make clients`: clients in four languages from openapi.yaml; two of them meet a real server."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from clients.generating import (
    ROOT,
    Notice,
    by_openapi_generator,
    by_openapi_python_client,
    by_openapi_typescript,
)
from clients.hall import hall

TARGET = ROOT / "build" / "clients"
ROUNDS = ROOT / "clients" / "rounds"
TYPESCRIPT = ROUNDS / "typescript"


def main(tools: Path) -> int:
    """Generate into build/clients, check the types, then a round each; 1 if anything is not as it should be."""
    try:
        for language in ("kotlin", "swift6"):
            print(f"{language}: {by_openapi_generator(tools, language, TARGET / language)} files", flush=True)
        print(f"python: {by_openapi_python_client(tools, TARGET / 'python' / 'hallway_client')} files", flush=True)
        types = TARGET / "typescript" / "hallway.d.ts"
        print(f"typescript: {by_openapi_typescript(tools, TYPESCRIPT, types)} file", flush=True)
    except Notice as notice:
        print(notice)
        return 1
    environment = _environment(tools)
    npx = [str(tools / "npx"), "--prefix", str(TYPESCRIPT)]
    bundled = TARGET / "typescript" / "round.mjs"
    bundling = ["esbuild", str(TYPESCRIPT / "round.ts"), "--bundle", "--platform=node", "--format=esm"]
    for command in (
        [sys.executable, "-m", "mypy", str(ROUNDS / "round.py")],
        [*npx, "tsc", "--project", str(TYPESCRIPT)],
        [*npx, *bundling, f"--outfile={bundled}", "--log-level=warning"],
    ):
        if failed := subprocess.run(command, env=environment, check=False).returncode:
            return failed
    rounds = {
        "python": [sys.executable, str(ROUNDS / "round.py")],
        "typescript": [str(tools / "node"), str(bundled)],
    }
    return asyncio.run(_rounds(rounds, environment))


async def _rounds(rounds: dict[str, list[str]], environment: dict[str, str]) -> int:
    with TemporaryDirectory() as folder:
        async with hall(Path(folder)) as here:
            for language, command in rounds.items():
                done = await asyncio.to_thread(
                    subprocess.run, command, input=here.handed_over(), capture_output=True, text=True, env=environment
                )
                print(f"{language} round: {done.stdout.strip() or done.stderr}", flush=True)
                if done.returncode:
                    return done.returncode
    return 0


def _environment(tools: Path) -> dict[str, str]:
    """In which the generated package can be imported, and the tools are found by each other."""
    paths = os.pathsep.join([str(TARGET / "python"), str(ROOT)])
    path = os.pathsep.join([str(tools), os.environ["PATH"]])
    return os.environ | {"PYTHONPATH": paths, "MYPYPATH": paths, "PATH": path}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
