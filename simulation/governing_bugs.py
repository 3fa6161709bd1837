"""Bugs planted in what programmes are governed by: rules, and the server that the roster names; see `bugs`."""

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from device import exchange
from device.ceremonies import announcing
from sync import roster
from sync.errors import Refused
from sync.governance import set_rules
from sync.statements import SetRules

RATHER = ("update", "update-all", "raise-rules", "move-server", "moved")


def rules_rise_over_old_programs() -> AbstractContextManager[object]:
    """Nobody asks whether all active phones have announced them."""

    def eager(state: Any, header: Any, statement: SetRules) -> Any:
        try:
            return set_rules(state, header, statement)
        except Refused:
            return replace(state, rules=max(state.rules, statement.version))

    return patch.dict(roster.RULES_OF, {SetRules: eager})


def programs_do_not_say_what_they_can() -> AbstractContextManager[object]:
    """An updated phone announces nothing, and the rules never rise."""

    async def idle(_: Any) -> None:
        return None

    return patch.object(announcing, "announce", idle)


def only_the_named_key_is_believed() -> AbstractContextManager[object]:
    """A server that has not moved yet is not believed any more: a mistyped key ends the programme."""
    judge = exchange.judge

    def hasty(*arguments: Any) -> Any:
        *known, _ = arguments
        return judge(*known)

    return patch.object(exchange, "judge", hasty)
