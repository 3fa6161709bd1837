"""Who must be able to open an epoch key, and which rows a push must therefore carry (docs/protocol/2, 6)."""

from collections.abc import Iterable

from crypto.public.ids import invite_id
from sync.log import Entry
from sync.space import spaces_of
from sync.state import RosterState
from sync.statements import KINDS, Found, Invite, Join, Revoke, Rotate, decode_statement
from sync.statistics import Offer
from sync.tables import is_over

WrapKey = tuple[bytes, int, bytes]
"""(log, epoch, reader id): what one wrap is for."""


def readers(roster: RosterState, log: bytes) -> dict[bytes, bytes]:
    """Reader id -> hash of the HPKE key to wrap to, for all readers of a space now."""
    space = roster.spaces[log]
    if space.account in roster.departed:
        return {}
    if space.name == "personal":
        devices = {id_: roster.devices[id_].hpke_hash for id_ in roster.accounts[space.account].devices}
        return devices | invited(roster, "link", "recovery", account=space.account)
    if space.name == "leads":
        members: Iterable[bytes] = (roster.accounts[lead].member_key_hash for lead in sorted(roster.leads))
        return {key: key for key in members} | invited(roster, "lead")
    members = (account.member_key_hash for account in roster.accounts.values())
    return {key: key for key in members} | invited(roster, "member", "lead")


def invited(roster: RosterState, *roles: str, account: bytes = b"") -> dict[bytes, bytes]:
    return {id_: invite.hpke_hash for id_, invite in roster.open_invites(*roles, account=account).items()}


def reader_ids(roster: RosterState, principal: bytes) -> set[bytes]:
    """The reader ids under which a principal finds its own wraps."""
    device = roster.devices.get(principal)
    if device is None:
        return {principal}
    return {principal, roster.accounts[device.account].member_key_hash}


def wraps_called_for(after: RosterState, pushed: Iterable[Entry]) -> set[WrapKey]:
    """The wraps which the pushed statements demand, all of the epochs current after the whole push."""
    called: set[WrapKey] = set()
    for entry in pushed:
        if entry.header.kind not in KINDS:
            continue
        statement = decode_statement(entry.header.kind, entry.check_body())
        device = entry.header.device
        # A push may end with its author's own removal.
        if isinstance(statement, Found | Join | Revoke) and device not in after.devices:
            continue
        if isinstance(statement, Invite):
            id_ = invite_id(statement.signing_key, statement.hpke_hash)
            called |= {wrap_key(after, *space, id_) for space in spaces_of(after, id_)}
        elif isinstance(statement, Found | Join):
            key = after.accounts[statement.account].member_key_hash
            called.add(wrap_key(after, "personal", statement.account, device))
            if statement.member_key_hash:
                shared = [space for space in spaces_of(after, device) if space[0] != "personal"]
                called |= {wrap_key(after, *space, key) for space in shared}
        elif isinstance(statement, Revoke):
            account = after.devices[device].account
            log, key = after.space_log("personal", account), after.accounts[account].member_key_hash
            called |= {(log, after.spaces[log].epoch, reader) for reader in readers(after, log)}
            called |= {wrap_key(after, *space, key) for space in spaces_of(after, device) if space[0] != "personal"}
        elif isinstance(statement, Rotate):
            log = after.space_log(statement.space, statement.account)
            called |= {(log, after.spaces[log].epoch, reader) for reader in readers(after, log)}
    return called


def wrap_key(roster: RosterState, name: str, account: bytes, reader: bytes) -> WrapKey:
    log = roster.space_log(name, account)
    return log, roster.spaces[log].epoch, reader


def named_keys(roster: RosterState) -> set[bytes]:
    """Hashes of all HPKE keys that anybody may have to seal to now."""
    offers = {offer.hpke_hash for offer in roster.offers.values() if roster.time <= offer.needed_until}
    return offers | _keys_of_people(roster)


def offer_keys_over(roster: RosterState) -> set[bytes]:
    """Hashes of keys of offers to which nobody has to seal any more.

    An offer may name anybody's key: what is somebody's own is none of these.
    """
    over = {offer.hpke_hash for offer in roster.offers.values() if is_over(roster, offer)}
    return over - _keys_of_people(roster)


def _keys_of_people(roster: RosterState) -> set[bytes]:
    members = {account.member_key_hash for account in roster.accounts.values()}
    invites = {roster.invites[id_].hpke_hash for ids in roster.opened.values() for id_ in ids}
    inboxes = {space.current.inbox_hash for space in roster.spaces.values()}
    devices = {device.hpke_hash for device in roster.devices.values()}
    return (members | invites | inboxes | devices) - {b""}


def keys_called_for(pushed: Iterable[Entry]) -> set[bytes]:
    """Hashes of the HPKE keys that the pushed statements name, and whose bytes must travel with them."""
    called: set[bytes] = set()
    for entry in pushed:
        if entry.header.kind not in KINDS:
            continue
        statement = decode_statement(entry.header.kind, entry.check_body())
        if isinstance(statement, Invite | Offer):
            called.add(statement.hpke_hash)
        elif isinstance(statement, Found | Join):
            called |= {statement.device.hpke_hash, statement.member_key_hash}
        elif isinstance(statement, Revoke):
            called.add(statement.member_key_hash)
        if isinstance(statement, Found | Rotate):
            called.add(statement.inbox_hash)
    return called - {b""}
