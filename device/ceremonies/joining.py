"""Coming in with a secret: as a member or lead, as a further phone, or from a code on paper."""

from collections.abc import Collection
from dataclasses import replace

from crypto.public.randomness import Randomness
from crypto.public.signing import SigningKey
from crypto.secret.epoch import commitment, seal_name
from crypto.secret.hpke import HpkeKey
from crypto.secret.invite import InviteKeys
from device import outbox
from device.adopting import set_all_aside
from device.ceremonies.beginning import begin, forget, has_history, take_over, withdraw
from device.ceremonies.lost_keys import WITHHELD, lost_key, may_be_lost, told
from device.ceremonies.naming import check_name
from device.engine import Engine
from device.healing import heal
from device.identity import Identity, store_identity
from device.keyring import held_key, hold_key, learn_key
from device.ledger import follow
from device.opening import retry_quarantined
from device.outbox import Rows
from device.refusals import REFUSALS
from device.report import Report
from device.reserved import ACCOUNT_KEYS, stage_reserved
from device.session import Session
from device.transport import ServerProblem
from device.vault import Vault
from device.wrapping import Opened, Wrapped, open_wraps, seal_to
from sync.device.author import state_entry
from sync.device.replica import ServerFault
from sync.space import spaces_of
from sync.statements import DeviceKeys, Join
from sync.ticket import Ticket, TicketWrong

PERSONS = ("member", "lead")
OTHER_ACCOUNT = "the entries on this phone are of another account: link it by a phone of that account, or by its code"


class InviteClosed(Exception):
    """The ticket or code does not open anything any more: spent, expired or closed."""


def prepare_join(vault: Vault, ticket: Ticket, name: str, randomness: Randomness) -> Identity:
    """Become an invited phone; nothing has left it yet. `name` is for the leads, sealed. Raises NameWrong."""
    if ticket.kind in PERSONS:
        check_name(name)
    return _invited(vault, ticket.kind, ticket.address, ticket.server_key, ticket.secret, name, randomness)


def prepare_recovery(vault: Vault, address: str, secret: bytes, randomness: Randomness) -> Identity:
    """Become a phone that recovers its account with the secret of a code on paper."""
    return _invited(vault, "recovery", address, b"", secret, "", randomness)


def _invited(
    vault: Vault, way: str, address: str, server_key: bytes, secret: bytes, name: str, randomness: Randomness
) -> Identity:
    signing, hpke = SigningKey.generate(randomness), HpkeKey.generate(randomness)
    with vault.write(new_keys=True) as connection:
        return begin(connection, Identity("invited", way, address, server_key, secret, signing, hpke, name))


async def come_in(engine: Engine) -> Report:
    """Join, link or recover, from wherever an earlier try stopped, to the end of the first sync.

    Raises InviteClosed, TicketWrong, ServerFault (a fabricated or stale programme), and as `Engine.sync`.
    """
    if engine.identity.stage == "active":
        return await engine.sync()
    invite = InviteKeys.from_secret(engine.identity.secret)
    try:
        await _enter(engine, invite)
    except ServerProblem as problem:
        if problem.name not in ("session-refused", "invite-not-open"):
            raise
        await _arrived_already(engine, problem)
    engine.become(engine.identity)
    report = await engine.sync()
    lost = await lost_key(engine)
    engine.become(engine.identity.active(), session=engine.session)
    report.notes += told(engine, lost)
    return report


async def _enter(engine: Engine, invite: InviteKeys) -> None:
    """Sign a `join` and deliver it, in sessions of the invite."""
    guest = Session(engine.transport, invite.id, invite.signing)
    for last in (False, True):
        engine.session = guest
        if engine.identity.stage == "invited":
            if not guest.token:
                await engine.patiently(guest.open)
            _turn_to(engine, guest.programme)
            engine.become(replace(engine.identity, programme=guest.programme), session=guest)
            await _sign_join(engine, invite, await _open_keys(engine, invite, guest))
        try:
            await _pull_roster(engine, push=True)
        except ServerProblem as problem:
            if problem.status not in REFUSALS:
                raise
            _start_over(engine)
            # The roster, a key or the day has moved on since this was signed: once more, upon what is there now.
            if last or problem.name == "invite-not-open":
                raise
        if engine.enrolled:
            return
        # Its `join` was signed upon a branch that was set aside meanwhile.
        _start_over(engine)


