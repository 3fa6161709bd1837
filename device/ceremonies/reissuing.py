"""Departures, closed codes and new keys of a branch that was set aside, stated again on the one that is followed."""

from dataclasses import replace
from functools import partial

from device.ceremonies.inviting import decide_closing
from device.ceremonies.revoking import Unknown, decide_removal, decide_revocation
from device.ceremonies.rotating import decide_rotation
from device.debt import Debt, load_debt, refuse
from device.engine import Engine, Publication
from device.transport import ServerProblem
from device.wrapping import KeyNotHere
from sync.device.branches import Owed
from sync.errors import Refused
from sync.state import RosterState
from sync.statements import Remove, Revoke

MOST = 1_000
REFUSALS = frozenset({"not-authorised", "cosignature-invalid"})
"""The last lead, and an account with a code, do not leave by a phone alone."""


async def reissue(engine: Engine) -> list[str]:
    """State again what falls to this account, before it writes anything else. Returns sentences about what it cannot.

    May be repeated until it is done; two phones of one account may do it at once. Raises as `Engine.publish`.
    """
    for _ in range(MOST):
        due = load_debt(engine.vault.read()).due(engine.roster, engine.identity.account)
        if engine.writer.silenced or not due:
            break
        try:
            await engine.publish(partial(decide_again, engine, due[0]), owed=True)
        except KeyNotHere as missing:
            return [f"who had left is back in the programme, but: {missing}"]
        except (Refused, Unknown):
            _refuse(engine, due[0])
        except ServerProblem as problem:
            if problem.name not in REFUSALS:
                raise
            _refuse(engine, due[0])
    return []


def _refuse(engine: Engine, one: Owed) -> None:
    with engine.vault.write() as connection:
        refuse(connection, one)


async def decide_again(engine: Engine, one: Owed, roster: RosterState) -> Publication | None:
    """None if the roster has it by now. Nothing stands that a departed phone wrote since the branches parted."""
    if not one.is_open(roster):
        return None
    if one.kind == "close":
        return await decide_closing(engine, one.id, None, roster)
    if one.kind == "rotate":
        return await decide_rotation(engine, roster.spaces[one.id].name, roster)
    if one.kind == "remove":
        decided = await decide_removal(engine, one.id, None, roster)
    else:
        back = one.devices(roster)
        device = one.id if one.id in back else min(back)
        decided = await decide_revocation(engine, device, one.since, None, roster)
    if decided is None:
        return None
    statement, rows = decided
    if isinstance(statement, Remove) or isinstance(statement, Revoke):  # noqa: SIM101  mypy joins them to Statement
        last = load_debt(engine.vault.read()).trimmed(statement.last)
        statement = replace(statement, last=last)
    return statement, rows


def overdue(engine: Engine) -> list[str]:
    """Sentences about who left on a branch set aside and is back, for as long as nobody has stated it again."""
    debt, roster = load_debt(engine.vault.read()), engine.roster
    if not debt.owed:
        return []
    words = {
        "remove": "an account that was removed",
        "revoke": "a phone that was revoked",
        "close": "a ticket or code that was closed",
        "rotate": "a key that was replaced",
    }
    return [
        f"{words[one.kind]} is back since the server was restored ({one.id.hex()[:8]}): {_end(engine, debt, one)}"
        for one in debt.open(roster)
    ]


def _end(engine: Engine, debt: Debt, one: Owed) -> str:
    if one.id not in debt.refused:
        return "it is ended at the next sync of its owner"
    return "leave again, with your code" if one.is_own(engine.identity.account) else "this phone may not end it"
