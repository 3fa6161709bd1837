"""A personal key that the code on paper does not open (docs/protocol/7-ceremonies.md, *Recovering from paper*): whether
a phone left garbage, a restored server lost it, or a server withholds it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Literal

from crypto.secret.invite import InviteKeys
from device import member_key
from device.ceremonies.inviting import old_code
from device.engine import Engine
from device.healing import STRANGER
from device.keyring import held_key, learn_key, missing_keys
from device.ledger import stored_entry
from device.opening import quarantined, retry_quarantined
from device.session import Session
from device.transport import ServerProblem
from device.wrapping import open_wraps, own_readers
from schemas import wire
from sync.state import RosterState

WITHHELD = (
    "the server withholds, or lost, the newest key that your code opens: if it was put back from a backup, a lead has"
    " to say so first"
)


@dataclass(frozen=True)
class LostKey:
    """The current personal key, if it does not open here after a recovery. `maker`: the phone that began its epoch.

    `why`: `garbage`, the server has a wrap of it that does not open; `lost`, it has none, and a restore may have lost
    it; `withheld`, it has none, and nothing explains that.
    """

    maker: bytes
    why: Literal["garbage", "lost", "withheld"]


def may_be_lost(roster: RosterState, log: bytes) -> bool:
    """Whether a server that a lead declared to be put back may have had wraps of a space's current key, and lost them.

    Without the declaration a server that lies could end any epoch by withholding its wraps.
    """
    return roster.restored > roster.spaces[log].current.since


async def lost_key(engine: Engine) -> LostKey | None:
    """The current personal key, if this phone came in from paper and does not have it even when it asks once more.

    Raises as `Session.call`.
    """
    wraps = await ask_again(engine)
    roster, log, connection = engine.roster, engine.writer.personal, engine.vault.read()
    code, device = old_code(engine), roster.devices.get(engine.identity.device)
    if code is None or device is None or not missing_keys(connection, roster, [log]):
        return None
    space = roster.spaces[log]
    entry = stored_entry(connection, roster.programme, space.current.since)
    if entry is None:
        return None
    # The wrap to this phone of an epoch that began before it came in is the one that it made itself, of no key.
    readers = {code.id} if space.current.since < device.enrolled else {code.id, engine.identity.device}
    if any((one.log, one.epoch) == (log, space.epoch) and one.reader in readers for one in wraps):
        return LostKey(entry.header.device, "garbage")
    if may_be_lost(roster, log):
        return LostKey(entry.header.device, "lost")
    # For a code that is closed the server has nothing: what the wraps held cannot be told any more.
    return LostKey(entry.header.device, "withheld" if _is_open(roster, code) else "garbage")


def takes_maker_off(engine: Engine, lost: LostKey, keep: Collection[bytes] = ()) -> bool:
    """Whether ending the epoch takes the phone off the account that began it, if its owner would `keep` these.

    Of garbage, because it is a thief's, whoever would keep it. Of a key that a restore has lost, because a revocation
    began its epoch, and the member key of that was said under it alone: without a new one, which nothing but a
    revocation brings, the account would never again read what is shared. But a server that lies about the loss must
    not drive off a phone that its owner has at hand: that one still has the key, and says what stands under it.
    """
    if lost.why == "withheld":
        return False
    account = engine.roster.accounts.get(engine.identity.account)
    if account is None or lost.maker not in account.devices or lost.maker == engine.identity.device:
        return False
    held = member_key.is_held(engine.vault.read(), engine.roster, engine.identity.account)
    return lost.why == "garbage" or not (held or lost.maker in keep)


async def ask_again(engine: Engine) -> list[wire.OwnWrap]:
    """The wraps that the server has by now for this phone, and for the code it came by; the keys in them are learnt.

    Another phone may have given back to the code what a restored server had lost. Empty if no key is wanted. Raises
    as `Session.call`.
    """
    roster, log, connection = engine.roster, engine.writer.personal, engine.vault.read()
    code = old_code(engine)
    if code is None or log not in roster.spaces:
        return []
    if all(held_key(connection, roster, log, epoch + 1) is not None for epoch in range(roster.spaces[log].epoch)):
        return []
    answer = await engine.patiently(partial(engine.session.call, engine.transport.wraps))
    wraps = [*answer.wraps, *(await _wraps_of_code(engine, code) if _is_open(roster, code) else ())]
    own = own_readers(connection, log, engine.identity.device, engine.identity.hpke)
    opened = open_wraps(roster, own | {code.id: code.hpke}, [log], wraps).get(log, {})
    if fresh := {epoch: key for epoch, key in opened.items() if held_key(connection, roster, log, epoch) is None}:
        with engine.vault.write() as writing:
            for epoch, key in sorted(fresh.items(), reverse=True):
                learn_key(writing, roster, log, epoch, key)
            retry_quarantined(writing, log)
    return wraps


async def _wraps_of_code(engine: Engine, code: InviteKeys) -> list[wire.OwnWrap]:
    guest = Session(engine.transport, code.id, code.signing)
    try:
        return [*(await engine.patiently(partial(guest.call, engine.transport.wraps))).wraps]
    except ServerProblem as problem:
        # A server that was put back may not know the code any more.
        if problem.name not in STRANGER:
            raise
        return []


def _is_open(roster: RosterState, code: InviteKeys) -> bool:
    account = roster.invites[code.id].account if code.id in roster.invites else b""
    return code.id in roster.open_invites("recovery", account=account)


def told(engine: Engine, lost: LostKey | None) -> list[str]:
    """A sentence for the owner about a key that the code on paper does not open, if there is one."""
    if lost is None:
        return []
    if lost.why == "garbage":
        who = f"phone {lost.maker.hex()[:8]} changed the key of your entries, and left nothing that your code opens"
        return [f"{who}: it is taken off your account, and what was written under its key cannot be read here"]
    if lost.why == "withheld":
        return [WITHHELD]
    off = (
        f". The key to what is shared is lost as well. Phone {lost.maker.hex()[:8]} made both: let it stay if it still"
        " works, and sync it after you have made a new code here. Else it is taken off your account, without blame, for"
        " nothing else brings a new key: link it again"
    )
    number = quarantined(engine.vault.read(), engine.writer.personal)
    sentence = (
        "the server was put back from a backup, and says that it lost the newest key of your entries:"
        f" {number} of your phones' uploads cannot be read here. If another phone of yours still works, sync it now,"
        " and again after you have made a new code here: it may have the key, and then says again what they hold"
    )
    return [sentence + off if takes_maker_off(engine, lost) else sentence]
