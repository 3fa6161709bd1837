"""Rules of the statements that bring people and devices in: found, invite, join.

Each takes the state whose chain and roster time already include the statement, and returns it with the
statement's effect, or raises Refused.
"""

from dataclasses import replace

from crypto.public.ids import invite_id
from sync.errors import Refused
from sync.log import ZERO, Header
from sync.signatures import check_key, check_signature
from sync.state import FIRST_RULES, Account, Device, Epoch, InviteRecord, RosterState, Space
from sync.statements import DeviceKeys, Found, Invite, Join, Policy

NOBODY = bytes(16)
LONGEST_DAYS = {"member": 14, "lead": 14, "link": 1}
MOST_USES = {"member": 100, "lead": 1, "link": 1}
OPEN_PER_ACCOUNT = 4
OPEN_CODES_WITH_CODE = 8
OPEN_PER_PROGRAMME = 1_000
ACCOUNTS = 3_000
"""With all open invites they still fit into the wraps of one rotation."""
ACTIVE_DEVICES = 8
ACTIVE_DEVICES_WITH_CODE = 64
KEPT_FOR_AN_OLDER_CODE = 8
DEVICE_STATEMENTS_A_YEAR = 30
RETENTION_DAYS = range(90, 3_651)


def found(state: RosterState, header: Header, statement: Found) -> RosterState:
    if header.sequence != 1 or statement.account == NOBODY:
        raise Refused("entry-malformed", "`found` has sequence 1 and an account")
    if statement.rules != FIRST_RULES:
        raise Refused("statement-unsupported", f"programmes are founded under rules version {FIRST_RULES}")
    check_policy(statement.policy)
    check_key(statement.server_key)
    state = replace(
        state,
        rules=statement.rules,
        policy=statement.policy,
        server_key=statement.server_key,
        address=statement.address,
    )
    personal, commons, leads = statement.commitments
    state = open_space(state, "commons", b"", Epoch(1, commons))
    state = open_space(state, "leads", b"", Epoch(1, leads, inbox_hash=statement.inbox_hash))
    state = add_account(state, statement.account, "lead", statement.member_key_hash, personal)
    return add_device(state, header, statement.account, statement.device, ZERO)


def check_policy(policy: Policy) -> None:
    """Floors and ceilings compiled in, so that no lead can brick phones or destroy records by policy."""
    if policy.minimum_suite != 1:
        raise Refused("policy-floor", "the only suite is 1")
    if policy.contact_days not in RETENTION_DAYS or policy.check_in_days not in RETENTION_DAYS:
        raise Refused("policy-floor", "retentions are 90 to 3,650 days")


def open_space(state: RosterState, name: str, account: bytes, first: Epoch) -> RosterState:
    log = state.space_log(name, account)
    return replace(state, spaces=state.spaces.set(log, Space(name, account, (first,))))


def add_account(state: RosterState, account: bytes, role: str, member_key: bytes, commitment: bytes) -> RosterState:
    state = use_key(state, member_key)
    position = state.chain.position
    leads = state.leads | {account} if role == "lead" else state.leads
    made = Account(role, member_key, position, state.time, ())
    state = replace(state, accounts=state.accounts.set(account, made), leads=leads)
    return open_space(state, "personal", account, Epoch(position, commitment))


def add_device(state: RosterState, header: Header, account: bytes, keys: DeviceKeys, invite: bytes) -> RosterState:
    state = use_key(state, keys.signing_key)
    owner = state.accounts[account]
    device = Device(account, keys.signing_key, keys.hpke_hash, state.chain.position, invite, state.rules)
    return replace(
        state,
        devices=state.devices.set(header.device, device),
        accounts=state.accounts.set(account, replace(owner, devices=(*owner.devices, header.device))),
    )


def use_key(state: RosterState, key: bytes) -> RosterState:
    """A key stands in the roster once: two accounts with one member key could not be told apart as readers.

    A signing key that is new makes a device id that is new.
    """
    if key in state.used_keys:
        raise Refused("exists", "a key of this statement is in the roster already")
    return replace(state, used_keys=state.used_keys.set(key, state.chain.position))


def invite(state: RosterState, header: Header, statement: Invite) -> RosterState:
    author = state.devices[header.device]
    check_invite_authority(state, author, statement)
    check_signature(
        statement.signing_key,
        "invite",
        statement.counter_message(state.programme, header.seen),
        statement.counter_signature,
        "counter-signature-invalid",
    )
    if statement.server_key != state.server_key:
        raise Refused("counter-signature-invalid", "the invite names another server key than the roster")
    check_invite_limits(state, author.account, statement)
    state = use_key(state, statement.signing_key)
    id_ = invite_id(statement.signing_key, statement.hpke_hash)
    record = InviteRecord(
        statement.role,
        statement.account,
        statement.signing_key,
        statement.hpke_hash,
        statement.uses,
        statement.last_day,
        state.chain.position,
        author.account,
        header.device,
    )
    if statement.role in ("link", "recovery"):
        state = count_device_statement(state, author.account)
    still_open = state.open_invites("member", "lead", "link", "recovery", account=statement.account)
    return replace(
        state,
        invites=state.invites.set(id_, record),
        opened=state.opened.set(statement.account, frozenset({*still_open, id_})),
    )


