"""A programme and its people in memory: everything they sign is signed as phones sign it, with nothing sent yet."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from crypto.public.ids import device_id, programme_id
from crypto.public.signing import SigningKey
from crypto.secret.epoch import commitment, inbox_key, wrap
from crypto.secret.hpke import HpkeKey
from crypto.secret.invite import InviteKeys
from sync.device.author import Place, state_entry
from sync.log import ZERO, Chain, Cursor, Entry
from sync.readers import WrapKey, keys_called_for, readers, wraps_called_for
from sync.roster import apply
from sync.space import logs_of
from sync.state import RosterState
from sync.statement import Statement
from sync.statements import DeviceKeys, Found, Invite, Join, Policy

USES = {"member": 100, "link": 1, "recovery": 0}
DAYS = {"member": 14, "link": 1, "recovery": 0}


@dataclass(frozen=True)
class Phone:
    """A device and the account it belongs to."""

    account: bytes
    signing: SigningKey
    hpke: HpkeKey

    @property
    def id(self) -> bytes:
        return device_id(self.signing.public, self.hpke.hash)


@dataclass(frozen=True)
class Rows:
    """What travels with a statement."""

    keys: list[bytes]
    wraps: list[tuple[WrapKey, bytes]]


@dataclass
class Programme:
    """`state` is the roster with all statements so far; `epoch_keys` holds the first key of each space."""

    lead: Phone
    state: RosterState
    day: int
    epoch_keys: dict[bytes, bytes] = field(default_factory=dict)
    hpke_keys: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def id(self) -> bytes:
        return self.state.programme

    def personal(self, phone: Phone) -> bytes:
        """Log id of the phone's own space."""
        return self.state.space_log("personal", phone.account)

    def logs(self, phone: Phone) -> list[bytes]:
        """What the phone asks for in each sync; its own space last, where the work is."""
        return sorted(logs_of(self.state, phone.id), key=lambda log: log == self.personal(phone))

    def start_of(self, log: bytes) -> Cursor:
        return Chain.start(self.id, log).cursor

    def first_place(self, phone: Phone) -> Place:
        """Where the first entry of a phone in its own space stands."""
        log = self.personal(phone)
        return Place(log, phone.id, 1, ZERO, self.start_of(log), self.state.chain.cursor)

    def state_it(self, phone: Phone, statement: Statement) -> Entry:
        """The statement, signed and applied."""
        author = self.state.chain.author(phone.id)
        cursor = self.state.chain.cursor
        entry = state_entry(
            Place(self.id, phone.id, author.sequence + 1, author.leaf, cursor, cursor), statement, phone.signing
        )
        self.state = apply(self.state, entry)
        return entry

    def invite(self, role: str, author: Phone) -> tuple[InviteKeys, Entry]:
        """A `member` invite, a `link` or a `recovery` code of the author."""
        made = InviteKeys.from_secret(os.urandom(16))
        self.remember(made.hpke)
        account = b"" if role == "member" else author.account
        last_day = self.day + DAYS[role] if DAYS[role] else 0
        statement = Invite(
            self.day, role, account, made.signing.public, made.hpke.hash, USES[role], last_day,
            self.state.server_key, bytes(64),
        )  # fmt: skip
        message = statement.counter_message(self.id, self.state.chain.cursor)
        statement = replace(statement, counter_signature=made.signing.sign("invite", message))
        return made, self.state_it(author, statement)

    def join(self, role: str, used: InviteKeys, account: bytes = b"") -> tuple[Phone, Entry]:
        """A new phone through an invite: of `account`, or of somebody new."""
        phone, member_hash, first = new_phone(account or os.urandom(16)), b"", b""
        self.remember(phone.hpke)
        if not account:
            member, key = HpkeKey.generate(os.urandom), os.urandom(32)
            self.remember(member)
            self.epoch_keys[self.personal(phone)] = key
            member_hash, first = member.hash, commitment(1, key)
        keys = DeviceKeys(phone.signing.public, phone.hpke.hash)
        statement = Join(self.day, role, used.id, phone.account, keys, member_hash, first, bytes(64))
        message = statement.join_message(self.id, self.state.chain.cursor)
        statement = replace(statement, invite_signature=used.signing.sign("join", message))
        return phone, self.state_it(phone, statement)

    def rows_for(self, entry: Entry) -> Rows:
        """The keys and wraps that the newest statement calls for."""
        keys = [self.hpke_keys[hash_] for hash_ in sorted(keys_called_for([entry]))]
        return Rows(keys, [(key, self.wrap(*key)) for key in sorted(wraps_called_for(self.state, [entry]))])

    def wrap(self, log: bytes, epoch: int, reader: bytes) -> bytes:
        public = self.hpke_keys[readers(self.state, log)[reader]]
        return wrap(self.epoch_keys[log], self.id, log, epoch, reader, public)

    def remember(self, *keys: HpkeKey) -> None:
        self.hpke_keys |= {key.hash: key.public for key in keys}


def new_phone(account: bytes) -> Phone:
    return Phone(account, SigningKey.generate(os.urandom), HpkeKey.generate(os.urandom))


def found(address: str, server_key: bytes, day: int) -> tuple[Programme, Entry]:
    """A programme and its founding entry."""
    lead, member = new_phone(os.urandom(16)), HpkeKey.generate(os.urandom)
    keys = [os.urandom(32) for _ in range(3)]
    inbox = inbox_key(keys[2])
    personal, commons, leads = (commitment(1, key) for key in keys)
    statement = Found(
        day, 1, os.urandom(32), address, server_key, lead.account, DeviceKeys(lead.signing.public, lead.hpke.hash),
        member.hash, (personal, commons, leads), inbox.hash, Policy(),
    )  # fmt: skip
    made = Programme(lead, RosterState.start(programme_id(statement.encode())), day)
    made.remember(lead.hpke, member, inbox)
    entry = made.state_it(lead, statement)
    logs = (made.personal(lead), made.state.space_log("commons"), made.state.space_log("leads"))
    made.epoch_keys |= dict(zip(logs, keys, strict=True))
    return made, entry


def after(chain: Chain, entries: Iterable[Entry]) -> list[Cursor]:
    """The cursor before the first of these entries, and behind each of them, once they stand in this order."""
    cursors = [chain.cursor]
    for entry in entries:
        chain = chain.extend(entry)
        cursors.append(chain.cursor)
    return cursors