def _turn_to(engine: Engine, programme: bytes) -> None:
    """Before this programme another one may have been shown, and not have stood the test."""
    identity = engine.identity
    if identity.programme in (b"", programme):
        return
    if identity.account and (identity.way not in PERSONS or has_history(engine.vault.read(), identity)):
        raise TicketWrong(OTHER_ACCOUNT)
    with engine.vault.write() as connection:
        forget(connection)


async def _pull_roster(engine: Engine, *, push: bool = False) -> None:
    """The whole roster, verified; with `push` the signed `join` goes up, and comes back."""
    programme = engine.identity.programme
    report, blocked = Report(), set[bytes]()
    more = True
    while more or (push and outbox.waiting(engine.vault.read(), programme, most=1)):
        more = await engine.round(report, blocked, push=[programme] if push else (), logs=[programme])
        more |= await heal(engine, report, blocked)
        if programme in blocked:
            if not await engine.adopt(report):
                raise ServerFault(programme, "the server does not know the roster that it showed before")
            blocked.clear()
            more = True


async def _open_keys(engine: Engine, invite: InviteKeys, guest: Session) -> Opened:
    """The keys of all that the invite opens: the current one of each space, and of a code all it ever opened.

    A rotation between the two answers leaves wraps that do not fit the roster: then both are asked for again.
    Raises ServerFault if there is no wrap of a current key. One for a code that does not open may be the doing of a
    phone, for the server cannot look into it, and a restored server may have lost it: then older keys must do.
    """
    for last in (False, False, True):
        await _pull_roster(engine)
        _check_programme(engine, invite)
        answer = await engine.patiently(lambda: guest.call(engine.transport.wraps))
        logs = [engine.roster.space_log(*space) for space in spaces_of(engine.roster, invite.id)]
        current = {(log, engine.roster.spaces[log].epoch) for log in logs}
        opened = open_wraps(engine.roster, {invite.id: invite.hpke}, logs, answer.wraps)
        held = _held(engine, current)
        for (log, epoch), key in held.items():
            opened.setdefault(log, {})[epoch] = key
        if current <= {(log, epoch) for log, found in opened.items() for epoch in found}:
            return opened
        if last and engine.identity.way == "recovery":
            withheld = current - {(one.log, one.epoch) for one in answer.wraps}
            if all(may_be_lost(engine.roster, log) for log, _ in withheld) and (opened or withheld):
                return opened
    from_paper = engine.identity.way == "recovery"
    raise ServerFault(
        engine.roster.programme,
        WITHHELD if from_paper else "the server withholds, or lost, a key that this invite opens",
    )


def _held(engine: Engine, current: Collection[tuple[bytes, int]]) -> dict[tuple[bytes, int], bytes]:
    """Those of the current keys, by log and epoch, that a phone which comes in again has in its vault.

    A restored server may have lost the wraps, and this phone be the only one that could make them anew.
    """
    connection, roster = engine.vault.read(), engine.roster
    keys = {(log, epoch): held_key(connection, roster, log, epoch) for log, epoch in current if log in roster.spaces}
    return {place: key for place, key in keys.items() if key is not None}


async def _arrived_already(engine: Engine, problem: ServerProblem) -> None:
    """A spent invite may be our own doing, its answer lost: then this device is in the roster."""
    if engine.identity.stage == "sent":
        engine.become(engine.identity)
        try:
            await engine.pull(Report(), set())
        except ServerProblem as refusal:
            if refusal.name != "session-refused":
                raise
        if engine.enrolled:
            return
    raise InviteClosed(
        "this ticket or code opens nothing: it was used, expired or closed, or is for another server"
    ) from problem


def _start_over(engine: Engine) -> None:
    """A refused `join` is never signed again: the next try comes with new keys, so that no number is used twice."""
    identity = engine.identity
    renewed = replace(
        identity,
        stage="invited",
        signing=SigningKey.generate(engine.randomness),
        hpke=HpkeKey.generate(engine.randomness),
    )
    with engine.vault.write(new_keys=True) as connection:
        withdraw(connection)
        if identity.way in PERSONS:
            connection.execute("DELETE FROM pending WHERE type = ?", (ACCOUNT_KEYS,))
        store_identity(connection, renewed)
    engine.become(renewed)


