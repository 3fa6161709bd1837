"""A server, a programme, and the TypeScript client."""

import os
import shutil

import pytest

from tests.cli.conftest import lead, server, stretched_once
from tests.clients.typescript import build

__all__ = ["lead", "server", "stretched_once"]


def needs(command: str) -> None:
    """Skips where a program is not installed; on CI it has to be."""
    if shutil.which(command) is None:
        assert "CI" not in os.environ, f"{command} is not installed"
        pytest.skip(f"{command} is not installed")


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    needs("node")
    build()
