"""A programme to be joined, and how its roster judges a statement."""

from typing import Any

from sync.log import Cursor
from sync.statement import Statement
from tests.support.actors import World
from tests.support.people import Phone
from tests.support.refusals import outcome


def judged(world: World, phone: Phone, statement: Statement, seen: Cursor | None = None, **header: Any) -> str:
    return outcome(world.judge, world.draft(phone, statement, seen=seen, **header))[0]
