"""Commands whose first parameter brings the options that they share."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import typer

from cli.helping import SAID_IN


def register(app: typer.Typer, commands: Mapping[str, Callable[..., None]]) -> None:
    """Add functions to `app` by name. The first parameter of each is annotated with a frozen dataclass (`Terminal`
    or a kind of it): its fields become options of the command, and the command is given the made object."""
    for name, function in commands.items():
        app.command(name)(with_shared_options(function))


def with_shared_options(function: Callable[..., None]) -> Callable[..., None]:
    """The function as typer is to see it: own parameters first, the fields of the shared class behind them."""
    shared_parameter, *own = inspect.signature(function, eval_str=True).parameters.values()
    shared = list(inspect.signature(shared_parameter.annotation, eval_str=True).parameters.values())
    names = {parameter.name for parameter in shared}

    def run(**given: Any) -> None:
        options = {name: given.pop(name) for name in names}
        function(shared_parameter.annotation(**options), **given)

    every = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*own, *shared)]
    run.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
    run.__name__ = function.__name__
    run.__doc__ = function.__doc__
    run.__dict__ |= {name: each for name, each in vars(function).items() if name == SAID_IN}
    return run
