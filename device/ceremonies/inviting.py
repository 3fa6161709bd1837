"""Invites for members and leads, links for further phones, codes on paper: one mechanism, four roles."""

from dataclasses import replace
from functools import partial

from crypto.public.encoding import decode, encode
from crypto.secret.code import from_paper, to_paper
from crypto.secret.invite import INVITE_SECRET_SIZE, InviteKeys
from device.engine import Engine, Publication
from device.outbox import Rows
from device.wrapping import wrap_for
from sync.log import Cursor
from sync.readers import wrap_key
from sync.state import RosterState
from sync.statement import Cosignature, Statement
from sync.statements import CloseInvite, Invite
from sync.ticket import Ticket

SPACES_OPENED = {"member": ("commons",), "lead": ("commons", "leads"), "link": ("personal",), "recovery": ("personal",)}


class CodeUnknown(Exception):
    """The code typed back is not the one that was shown last."""


def cosign(statement: Statement, code: InviteKeys, log: bytes, seen: Cursor) -> Cosignature:
    """Consent of a recovery code to a statement that will be stated in `log` at `seen`."""
    return Cosignature(code.id, code.signing.sign("cosign", statement.cosign_message(log, seen)))


async def decide_invite(
    engine: Engine, keys: InviteKeys, role: str, uses: int, days: int, cosigner: InviteKeys | None, roster: RosterState
) -> Publication:
    """The invite statement upon this roster, counter-signed with its own key, and the wraps that make it a reader."""
    account = engine.identity.account if role in ("link", "recovery") else b""
    seen, day = roster.chain.cursor, engine.writer.day()
    unlimited = role == "recovery"
    statement = Invite(
        day=day,
        role=role,
        account=account,
        signing_key=keys.signing.public,
        hpke_hash=keys.hpke.hash,
        uses=0 if unlimited else uses,
        last_day=0 if unlimited else day + days,
        server_key=roster.server_key,
        counter_signature=b"",
    )
    signature = keys.signing.sign("invite", statement.counter_message(roster.programme, seen))
    statement = replace(statement, counter_signature=signature)
    if cosigner is not None and cosigner.id in roster.open_invites("recovery", account=account):
        statement = replace(statement, cosignature=cosign(statement, cosigner, roster.programme, seen))
    wanted = {wrap_key(roster, name, account if name == "personal" else b"", keys.id) for name in SPACES_OPENED[role]}
    wraps = wrap_for(engine.vault.read(), roster, wanted, {keys.id: keys.hpke.public})
    return statement, Rows(keys=(keys.hpke.public,), wraps=wraps)


async def invite(engine: Engine, role: str, uses: int = 1, days: int = 14) -> Ticket:
    """Invite a member or lead (`days` to join in, at most 14), or link a phone (`role` link, at most 1 day)."""
    secret = engine.randomness(INVITE_SECRET_SIZE)
    keys = InviteKeys.from_secret(secret)
    await engine.publish(partial(decide_invite, engine, keys, role, uses, days, None))
    return Ticket(role, engine.roster.address, engine.roster.server_key, secret)


async def new_code(engine: Engine, cosigner: InviteKeys | None = None) -> str:
    """Make a code on paper valid, and keep it on the phone until it is typed back. Returns it as it is printed.

    A code that was made and never typed back is shown again, so that a lost answer does not multiply codes.
    """
    await engine.settle()
    row = engine.vault.read().execute("SELECT value FROM meta WHERE key = 'new_code'").fetchone()
    secret = engine.randomness(INVITE_SECRET_SIZE) if row is None else bytes(row[0])
    if is_ending(engine.roster, InviteKeys.from_secret(secret)):
        secret = engine.randomness(INVITE_SECRET_SIZE)
    keys = InviteKeys.from_secret(secret)
    with engine.vault.write() as connection:
        connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('new_code', ?)", (secret,))
    if keys.id not in engine.roster.invites:
        await engine.publish(partial(decide_invite, engine, keys, "recovery", 0, 0, cosigner))
    return to_paper(secret)


