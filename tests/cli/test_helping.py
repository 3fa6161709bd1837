"""Help texts in the reader's language."""

from typing import Any

import pytest
import typer

from cli.helping import help_in
from cli.phone import app
from schemas.records import labels_of, languages
from tests.cli.terminal import invoke

UNSAID = {"help", "install_completion", "show_completion"}
"""What typer itself says."""


def commands(lang: str) -> dict[str, Any]:
    group: Any = typer.main.get_command(app)
    help_in(group, lang, "phone")
    return {f"phone {name}": command for name, command in group.commands.items()}


@pytest.mark.parametrize("lang", languages())
def test_every_command_that_is_named_is_there_and_says_so(lang: str) -> None:
    found = commands(lang)
    for path, text in labels_of(lang, "command").items():
        assert found[path].help == text


def test_a_command_in_another_language_is_in_it_down_to_its_options() -> None:
    english, italian = commands("en"), commands("it")
    for path in labels_of("it", "command"):
        pairs = zip(english[path].params, italian[path].params, strict=True)
        for one, other in pairs:
            if one.name not in UNSAID:
                assert one.help, (path, one.name)
                assert one.help != other.help or path == "phone list", (path, one.name)
                if one.rich_help_panel is not None:
                    assert other.rich_help_panel, (path, one.name)
        assert {one.name for one in english[path].params} == {one.name for one in italian[path].params}


def test_a_command_that_is_not_named_keeps_its_english() -> None:
    named = labels_of("it", "command")
    for path, command in commands("it").items():
        if path not in named:
            assert command.help == commands("en")[path].help != ""


def test_help_is_in_the_language_asked_for() -> None:
    wide = {"COLUMNS": "200"}
    for said in (
        invoke("phone", "edit", "--help", environment={**wide, "LANG": "it_IT.UTF-8"}),
        invoke("phone", "edit", "--lang", "it", "--help", environment={**wide, "LANG": "en_GB.UTF-8"}),
    ):
        assert "Completa o correggi una voce." in said.stdout
        assert "Opzioni comuni" in said.stdout
        assert "AAAA-MM-GG" in said.stdout
    assert "Complete or correct an entry." in invoke("phone", "edit", "--help", environment=wide).stdout
    assert "Annota un contatto." in invoke("phone", "--help", environment={**wide, "LANG": "it"}).stdout
