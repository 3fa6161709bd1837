"""A ceremony that a test acts, with what was before and what has to be after it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from device.phone import Phone
from tests.support.hall import Hall


@dataclass
class Scene:
    """A ceremony. `ready` makes the files before it and gives what has to be remembered, as JSON; `act` is what the
    person does, again after each crash; `done` looks at the end."""

    who: str
    ready: Callable[[Hall], Awaitable[Any]]
    act: Callable[[Phone, Any], Awaitable[Any]]
    done: Callable[[Hall, Phone, Any], Awaitable[None]]
    house: bool = True


async def see(*phones: Phone, accounts: int = 2, devices: int = 3) -> None:
    """All these phones agree, have sent everything, and the programme has so many accounts and devices."""
    for _ in range(2):
        for phone in phones:
            await phone.sync()
    for phone in phones:
        assert (phone.waiting(), phone.records.unsent(), phone.notes()) == (0, 0, [])
        assert (len(phone.engine.roster.accounts), len(phone.engine.roster.devices)) == (accounts, devices)
