"""A generator's notice is not passed over."""

from pathlib import Path

import pytest

from clients.generating import KNOWN, Notice, by_openapi_generator

# The real one needs Java and half a minute; this one says what the real one was seen to say.
TOOL = """#!/bin/sh
while [ "$1" != -o ]; do shift; done
mkdir -p "$2" && touch "$2/Api.kt"
echo '[main] WARN  o.o.codegen.DefaultCodegen - {known}. To report an issue, open one.'
echo '[main] INFO  o.o.codegen.DefaultGenerator - Generating with dryRun=false'
{more}
"""


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def write(folder: Path, more: str) -> None:
    script = folder / "openapi-generator-cli"
    script.write_text(TOOL.format(known=KNOWN, more=more))
    script.chmod(0o755)


def test_the_notice_of_its_version_is_known(tool: Path, tmp_path: Path) -> None:
    write(tool, "")
    assert by_openapi_generator(tool, "kotlin", tmp_path / "out") == 1


@pytest.mark.parametrize(
    "more",
    [
        "echo '[main] WARN  o.o.codegen.utils.ModelUtils - Failed to get the schema name: null'",
        "echo 'Exception in thread main'",
        "exit 1",
    ],
)
def test_another_one_fails(tool: Path, tmp_path: Path, more: str) -> None:
    write(tool, more)
    with pytest.raises(Notice):
        by_openapi_generator(tool, "kotlin", tmp_path / "out")


def test_what_was_there_is_gone(tool: Path, tmp_path: Path) -> None:
    """A model that the document no longer has must not stay in the client."""
    write(tool, "")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "Old.kt").touch()
    assert by_openapi_generator(tool, "kotlin", tmp_path / "out") == 1
