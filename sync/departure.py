"""Rules of the statements by which devices and people leave: revoke, remove (docs/protocol/4-roster.md)."""

from collections.abc import Iterable
from dataclasses import replace

from immutables import Map

from sync.enrolment import use_key
from sync.errors import Refused
from sync.governance import add_epoch
from sync.log import Header
from sync.state import Departure, Former, InviteRecord, RosterState
from sync.statements import Last, Remove, Revoke


def revoke(state: RosterState, header: Header, statement: Revoke) -> RosterState:
    author = state.devices[header.device]
    device = state.devices.get(statement.device)
    if device is None or device.account != author.account:
        raise Refused("not-authorised", "a device is revoked by its own account")
    if statement.since > header.seen.position:
        raise Refused("entry-malformed", "`since` lies after what the author has seen")
    state = cancel(state, author.account, statement)
    gone = targets(state, author.account, statement.device, statement.since)
    if header.device in gone:
        raise Refused("not-authorised", "this device came by the one that it revokes: use another, or the code")
    check_code(state, gone, statement)
    check_last(state, statement.last, gone, author.account)
    state = close_invites(state, gone, statement.since)
    state = dismiss(state, header, gone, statement.last, cosigned=statement.cosignature is not None)
    state = use_key(state, statement.member_key_hash)
    owner = replace(state.accounts[author.account], member_key_hash=statement.member_key_hash)
    state = replace(state, accounts=state.accounts.set(author.account, owner))
    state = add_epoch(state, state.space_log("personal", author.account), statement)
    return note_departure(state, lead=author.account in state.leads)


def targets(state: RosterState, account: bytes, device: bytes, since: int) -> frozenset[bytes]:
    """The device, and each that it enrolled above `since`, itself or through others it enrolled."""
    gone = {device}
    # In order of enrolment, so that whoever enrolled a device was judged before it.
    for id_ in state.accounts[account].devices:
        enrolled = state.devices[id_]
        if enrolled.enrolled > since and invited_by(state, enrolled.invite) in gone:
            gone.add(id_)
    return frozenset(gone)


def invited_by(state: RosterState, invite: bytes) -> bytes | None:
    record = state.invites.get(invite)
    return None if record is None else record.device


def check_code(state: RosterState, gone: frozenset[bytes], statement: Revoke) -> None:
    """A code that the thief made must not speak for the owner."""
    if statement.cosignature is not None:
        code = state.invites[statement.cosignature.code]
        if code.device in gone and code.position > statement.since:
            raise Refused("cosignature-invalid", "the code was made by a device that this revokes")


def check_last(state: RosterState, last: Last, gone: Iterable[bytes], account: bytes) -> None:
    shared = [state.space_log("commons"), state.space_log("leads")] if account in state.leads else []
    logs = {state.space_log("personal", account), *shared}
    if any(device not in gone or log not in logs for device, log, _ in last):
        raise Refused("entry-malformed", "`last` names a device that stays, or a log that it does not write")


def cancel(state: RosterState, account: bytes, statement: Revoke) -> RosterState:
    """Paper outranks a phone: what the revoked device revoked after `since` is undone if the code co-signs."""
    if statement.cosignature is None:
        return state
    thieves = targets(state, account, statement.device, statement.since)
    back = {
        id_: former
        for id_, former in state.former.items()
        if former.device.account == account and former.by in thieves and former.position > statement.since
    }
    if not back:
        return state
    devices, former = state.devices, state.former
    for id_, one in back.items():
        devices, former = devices.set(id_, one.device), former.delete(id_)
    owner = state.accounts[account]
    order = sorted({*owner.devices, *back}, key=lambda id_: devices[id_].enrolled)
    accounts = state.accounts.set(account, replace(owner, devices=tuple(order)))
    return replace(state, devices=devices, former=former, accounts=accounts)


def close_invites(state: RosterState, gone: frozenset[bytes], since: int) -> RosterState:
    """Close what the departing devices left open: every link, and all else they made above `since`."""
    for id_ in sorted(set().union(*state.opened.values())):
        record = state.invites[id_]
        if record.device in gone and record.is_open(state.time) and (record.role == "link" or record.position > since):
            state = closed(state, id_, record)
    return state


def closed(state: RosterState, id_: bytes, record: InviteRecord) -> RosterState:
    return replace(state, invites=state.invites.set(id_, replace(record, closing=state.time)))


def dismiss(state: RosterState, header: Header, gone: Iterable[bytes], last: Last, *, cosigned: bool) -> RosterState:
    """Move devices from the active to the former ones."""
    devices, former, accounts = state.devices, state.former, state.accounts
    for id_ in sorted(gone):
        device = devices[id_]
        accepted = Map({log: leaf for one, log, leaf in last if one == id_})
        former = former.set(id_, Former(device, state.chain.position, header.device, cosigned, accepted))
        devices = devices.delete(id_)
        owner = accounts[device.account]
        accounts = accounts.set(
            device.account, replace(owner, devices=tuple(other for other in owner.devices if other != id_))
        )
    return replace(state, devices=devices, former=former, accounts=accounts)


def note_departure(state: RosterState, *, lead: bool) -> RosterState:
    """The shared keys are due for rotation from the first departure on."""
    commons = state.time if state.commons_due is None else state.commons_due
    leads = state.time if lead and state.leads_due is None else state.leads_due
    return replace(state, commons_due=commons, leads_due=leads)


def remove(state: RosterState, header: Header, statement: Remove) -> RosterState:
    author = state.devices[header.device]
    account = state.accounts.get(statement.account)
    if account is None or (author.account not in state.leads and author.account != statement.account):
        raise Refused("not-authorised", "a lead removes an account, or an account itself")
    if state.leads == {statement.account}:
        raise Refused("not-authorised", "the last lead stays: invite another one first")
    check_last(state, statement.last, account.devices, statement.account)
    if not account.is_lead and statement.last:
        raise Refused("entry-malformed", "`last` is for what a lead wrote in the shared spaces")
    personal = state.space_log("personal", statement.account)
    if any(log == personal for _, log, _ in statement.last):
        raise Refused("entry-malformed", "a removal says nothing about the personal space")
    gone = frozenset(account.devices)
    for id_ in sorted(set().union(*state.opened.values())):
        record = state.invites[id_]
        if record.author == statement.account and record.is_open(state.time):
            state = closed(state, id_, record)
    state = dismiss(state, header, gone, statement.last, cosigned=False)
    departure = Departure(account, state.chain.position, state.time)
    state = replace(
        state,
        accounts=state.accounts.delete(statement.account),
        departed=state.departed.set(statement.account, departure),
        leads=state.leads - {statement.account},
    )
    return note_departure(state, lead=account.is_lead)
