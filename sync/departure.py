"""Rules of the statements by which devices and people leave: revoke, remove (docs/protocol/4-roster.md)."""

from collections.abc import Iterable
from dataclasses import replace

from immutables import Map

from sync.enrolment import use_key
from sync.errors import Refused
from sync.governance import add_epoch, closing_by_device
from sync.log import Header
from sync.state import Departure, Former, RosterState
from sync.statements import Last, Remove, Revoke
from sync.tables import without


def revoke(state: RosterState, header: Header, statement: Revoke) -> RosterState:
    author = state.devices[header.device]
    device = state.known_device(statement.device)
    if device is None or device.account != author.account:
        raise Refused("not-authorised", "a device is revoked by its own account")
    if statement.since > header.seen.position:
        raise Refused("entry-malformed", "`since` lies after what the author has seen")
    line = lineage(state, author.account, statement.device, statement.since)
    if header.device in line:
        raise Refused("not-authorised", "this device is the one, or came by the one, that it revokes: use another")
    cosigned = statement.cosignature is not None
    if cosigned:
        check_code(state, line, statement)
        state = cancel(state, author.account, line, statement.since)
    if statement.device not in state.devices:
        raise Refused("not-authorised", "this device has left already")
    gone = {id_ for id_ in line if id_ in state.devices}
    check_last(state, statement.last, gone, author.account)
    state = close_invites(state, author.account, line, statement.since, cosigned=cosigned)
    state = dismiss(state, header, gone, statement.last, cosigned=cosigned)
    state = use_key(state, statement.member_key_hash)
    owner = replace(state.accounts[author.account], member_key_hash=statement.member_key_hash)
    state = replace(state, accounts=state.accounts.set(author.account, owner))
    state = add_epoch(state, state.space_log("personal", author.account), statement)
    return note_departure(state, lead=author.account in state.leads)


def lineage(state: RosterState, account: bytes, device: bytes, since: int) -> frozenset[bytes]:
    """The device, and each that it enrolled above `since`, itself or through others; active or not.

    Also through those that have left: a thief could otherwise revoke the middle of its own chain to save the end.
    Not by a code that is older than `since`: that is the owner's, though this phone may have printed it.
    """
    known = {id_: state.devices[id_] for id_ in state.accounts[account].devices}
    known |= {id_: former.device for id_, former in state.former.items() if former.device.account == account}
    line = {device}
    for id_, one in sorted(known.items(), key=lambda item: item[1].enrolled):
        used = state.invites.get(one.invite)
        if used is None or one.enrolled <= since or used.device not in line:
            continue
        if used.role == "link" or used.position > since:
            line.add(id_)
    return frozenset(line)


def check_code(state: RosterState, line: frozenset[bytes], statement: Revoke) -> None:
    """A code that the thief made must not speak for the owner: the oldest one was there before the theft."""
    if statement.cosignature is None:
        return
    code = state.invites[statement.cosignature.code]
    if code.position != oldest_code(state, code.account):
        raise Refused("cosignature-invalid", "only the oldest open code outranks the devices of its account")
    if code.device in line and code.position > statement.since:
        raise Refused("cosignature-invalid", "the code was made by a device that this revokes")


def oldest_code(state: RosterState, account: bytes) -> int | None:
    """Position of the oldest open recovery code."""
    codes = state.open_invites("recovery", account=account)
    return min((code.position for code in codes.values()), default=None)


def check_last(state: RosterState, last: Last, gone: Iterable[bytes], account: bytes) -> None:
    shared = [state.space_log("commons"), state.space_log("leads")] if account in state.leads else []
    logs = {state.space_log("personal", account), *shared}
    if any(device not in gone or log not in logs for device, log, _ in last):
        raise Refused("entry-malformed", "`last` names a device that stays, or a log that it does not write")


def cancel(state: RosterState, account: bytes, line: frozenset[bytes], since: int) -> RosterState:
    """Paper outranks a phone: what the departing devices revoked after `since` is undone."""
    devices, former = state.devices, state.former
    for id_, one in state.former.items():
        if one.device.account == account and one.by in line and one.position > since:
            devices, former = devices.set(id_, one.device), former.delete(id_)
    owner = state.accounts[account]
    back = {id_ for id_ in state.former if id_ not in former}
    order = sorted({*owner.devices, *back}, key=lambda id_: devices[id_].enrolled)
    accounts = state.accounts.set(account, replace(owner, devices=tuple(order)))
    return replace(state, devices=devices, former=former, accounts=accounts)


def close_invites(
    state: RosterState, account: bytes, line: frozenset[bytes], since: int, *, cosigned: bool
) -> RosterState:
    """Close what the departing devices left open: every link, and all else they made above `since`.

    A code stays open for as long as if a device alone had closed it, or a thief's phone could revoke the phone that
    printed the paper, and the paper with it.
    """
    for id_ in sorted(state.opened.get(account, frozenset()) | state.opened.get(b"", frozenset())):
        record = state.invites[id_]
        if record.device in line and record.is_open(state.time) and (record.role == "link" or record.position > since):
            at_once = cosigned or record.role != "recovery"
            state = closed(state, id_, state.time if at_once else closing_by_device(state, record))
    return state


def closed(state: RosterState, id_: bytes, closing: int) -> RosterState:
    return replace(state, invites=state.invites.set(id_, replace(state.invites[id_], closing=closing)))


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
    if author.account == statement.account:
        check_consent(state, statement)
    check_last(state, statement.last, account.devices, statement.account)
    if not account.is_lead and statement.last:
        raise Refused("entry-malformed", "`last` is for what a lead wrote in the shared spaces")
    personal = state.space_log("personal", statement.account)
    if any(log == personal for _, log, _ in statement.last):
        raise Refused("entry-malformed", "a removal says nothing about the personal space")
    for id_ in sorted(state.opened.get(statement.account, frozenset()) | state.opened.get(b"", frozenset())):
        record = state.invites[id_]
        if record.author == statement.account and record.is_open(state.time):
            state = closed(state, id_, state.time)
    gone = account.devices
    state = dismiss(state, header, gone, statement.last, cosigned=False)
    departure = Departure(account, state.chain.position, state.time)
    state = replace(
        state,
        accounts=state.accounts.delete(statement.account),
        departed=state.departed.set(statement.account, departure),
        leads=state.leads - {statement.account},
        aggregators=without(state, statement.account),
    )
    return note_departure(state, lead=account.is_lead)


def check_consent(state: RosterState, statement: Remove) -> None:
    """An account with a code leaves with its consent: a phone alone could otherwise end what the paper recovers."""
    oldest = oldest_code(state, statement.account)
    cosignature = statement.cosignature
    if oldest is not None and (cosignature is None or state.invites[cosignature.code].position != oldest):
        raise Refused("cosignature-invalid", "an account leaves by itself with its oldest open code, or by a lead")