def check_invite_authority(state: RosterState, author: Device, statement: Invite) -> None:
    if statement.role in ("member", "lead"):
        if statement.account != b"":
            raise Refused("entry-malformed", "a member or lead invite names no account")
        if author.account not in state.leads:
            raise Refused("not-authorised", "only a lead invites members and leads")
        if statement.role == "member" and not has_second_key(state):
            raise Refused("second-key-needed", "first add a second lead or a lead's recovery code")
    elif statement.account != author.account:
        raise Refused("not-authorised", "a link or recovery code is for its author's own account")


def has_second_key(state: RosterState) -> bool:
    """A programme whose only lead has only one phone would die with it."""
    return len(state.leads) > 1 or any(state.open_invites("recovery", account=lead) for lead in state.leads)


def check_invite_limits(state: RosterState, account: bytes, statement: Invite) -> None:
    if statement.role == "recovery":
        if statement.uses != 0 or statement.last_day != 0:
            raise Refused("entry-malformed", "a recovery code has neither uses nor a last day")
    else:
        if not 1 <= statement.uses <= MOST_USES[statement.role]:
            raise Refused("limit-reached", f"a {statement.role} invite has 1 to {MOST_USES[statement.role]} uses")
        longest = LONGEST_DAYS[statement.role]
        if not statement.day <= statement.last_day <= statement.day + longest:
            raise Refused("limit-reached", f"a {statement.role} invite lasts at most {longest} days")
    if statement.role in ("link", "recovery"):
        number, most = len(state.open_invites(statement.role, account=account)), OPEN_PER_ACCOUNT
        if statement.role == "link":
            check_device_statements(state, account)
        elif statement.cosignature is not None:
            # A thief with a phone could fill the limit with codes of its own; the code on paper may still replace
            # itself. A thief's code co-signs as well, but the older one on paper closes it at once.
            most = OPEN_CODES_WITH_CODE
    else:
        number, most = len(state.open_invites("member", "lead")), OPEN_PER_PROGRAMME
    if number >= most:
        raise Refused("limit-reached", f"{most} invites of this kind are open already; close one first")


def join(state: RosterState, header: Header, statement: Join) -> RosterState:
    record = state.invites.get(statement.invite)
    if header.sequence != 1:
        raise Refused("entry-malformed", "`join` is its device's first statement")
    if record is None or not record.is_open(state.time) or record.role != statement.role:
        raise Refused(
            "invite-not-open", "no open invite of this role has this id: spent, expired, closed or never made"
        )
    if header.seen.position < record.position:
        raise Refused("witness-unknown", "`seen` lies before the invite")
    check_signature(
        record.signing_key,
        "join",
        statement.join_message(state.programme, header.seen),
        statement.invite_signature,
    )
    if statement.role in ("member", "lead"):
        state = join_person(state, statement)
    else:
        state = join_device(state, statement, record)
    if record.role != "recovery":
        state = spend(state, statement.invite, record)
    return add_device(state, header, statement.account, statement.device, statement.invite)


def join_person(state: RosterState, statement: Join) -> RosterState:
    if statement.account == NOBODY or not statement.member_key_hash or not statement.commitment:
        raise Refused("entry-malformed", "a new account has an id, a member key and a first epoch key")
    if statement.account in state.accounts or statement.account in state.departed:
        raise Refused("exists", "the account id is taken")
    if len(state.accounts) >= ACCOUNTS:
        raise Refused("limit-reached", f"a programme has at most {ACCOUNTS} accounts")
    return add_account(state, statement.account, statement.role, statement.member_key_hash, statement.commitment)


def join_device(state: RosterState, statement: Join, record: InviteRecord) -> RosterState:
    if statement.member_key_hash or statement.commitment:
        raise Refused("entry-malformed", "a further device brings no member key and no epoch")
    if statement.account != record.account:
        raise Refused("not-authorised", "the invite is for another account")
    active = len(state.accounts[record.account].devices)
    if statement.role == "link":
        check_device_statements(state, record.account)
        most = ACTIVE_DEVICES
    else:
        # A thief with a phone could fill the ordinary limits, also with a code of its own; the older code on paper
        # must still open the door.
        codes = state.open_invites("recovery", account=record.account).values()
        older = sum(1 for code in codes if code.position < record.position)
        most = ACTIVE_DEVICES_WITH_CODE - older * KEPT_FOR_AN_OLDER_CODE
    if active >= most:
        raise Refused("limit-reached", f"the account has {active} active devices")
    return count_device_statement(state, record.account)


def spend(state: RosterState, id_: bytes, record: InviteRecord) -> RosterState:
    return replace(state, invites=state.invites.set(id_, replace(record, uses=record.uses - 1)))


def check_device_statements(state: RosterState, account: bytes) -> None:
    if len(recent_days(state, account)) >= DEVICE_STATEMENTS_A_YEAR:
        raise Refused("limit-reached", f"{DEVICE_STATEMENTS_A_YEAR} device statements a year are the limit")


def recent_days(state: RosterState, account: bytes) -> tuple[int, ...]:
    return tuple(day for day in state.accounts[account].device_days if day > state.time - 365)


def count_device_statement(state: RosterState, account: bytes) -> RosterState:
    # Codes pass the limit without end, and more days than it counts would make each of them dearer than the last.
    days = (*recent_days(state, account), state.time)[-DEVICE_STATEMENTS_A_YEAR:]
    owner = replace(state.accounts[account], device_days=days)
    return replace(state, accounts=state.accounts.set(account, owner))
