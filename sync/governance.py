"""Rules of the statements that keep a programme in order: rotate, policy, close_invite, announce, rules, server,
restored (docs/protocol/4-roster.md).
"""

from dataclasses import replace

from sync.enrolment import check_policy
from sync.errors import Refused
from sync.log import Header
from sync.signatures import check_key
from sync.state import Epoch, InviteRecord, RosterState
from sync.statements import Announce, CloseInvite, Restored, Revoke, Rotate, SetPolicy, SetRules, SetServer
from sync.ticket import is_origin

CODE_CLOSES_AFTER = 30
"""Days for which a recovery code closed by a device alone stays good: a thief's phone must not outrank paper."""


def rotate(state: RosterState, header: Header, statement: Rotate) -> RosterState:
    author = state.devices[header.device]
    if statement.space == "personal":
        if statement.account != author.account:
            raise Refused("not-authorised", "a personal space is rotated by its own account")
    elif statement.account != b"":
        raise Refused("entry-malformed", "a shared space has no account")
    elif author.account not in state.leads:
        raise Refused("not-authorised", "only a lead rotates a shared space")
    if bool(statement.inbox_hash) != (statement.space == "leads"):
        raise Refused("entry-malformed", "the inbox belongs to `leads`, and only there")
    state = add_epoch(state, state.space_log(statement.space, statement.account), statement, statement.inbox_hash)
    if statement.space == "commons":
        return replace(state, commons_due=None)
    return replace(state, leads_due=None) if statement.space == "leads" else state


def add_epoch(state: RosterState, log: bytes, statement: Rotate | Revoke, inbox: bytes = b"") -> RosterState:
    """The state with the next epoch of a space; raises Refused `epoch-stale`."""
    space = state.spaces[log]
    if statement.epoch != space.epoch + 1:
        raise Refused("epoch-stale", f"the next epoch is {space.epoch + 1}")
    epoch = Epoch(state.chain.position, statement.commitment, statement.sealed_previous, inbox)
    return replace(state, spaces=state.spaces.set(log, replace(space, epochs=(*space.epochs, epoch))))


def set_policy(state: RosterState, header: Header, statement: SetPolicy) -> RosterState:
    require_lead(state, header)
    check_policy(statement.policy)
    return replace(state, policy=statement.policy)


def close_invite(state: RosterState, header: Header, statement: CloseInvite) -> RosterState:
    author = state.devices[header.device]
    record = state.invites.get(statement.invite)
    if record is None or not record.is_open(state.time):
        raise Refused("invite-not-open", "no open invite has this id")
    if record.role in ("member", "lead"):
        require_lead(state, header)
    elif record.account != author.account:
        # Another account's link or code is answered like one that does not exist.
        raise Refused("invite-not-open", "no open invite has this id")
    closing = closing_time(state, record, statement)
    return replace(state, invites=state.invites.set(statement.invite, replace(record, closing=closing)))


def closing_time(state: RosterState, record: InviteRecord, statement: CloseInvite) -> int:
    if record.role != "recovery":
        return state.time
    if statement.cosignature is not None:
        code = state.invites[statement.cosignature.code]
        if code.position > record.position:
            raise Refused("cosignature-invalid", "a code is closed at once only by itself or an older one")
        return state.time
    return closing_by_device(state, record)


def closing_by_device(state: RosterState, record: InviteRecord) -> int:
    """When a recovery code closes that no code has closed."""
    later = state.time + CODE_CLOSES_AFTER
    return later if record.closing is None else min(later, record.closing)


def announce(state: RosterState, header: Header, statement: Announce) -> RosterState:
    device = state.devices[header.device]
    announced = replace(device, rules=max(device.rules, statement.rules))
    return replace(state, devices=state.devices.set(header.device, announced))


def set_rules(state: RosterState, _: Header, statement: SetRules) -> RosterState:
    """Raise the rules; a device that implements less would be shut out, so all must have announced them."""
    if statement.version <= state.rules:
        raise Refused("not-authorised", f"the rules are at version {state.rules} already")
    if any(device.rules < statement.version for device in state.devices.values()):
        raise Refused("not-authorised", "not every active device has announced this version")
    return replace(state, rules=statement.version)


def set_server(state: RosterState, header: Header, statement: SetServer) -> RosterState:
    require_lead(state, header)
    check_key(statement.server_key)
    if statement.server_key in state.used_keys:
        raise Refused("exists", "a device or invite has this key")
    if not is_origin(statement.address):
        raise Refused("entry-malformed", "the address is no origin")
    one = statement.one_organisation
    return replace(state, server_key=statement.server_key, address=statement.address, one_organisation=one)


def restored(state: RosterState, header: Header, _: Restored) -> RosterState:
    require_lead(state, header)
    return replace(state, restored=state.chain.position)


def require_lead(state: RosterState, header: Header) -> None:
    if state.devices[header.device].account not in state.leads:
        raise Refused("not-authorised", "only a lead may do this")
