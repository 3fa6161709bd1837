"""Clients are generated from openapi.yaml; a generator that has anything to say, but that 3.1 is new to it, fails."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "openapi.yaml"
KNOWN = "OpenAPI 3.1 support is still in beta"
"""The generator's one notice: it says so of every document of that version."""
SOUND = ("WARN", "ERROR", "Exception")


class Notice(Exception):
    """A generator said something about the document; its words."""


def by_openapi_generator(tools: Path, language: str, target: Path) -> int:
    """A client in `language`, a generator of openapi-generator, in the empty folder `target`; its number of files.

    `tools`: the folder of the commands. Raises Notice.
    """
    shutil.rmtree(target, ignore_errors=True)
    command = ["openapi-generator-cli", "generate", "-i", str(DOCUMENT), "-g", language, "-o", str(target)]
    said = _run([str(tools / command[0]), *command[1:]])
    notices = [line for line in said.splitlines() if any(word in line for word in SOUND) and KNOWN not in line]
    if notices:
        raise Notice("\n".join([f"{language}:", *notices]))
    return files(target)


def by_openapi_python_client(tools: Path, target: Path) -> int:
    """The package `target` of a client in Python. Raises Notice."""
    command = [str(tools / "openapi-python-client"), "generate", "--meta", "none", "--overwrite"]
    said = _run([*command, "--path", str(DOCUMENT), "--output-path", str(target)])
    if said.strip() != f"Generating {target}":
        raise Notice(said)
    return files(target)


def by_openapi_typescript(tools: Path, folder: Path, target: Path) -> int:
    """The types of a client in TypeScript, in the file `target`; `folder` has the generator. Raises Notice."""
    for place in (ROOT / "clients" / "typescript", folder):
        _run([str(tools / "npm"), "--prefix", str(place), "ci", "--no-audit", "--no-fund", "--silent"])
    target.parent.mkdir(parents=True, exist_ok=True)
    # Else members with a default would be required of requests.
    options = ["--default-non-nullable", "false", "--output", str(target)]
    _run([str(tools / "npx"), "--prefix", str(folder), "openapi-typescript", str(DOCUMENT), *options])
    return 1


def files(folder: Path) -> int:
    """How many files lie in a folder and below."""
    return sum(path.is_file() for path in folder.rglob("*"))


def _run(command: list[str]) -> str:
    # A generator calls others that stand beside it: a formatter, Java.
    beside = {"PATH": os.pathsep.join([str(Path(command[0]).parent), os.environ["PATH"]])}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | beside)
    if done.returncode:
        raise Notice(done.stdout + done.stderr)
    return done.stdout + done.stderr