def is_ending(roster: RosterState, code: InviteKeys) -> bool:
    """Whether this code was closed, at once or for a day to come: whoever keeps it on paper keeps nothing."""
    record = roster.invites.get(code.id)
    return record is not None and record.closing is not None


async def confirm_code(engine: Engine, typed: str) -> None:
    """The new code was typed back: the phone forgets it, and older codes of the account are closed.

    At once those whose own secret the phone still has (after a recovery), after 30 days the others.
    Raises CodeWrong (which group), CodeUnknown, also if another phone of the account has closed the code meanwhile.
    """
    secret = from_paper(typed)
    row = engine.vault.read().execute("SELECT value FROM meta WHERE key = 'new_code'").fetchone()
    if row is None:
        raise CodeUnknown("no code of this phone waits to be typed back")
    if bytes(row[0]) != secret:
        raise CodeUnknown("this is not the code that was shown last")
    new = InviteKeys.from_secret(secret)
    await engine.settle()
    if new.id not in engine.roster.invites:
        raise CodeUnknown("this code is not valid yet: have it shown again")
    if is_ending(engine.roster, new):
        raise CodeUnknown("this code was closed by another phone of yours: make a new one")
    await close_codes(engine, {new.id})
    with engine.vault.write() as connection:
        connection.execute("DELETE FROM meta WHERE key IN ('new_code', 'old_code', 'renewed_from')")
        connection.execute(
            "INSERT OR REPLACE INTO meta(key, value) VALUES ('code_at', ?)", (encode(engine.writer.day()),)
        )


async def close_codes(engine: Engine, keep: set[bytes], *, younger: bool = False) -> None:
    """Close the account's other codes: at once with the consent of the code this phone was recovered with, where that
    is the older one, else in 30 days. `younger`: only those that it closes at once.
    """
    old = old_code(engine)
    codes = engine.roster.open_invites("recovery", account=engine.identity.account)
    since = codes[old.id].position if old is not None and old.id in codes else None
    # The consenting code goes last: once closed it consents to nothing.
    for id_, record in sorted(codes.items(), key=lambda code: code[1].position, reverse=True):
        at_once = since is not None and since <= record.position
        if id_ not in keep and (at_once or not (younger or record.closing is not None)):
            await engine.publish(partial(decide_closing, engine, id_, old if at_once else None))


def old_code(engine: Engine) -> InviteKeys | None:
    """The code this phone was recovered with, kept until its successor is typed back."""
    row = engine.vault.read().execute("SELECT value FROM meta WHERE key = 'old_code'").fetchone()
    return None if row is None else InviteKeys.from_secret(bytes(row[0]))


def pending_code(engine: Engine) -> InviteKeys | None:
    """The code that was shown and not yet typed back."""
    row = engine.vault.read().execute("SELECT value FROM meta WHERE key = 'new_code'").fetchone()
    return None if row is None else InviteKeys.from_secret(bytes(row[0]))


def code_pending(engine: Engine) -> bool:
    """Whether there is one."""
    return pending_code(engine) is not None


def code_confirmed_on(engine: Engine) -> int | None:
    """The day on which this phone last saw a code typed back."""
    row = engine.vault.read().execute("SELECT value FROM meta WHERE key = 'code_at'").fetchone()
    day = None if row is None else decode(row[0])
    return day if isinstance(day, int) else None


async def decide_closing(
    engine: Engine, invite_id: bytes, cosigner: InviteKeys | None, roster: RosterState
) -> Publication:
    statement = CloseInvite(engine.writer.day(), invite_id)
    if cosigner is not None:
        consent = cosign(statement, cosigner, roster.programme, roster.chain.cursor)
        statement = CloseInvite(statement.day, invite_id, consent)
    return statement, Rows()


async def close(engine: Engine, invite_id: bytes) -> None:
    """Close an open invite or link."""
    await engine.publish(partial(decide_closing, engine, invite_id, None))
