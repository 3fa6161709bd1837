"""Help texts in the reader's language, put into the commands before one of them is shown or run."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

from schemas.records import again, labels_of

Said: TypeAlias = Mapping[str, tuple[str, str]]
"""Parameter -> its help and its panel."""
SAID_IN = "said_in"
"""An attribute of functions whose options are made of record types: a function, language -> Said."""


def help_in(command: Any, lang: str, path: str = "") -> None:
    """Give a command, and those in it, the help texts of `lang`. `path`: how it is called, such as "phone log".

    Commands are named in the list "command"; what is in no list stays as it is.
    """
    command.help = labels_of(lang, "command").get(path, labels_of("en", "command").get(path, command.help))
    for name, each in getattr(command, "commands", {}).items():
        help_in(each, lang, f"{path} {name}")
    made: Callable[[str], Said] | None = getattr(command.callback, SAID_IN, None)
    said = made(lang) if made is not None else {}
    for option in command.params:
        panel = getattr(option, "rich_help_panel", None)
        option.help, option.rich_help_panel = said.get(
            option.name, (_again(lang, getattr(option, "help", None)), _again(lang, panel))
        )


def _again(lang: str, text: str | None) -> str | None:
    """The text in `lang`. Click keeps the words of a sentence alone, so it is found by them."""
    if text is None:
        return None
    name = _names().get(text)
    return again(lang, text) if name is None else labels_of(lang, "sentence").get(name, text)


@cache
def _names() -> Mapping[str, str]:
    return {text: name for name, text in labels_of("en", "sentence").items() if "{" not in text}
