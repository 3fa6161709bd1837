"""Spaces: whose entries belong there, and who may read them (docs/protocol/3-log.md, items 2 to 8)."""

from crypto.public.ids import genesis
from sync.errors import Refused
from sync.log import Chain, Entry, Header, Heads, check_witness
from sync.signatures import check_signature
from sync.state import Device, RosterState, Space

READS_AFTER_REMOVAL = 90
"""Days of roster time for which a removed member's devices may still read their personal log."""
RUNGS = frozenset((4_096, 16_384, 65_536, 262_144, 1_048_576))
SEALED = "sealed"


def check_space_entry(roster: RosterState, chain: Chain, entry: Entry, heads: Heads, *, new: bool) -> Chain:
    """The chain with `entry`, after every check of a sealed entry; raises Refused.

    `new` is the server accepting a push: the current epoch only, and the body must be there. A reader of history
    accepts each epoch that was not yet replaced at the roster position which the header names. `heads` need not
    know position 0.
    """
    header = entry.header
    space = roster.spaces.get(header.log)
    if space is None or header.log != chain.log:
        raise Refused("entry-malformed", "the header names another log")
    check_suite(roster, header)
    check_kind(header)
    if new or entry.body is not None:
        check_size(entry.check_body())
    device = check_author(roster, chain, entry, heads, new=new)
    if not writes(roster, space, device):
        raise Refused("not-authorised", f"this device does not write to `{space.name}`")
    check_epoch(space, header, new=new)
    return chain.extend(entry)


def check_suite(roster: RosterState, header: Header) -> None:
    if header.suite < roster.policy.minimum_suite:
        raise Refused("suite-unknown", "the suite is below the roster's minimum")


def check_author(
    roster: RosterState, chain: Chain, entry: Entry, heads: Heads, *, new: bool, one_roster: bool = True
) -> Device:
    """The author of an entry of any log but the roster: known, active in its time, and in its place in the chain.

    `one_roster`: `roster` must lie on this very chain, not only within its positions. Raises Refused.
    """
    header = entry.header
    device = roster.devices.get(header.device) if new else roster.known_device(header.device)
    if device is None:
        raise Refused("device-not-active", "the roster knows no active device of this id")
    check_signature(device.signing_key, "entry", entry.raw_header, entry.signature)
    chain.check(header, lambda position: heads(position) if position else genesis(roster.programme, header.log))
    if not device.enrolled <= header.roster.position <= roster.chain.position:
        raise Refused("witness-unknown", "`roster` lies outside the roster or before the author's enrolment")
    if one_roster:
        check_witness(header.roster, roster.chain.cursor, roster.head_at, "roster")
    if not roster.was_active(header.device, header.roster.position):
        raise Refused("device-not-active", "the device had left at the roster position which the header names")
    return device


def check_kind(header: Header) -> None:
    if header.kind in ("erase", "withdraw"):
        raise Refused("statement-unsupported", f"`{header.kind}` is not defined by rules version 1")
    if header.kind != SEALED:
        raise Refused("entry-malformed", "a space holds `sealed` entries")


def check_size(body: bytes) -> None:
    """Only rungs: the exact size of a flush would tell how much was logged."""
    if len(body) not in RUNGS:
        raise Refused("body-mismatch", "a sealed body has the length of a rung")


def check_epoch(space: Space, header: Header, *, new: bool) -> None:
    if new and header.epoch != space.epoch:
        raise Refused("epoch-stale", f"the current epoch is {space.epoch}", epoch=space.epoch)
    if not max(1, space.epoch_at(header.roster.position)) <= header.epoch <= space.epoch:
        raise Refused("epoch-stale", "the epoch had been replaced at the roster position which the header names")


def writes(roster: RosterState, space: Space, device: Device) -> bool:
    if space.name == "personal":
        return device.account == space.account
    return roster.was_lead(device.account)


def logs_of(roster: RosterState, principal: bytes) -> list[bytes]:
    """Logs that a principal may read, in the order in which a client asks for them: the roster first.

    The witness log last, after all that it speaks of; for active devices alone. Empty for a stranger.
    """
    logs = [roster.space_log(*space) for space in spaces_of(roster, principal)]
    witness = [roster.space_log("witness")] if principal in roster.devices else []
    return [roster.programme, *logs, *witness] if logs else []


def spaces_of(roster: RosterState, principal: bytes) -> list[tuple[str, bytes]]:
    """(name, account) of the spaces that a device, or an open invite, may read; empty for a stranger."""
    device = roster.devices.get(principal)
    if device is not None:
        leads = [("leads", b"")] if device.account in roster.leads else []
        return [("commons", b""), *leads, ("personal", device.account)]
    if principal in roster.former:
        return [("personal", account)] if (account := still_reading(roster, principal)) else []
    invite = roster.invites.get(principal)
    if invite is None or not invite.is_open(roster.time):
        return []
    if invite.role in ("link", "recovery"):
        return [("personal", invite.account)]
    return [("commons", b""), ("leads", b"")] if invite.role == "lead" else [("commons", b"")]


def still_reading(roster: RosterState, device: bytes) -> bytes | None:
    """The account of a removed member's device for as long as it may read its personal log; a revoked one never."""
    former = roster.former[device]
    departure = roster.departed.get(former.device.account)
    if departure is None or departure.position != former.position:
        return None
    return former.device.account if roster.time <= departure.time + READS_AFTER_REMOVAL else None


def may_read(roster: RosterState, log: bytes, principal: bytes) -> bool:
    return log in logs_of(roster, principal)
