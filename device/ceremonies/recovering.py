"""After a recovery from paper: other phones off, a new code, a new key; the old code closed by typing back the new."""

from collections.abc import Collection

from crypto.public.encoding import decode, encode
from crypto.secret.invite import InviteKeys
from device.ceremonies.inviting import close_codes, new_code, old_code, pending_code
from device.ceremonies.lost_keys import WITHHELD, lost_key, takes_maker_off
from device.ceremonies.mending import mend
from device.ceremonies.revoking import revoke
from device.ceremonies.rotating import rotate
from device.engine import Engine
from device.keyring import missing_keys
from sync.device.replica import ServerFault


async def revoke_others(engine: Engine, keep: Collection[bytes], since: int | None = None) -> None:
    """Take every other phone off the account but those to `keep`, with the consent of the code on paper.

    One that left garbage in place of a key goes all the same (`regain`). `since`: as for `revoke`. May be repeated
    until it is done.
    """
    await engine.settle()
    start_of_renewal(engine)
    await regain(engine, since, keep)
    for device in _devices(engine):
        if device != engine.identity.device and device not in keep:
            await revoke(engine, device, since=since, code=consenting_code(engine))


async def regain(engine: Engine, since: int | None = None, keep: Collection[bytes] = ()) -> None:
    """End an epoch whose key does not open here, and seal the records anew.

    The phone that made it goes if it left garbage, or the member key is lost as well and it is none to `keep`.
    Raises ServerFault if the key is withheld, and as `revoke`.
    """
    lost = await lost_key(engine)
    if lost is not None and lost.why == "withheld":
        raise ServerFault(engine.roster.programme, WITHHELD)
    if lost is not None and takes_maker_off(engine, lost, keep):
        await revoke(engine, lost.maker, since=since, code=consenting_code(engine))
    if lost is not None and missing_keys(engine.vault.read(), engine.roster, [engine.writer.personal]):
        await rotate(engine, "personal")
    await mend(engine)


def _devices(engine: Engine) -> Collection[bytes]:
    """The phones of this account; none if it was removed meanwhile: what is stated then, the server refuses."""
    account = engine.roster.accounts.get(engine.identity.account)
    return () if account is None else account.devices


def consenting_code(engine: Engine) -> InviteKeys | None:
    """The code this phone came by, if it is the oldest: only that one outranks phones, a younger may be a thief's."""
    code = old_code(engine)
    return code if code is not None and code.id == oldest_code(engine) else None


def oldest_code(engine: Engine) -> bytes | None:
    """Id of the oldest open code of the account."""
    codes = engine.roster.open_invites("recovery", account=engine.identity.account)
    return min(codes, key=lambda id_: codes[id_].position, default=None)


async def renew(engine: Engine) -> str:
    """New code, co-signed by the old one, then a new key, unless a revocation brought one; each step once.

    Returns the new code as it is printed. `confirm_code` ends the ceremony.
    """
    await engine.settle()
    started = start_of_renewal(engine)
    await regain(engine)
    old, pending = old_code(engine), pending_code(engine)
    if old is not None:
        # A code that a thief's phone made would outlive the old one, and outrank its successor.
        await close_codes(engine, {old.id, *([pending.id] if pending else [])}, younger=True)
    printed = await new_code(engine, old)
    if engine.roster.spaces[engine.writer.personal].epoch <= started:
        await rotate(engine, "personal")
    return printed


def start_of_renewal(engine: Engine) -> int:
    """The epoch of the personal space when this phone had come in from paper."""
    row = engine.vault.read().execute("SELECT value FROM meta WHERE key = 'renewed_from'").fetchone()
    if row is not None:
        value = decode(row[0])
        return value if isinstance(value, int) else 0
    started = engine.roster.spaces[engine.writer.personal].epoch
    with engine.vault.write() as connection:
        connection.execute("INSERT INTO meta(key, value) VALUES ('renewed_from', ?)", (encode(started),))
    return started


def renewal_due(engine: Engine) -> bool:
    """Whether this phone came in from paper and the old code is still to be replaced."""
    return old_code(engine) is not None
