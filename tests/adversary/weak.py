"""Clients with one weakness each: `python -m tests.adversary.weak NAME DIRECTORY`.

Each is the reference driver without one check. The kit is good for something if it finds each of them by the attack
that is made for it.
"""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import ANY, patch

from adversary import driver
from device import adopting, believing, engine, erasing, erasures, refusals, slips, witnessing
from device.phone import Phone
from device.statistics import aggregating, receipts
from sync import tables
from sync.device import replica
from sync.evidence import Signed
from sync.log import Chain, Entry
from sync.state import RosterState

Planted = Callable[[], AbstractContextManager[object]]


def heads_unchecked() -> AbstractContextManager[object]:
    return patch.object(replica, "check_head", lambda *_: None)


def entries_unchecked() -> AbstractContextManager[object]:
    def extend(_: RosterState, chain: Chain, entry: Entry, *__: object, new: bool) -> Chain:
        del new
        return chain.extend(entry)

    return patch.object(replica, "check_entry", extend)


def signatures_unchecked() -> AbstractContextManager[object]:
    return patch.object(Signed, "is_by", lambda *_: True)


def keys_unchecked() -> AbstractContextManager[object]:
    return patch.object(engine, "publics_of", lambda wanted, keys: dict(zip(wanted, keys, strict=False)))


def void_entries_count() -> AbstractContextManager[object]:
    return patch.object(believing, "void_now", lambda *_: frozenset())


def clones_believed() -> AbstractContextManager[object]:
    def believe(one: Any, problem: Any) -> None:
        del problem
        with one.vault.write() as connection:
            one.writer.mark_cloned(connection)

    return patch.object(refusals, "check_clone", believe)


def erasures_unchecked() -> AbstractContextManager[object]:
    def believe(one: Any, log: bytes) -> bool:
        with one.vault.write() as connection:
            erasures.mark_checked(connection, log)
        return False

    return patch.object(erasing, "check", believe)


def witnesses_unchecked() -> AbstractContextManager[object]:
    return patch.object(believing, "settle", lambda *_, **__: None)


def witnesses_never_stated() -> AbstractContextManager[object]:
    return patch.object(witnessing, "is_due", lambda _: False)


def any_restored_believed() -> AbstractContextManager[object]:
    return patch.object(adopting, "is_declared", lambda *_: True)


def lists_unchecked() -> AbstractContextManager[object]:
    return patch.object(receipts, "accepted_hash", lambda *_: ANY)


def sums_unchecked() -> AbstractContextManager[object]:
    return patch.object(aggregating, "accepted_hash", lambda *_: ANY)


def floors_unchecked() -> AbstractContextManager[object]:
    return patch.object(tables, "check_floors", lambda _: None)


def slips_believed() -> AbstractContextManager[object]:
    told = slips._told

    def verbatim(view: Any, slip: Any, day: int) -> Any:
        change = told(view, slip, day)
        return change._replace(fields={**change.fields, "failure": slip.failure, "number": slip.number})

    return patch.object(slips, "_told", verbatim)


def user_told_nothing() -> AbstractContextManager[object]:
    do = driver.Driver.do

    async def mute(self: driver.Driver, line: bytes) -> dict[str, Any]:
        answer = await do(self, line)
        return {"ok": answer.get("ok", {})}

    return patch.object(driver.Driver, "do", mute)


def honest_servers_accused() -> AbstractContextManager[object]:
    return patch.object(Phone, "notes", lambda _: ["this server lies"])


WEAK: dict[str, Planted] = {
    planted.__name__.replace("_", "-"): planted
    for planted in (
        heads_unchecked,
        entries_unchecked,
        signatures_unchecked,
        keys_unchecked,
        void_entries_count,
        clones_believed,
        erasures_unchecked,
        witnesses_unchecked,
        witnesses_never_stated,
        any_restored_believed,
        lists_unchecked,
        sums_unchecked,
        floors_unchecked,
        slips_believed,
        user_told_nothing,
        honest_servers_accused,
    )
}


def weakened(name: str) -> AbstractContextManager[object]:
    """One of these, or of the bugs that the simulator plants."""
    if name in WEAK:
        return WEAK[name]()
    from simulation.bugs import BUGS

    return BUGS[name]()


if __name__ == "__main__":
    with weakened(sys.argv[1]):
        asyncio.run(driver.serve(Path(sys.argv[2])))