def _check_programme(engine: Engine, invite: InviteKeys) -> None:
    """The roster must hold the statement that only this secret could have counter-signed; raises ServerFault.

    `apply` has verified that counter-signature over programme, account, role, `seen` and server key, so a
    fabricated programme, or a fork from before the invite, cannot pass here.
    """
    roster, identity = engine.roster, engine.identity
    record = roster.invites.get(invite.id)
    if record is None or record.signing_key != invite.signing.public or record.role != identity.way:
        raise ServerFault(
            roster.programme, "the programme shown does not contain this invite: do not trust this server"
        )
    if identity.account and identity.way not in PERSONS and identity.account != record.account:
        raise TicketWrong(OTHER_ACCOUNT)
    if identity.way in PERSONS and (identity.account in roster.accounts or identity.account in roster.departed):
        raise TicketWrong("the programme knows this phone's account: link this phone, or recover it from paper")
    if identity.server_key not in (b"", roster.server_key):
        raise ServerFault(roster.programme, "the programme names another server key than the ticket")
    if roster.address != identity.address:
        raise ServerFault(roster.programme, f"the programme lives at {roster.address}, not at {identity.address}")


async def _sign_join(engine: Engine, invite: InviteKeys, opened: Opened) -> None:
    """Make the account or device, and store all of it with the signed `join` before anything leaves."""
    roster, identity = engine.roster, engine.identity
    record = roster.invites[invite.id]
    is_person = identity.way in PERSONS
    account = engine.randomness(16) if is_person else record.account
    personal = roster.space_log("personal", account)
    member = HpkeKey.generate(engine.randomness) if is_person else None
    first_key = engine.randomness(32)
    needed = {personal, *(roster.space_log(name) for name in shared_spaces(identity.way))}
    epochs = {log: roster.spaces[log].epoch if log in roster.spaces else 1 for log in needed}
    name = await seal_own_name(engine, account) if is_person else b""
    statement = Join(
        engine.writer.day(),
        identity.way,
        invite.id,
        account,
        DeviceKeys(identity.signing.public, identity.hpke.hash),
        member.hash if member else b"",
        commitment(1, first_key) if member else b"",
        b"",
    )
    seen = roster.chain.cursor
    signature = invite.signing.sign("join", statement.join_message(roster.programme, seen))
    statement = replace(statement, invite_signature=signature)
    # Of a key that the code does not open the phone wraps any other to itself: it makes a new one next.
    wraps: list[Wrapped] = [
        seal_to(
            roster.programme,
            personal,
            epochs[personal],
            identity.device,
            identity.hpke.public,
            opened.get(personal, {}).get(epochs[personal], first_key),
        )
    ]
    if member:
        wraps += [
            seal_to(roster.programme, log, epochs[log], member.hash, member.public, opened[log][epochs[log]])
            for log in sorted(needed - {personal})
        ]
    keys = (identity.hpke.public, member.public) if member else (identity.hpke.public,)
    sent = replace(identity, stage="sent", account=account, server_key=roster.server_key)
    with engine.vault.write() as connection:
        place = engine.writer.place(connection, roster.programme)
        outbox.put(connection, state_entry(place, statement, identity.signing), Rows(keys, tuple(wraps), name))
        former = roster.space_log("personal", identity.account) if identity.account else personal
        if former != personal and former not in roster.spaces:
            set_all_aside(connection, former)
            connection.execute("DELETE FROM pending WHERE type = ?", (ACCOUNT_KEYS,))
        for log in needed:
            space = roster.spaces[log].name if log in roster.spaces else "personal"
            follow(connection, roster.programme, log, space)
            take_over(connection, space, log)
            for epoch, key in sorted(opened.get(log, {}).items(), reverse=True):
                learn_key(connection, roster, log, epoch, key)
            # A phone that comes in again may have set aside what it could not read before it was taken off.
            retry_quarantined(connection, log)
            if log not in roster.spaces:
                hold_key(connection, log, 1, first_key)
        if member:
            stage_reserved(connection, personal, engine.randomness(16), ACCOUNT_KEYS, {"member_key": member.seed})
        if identity.way == "recovery":
            connection.execute("DELETE FROM meta WHERE key = 'renewed_from'")
            connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('old_code', ?)", (identity.secret,))
        store_identity(connection, sent)
    engine.become(sent, session=engine.session)


def shared_spaces(way: str) -> tuple[str, ...]:
    return {"member": ("commons",), "lead": ("commons", "leads")}.get(way, ())


async def seal_own_name(engine: Engine, account: bytes) -> bytes:
    """The display name, sealed to the leads' inbox that the roster names."""
    roster = engine.roster
    inbox_hash = roster.spaces[roster.space_log("leads")].current.inbox_hash
    publics = await engine.publics([inbox_hash])
    return seal_name(publics[inbox_hash], roster.programme, account, engine.identity.name, engine.identity.signing)
