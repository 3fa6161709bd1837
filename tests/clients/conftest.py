"""A server, a programme, and the TypeScript client."""

import os
import shutil

import pytest

from tests.cli.conftest import lead, server, stretched_once
from tests.clients.typescript import build

__all__ = ["lead", "server", "stretched_once"]


@pytest.fixture(scope="session")
def typescript() -> None:
    """The client as its sources are now."""
    if shutil.which("node") is None:
        assert "CI" not in os.environ, "node is not installed"
        pytest.skip("node is not installed")
    build()


@pytest.fixture
def browser() -> None:
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed")
