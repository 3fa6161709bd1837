"""Honest actors over `crypto` and `sync` alone: a programme in memory, with everything its people know.

A `World` signs what honest devices would sign and applies it to its own roster, which stands for the server's. What
a dishonest actor would send is built from the same parts: `draft` an entry with some of it changed, and `judge` it.
Everything is made from one stream of randomness, so that a world repeats.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from crypto.public.ids import body_hash, device_id, programme_id
from crypto.public.randomness import Randomness
from crypto.public.signing import SigningKey
from crypto.secret import body as sealed_body
from crypto.secret.epoch import commitment, inbox_key, seal_previous, wrap
from crypto.secret.hpke import HpkeKey
from crypto.secret.invite import InviteKeys
from schemas import task as table
from sync.erasure import Erasing, Leaves
from sync.log import SUITE, Chain, Cursor, Entry, Header
from sync.readers import WrapKey, keys_called_for, readers, wraps_called_for
from sync.roster import apply
from sync.space import SEALED
from sync.state import RosterState
from sync.statement import Cosignature, Statement
from sync.statements import (
    Announce,
    CloseInvite,
    DeviceKeys,
    Found,
    Invite,
    Join,
    Last,
    Policy,
    Remove,
    Restored,
    Revoke,
    Rotate,
    SetPolicy,
    SetRules,
    SetServer,
)
from sync.statistics import Aggregator, ClosePeriod, Offer, Open, Task
from sync.witness import Witness, check_entry, digest

ADDRESS = "https://hallway.example"
FIRST_DAY = 20_000
MEMBERSHIPS = ("member", "lead")
USES = {"member": 1, "lead": 1, "link": 1, "recovery": 0}
DAYS = {"member": 14, "lead": 14, "link": 1}


@dataclass(frozen=True)
class Person:
    """An account and the private half of its member key."""

    account: bytes
    member: HpkeKey


@dataclass(frozen=True)
class Phone:
    """A device and whose it is."""

    person: Person
    signing: SigningKey
    hpke: HpkeKey

    @property
    def id(self) -> bytes:
        return device_id(self.signing.public, self.hpke.hash)

    @property
    def account(self) -> bytes:
        return self.person.account

    @property
    def keys(self) -> DeviceKeys:
        return DeviceKeys(self.signing.public, self.hpke.hash)


@dataclass(frozen=True)
class Pass:
    """An invite or a recovery code in somebody's hand. `person`: whose link or code it is."""

    role: str
    secret: bytes
    keys: InviteKeys
    person: Person | None = None

    @property
    def id(self) -> bytes:
        return self.keys.id

    @property
    def account(self) -> bytes:
        return b"" if self.person is None else self.person.account


@dataclass
class Space:
    """A space as its server has it: `heads[n]` is head(n)."""

    chain: Chain
    heads: list[bytes]
    entries: list[Entry] = field(default_factory=list)
    leaves: Leaves = field(default_factory=Leaves)

    def head_at(self, position: int) -> bytes | None:
        return self.heads[position] if 0 <= position < len(self.heads) else None


@dataclass
class World:
    """A programme. `states[n]` is the roster after `entries[:n]`; `epoch_keys[log][n - 1]` is the key of epoch n."""

    randomness: Randomness
    server: SigningKey
    lead: Phone
    states: list[RosterState]
    day: int = FIRST_DAY
    entries: list[Entry] = field(default_factory=list)
    epoch_keys: dict[bytes, list[bytes]] = field(default_factory=dict)
    hpke_keys: dict[bytes, bytes] = field(default_factory=dict)
    spaces: dict[bytes, Space] = field(default_factory=dict)

    @staticmethod
    def found(randomness: Randomness | int = 0, *, server: SigningKey | None = None, address: str = ADDRESS) -> "World":
        """A programme with its first lead, and nothing else. An integer seeds the randomness."""
        source = Random(randomness).randbytes if isinstance(randomness, int) else randomness
        server = server or SigningKey.generate(source)
        lead = new_phone(source, new_person(source))
        keys = [source(32) for _ in range(3)]
        personal, commons, leads = (commitment(1, key) for key in keys)
        inbox = inbox_key(keys[2])
        statement = Found(
            FIRST_DAY,
            1,
            source(32),
            address,
            server.public,
            lead.account,
            lead.keys,
            lead.person.member.hash,
            (personal, commons, leads),
            inbox.hash,
            Policy(),
        )
        programme = programme_id(statement.encode())
        world = World(source, server, lead, [RosterState.start(programme)])
        world.remember(lead.hpke, lead.person.member, inbox)
        world.push(world.draft(lead, statement))
        for name, key in zip(("personal", "commons", "leads"), keys, strict=True):
            world.epoch_keys[world.log(name, lead)] = [key]
        return world

    # What everybody sees.

    @property
    def state(self) -> RosterState:
        return self.states[-1]

    @property
    def programme(self) -> bytes:
        return self.state.programme

    def log(self, name: str, phone: Phone | None = None) -> bytes:
        """Log id of a space; `phone`: whose, for `personal`."""
        return self.state.space_log(name, phone.account if name == "personal" and phone else b"")

    def space(self, log: bytes) -> Space:
        start = Chain.start(self.programme, log)
        return self.spaces.setdefault(log, Space(start, [start.head]))

    # Building, judging and landing entries.

    def draft(self, phone: Phone, statement: Statement, *, seen: Cursor | None = None, **changed: Any) -> Entry:
        """A roster entry, signed by the phone. `changed`: header fields that differ from the honest ones."""
        seen, author = seen or self.state.chain.cursor, self.state.chain.author(phone.id)
        body = statement.encode()
        header = Header(
            SUITE,
            self.programme,
            phone.id,
            author.sequence + 1,
            statement.kind,
            0,
            body_hash(body),
            seen,
            seen,
            author.leaf,
        )
        return Entry.sign(replace(header, **changed), body, phone.signing)

    def judge(self, entry: Entry) -> RosterState:
        """The state after the entry; raises Refused. Nothing is landed."""
        return apply(self.state, entry)

    def push(self, entry: Entry) -> Entry:
        """Land the entry, or raise Refused."""
        self.states.append(self.judge(entry))
        self.entries.append(entry)
        return entry

    # Statements as honest devices make them; `changed` makes others.

    def inviting(
        self, made: Pass, *, seen: Cursor | None = None, signer: SigningKey | None = None, **changed: Any
    ) -> Invite:
        """An `invite`, counter-signed by the invite's key (or `signer`)."""
        statement = Invite(
            self.day,
            made.role,
            made.account,
            made.keys.signing.public,
            made.keys.hpke.hash,
            USES[made.role],
            self.day + DAYS[made.role] if made.role in DAYS else 0,
            self.server.public,
            bytes(64),
        )
        statement = replace(statement, **changed)
        if "counter_signature" in changed:
            return statement
        message = statement.counter_message(self.programme, seen or self.state.chain.cursor)
        return replace(statement, counter_signature=(signer or made.keys.signing).sign("invite", message))

    def joining(
        self, phone: Phone, used: Pass, *, seen: Cursor | None = None, signer: SigningKey | None = None, **changed: Any
    ) -> Join:
        """A `join`, signed by the invite's key (or `signer`); of a new person, its epoch key is made here."""
        member_key_hash = first = b""
        if used.role in MEMBERSHIPS:
            self.remember(phone.person.member)
            log = self.log("personal", phone)
            member_key_hash = phone.person.member.hash
            first = commitment(1, self.epoch_keys.setdefault(log, [self.randomness(32)])[0])
        self.remember(phone.hpke)
        statement = Join(self.day, used.role, used.id, phone.account, phone.keys, member_key_hash, first, bytes(64))
        statement = replace(statement, **changed)
        if "invite_signature" in changed:
            return statement
        message = statement.join_message(self.programme, seen or self.state.chain.cursor)
        return replace(statement, invite_signature=(signer or used.keys.signing).sign("join", message))

    def rotating(self, author: Phone, name: str, key: bytes | None = None, **changed: Any) -> Rotate:
        """A `rotate` of a space to a new key."""
        log, key = self.log(name, author), key or self.randomness(32)
        epoch = len(self.epoch_keys[log]) + 1
        inbox = inbox_key(key).hash if name == "leads" else b""
        sealed = seal_previous(key, epoch, log, self.epoch_keys[log][-1], epoch - 1)
        account = author.account if name == "personal" else b""
        return replace(Rotate(self.day, name, account, epoch, commitment(epoch, key), sealed, inbox), **changed)

    def revoking(
        self, author: Phone, device: Phone, key: bytes | None = None, member: HpkeKey | None = None, /, **changed: Any
    ) -> Revoke:
        """A `revoke` of this device alone, which lets all it wrote stand, with a new personal and a new member key."""
        log = self.log("personal", author)
        epoch, key = len(self.epoch_keys[log]) + 1, key or self.randomness(32)
        member = member or HpkeKey.generate(self.randomness)
        self.remember(member)
        statement = Revoke(
            self.day,
            device.id,
            self.state.chain.position,
            self.standing(device),
            epoch,
            commitment(epoch, key),
            seal_previous(key, epoch, log, self.epoch_keys[log][-1], epoch - 1),
            member.hash,
        )
        return replace(statement, **changed)

    def standing(self, *phones: Phone) -> Last:
        """The `last` that lets everything stand that these devices wrote in all spaces."""
        ends = {log: space.chain.authors for log, space in self.spaces.items()}
        leaves = (
            (phone.id, log, ends[log][phone.id].leaf) for phone in phones for log in ends if phone.id in ends[log]
        )
        return tuple(sorted(leaves))

    def removing(self, account: bytes, /, **changed: Any) -> Remove:
        """A `remove` which lets everything stand that the account's devices wrote in the shared spaces."""
        shared = {self.log("commons"), self.log("leads")}
        devices = self.state.accounts[account].devices if account in self.state.accounts else ()
        authors = {log: self.space(log).chain.authors for log in shared}
        last = sorted((id_, log, authors[log][id_].leaf) for id_ in devices for log in shared if id_ in authors[log])
        return replace(Remove(self.day, account, tuple(last)), **changed)

    def cosigned(self, statement: Statement, code: Pass, *, seen: Cursor | None = None) -> Any:
        """The statement with the co-signature of a recovery code."""
        message = statement.cosign_message(self.programme, seen or self.state.chain.cursor)
        signature = code.keys.signing.sign("cosign", message)
        return replace(statement, cosignature=Cosignature(code.id, signature))  # type: ignore[call-arg]

    def offering(self, task: bytes, period: int, **changed: Any) -> Offer:
        """An `offer` under a new key."""
        key = HpkeKey.generate(self.randomness)
        self.remember(key)
        return replace(Offer(self.day, task, period, key.hash), **changed)

    # Ceremonies (docs/protocol/7-ceremonies.md): each lands what it makes.

    def new_pass(self, role: str, author: Phone) -> Pass:
        """A secret and its keys, not yet in the roster."""
        secret = self.randomness(16)
        keys = InviteKeys.from_secret(secret)
        self.remember(keys.hpke)
        return Pass(role, secret, keys, None if role in MEMBERSHIPS else author.person)

    def invite(self, role: str, author: Phone | None = None, *, code: Pass | None = None, **changed: Any) -> Pass:
        """An open invite, link or recovery code; `code` co-signs."""
        author = author or self.lead
        made = self.new_pass(role, author)
        statement = self.inviting(made, **changed)
        self.push(self.draft(author, self.cosigned(statement, code) if code else statement))
        return made

    def newcomer(self, used: Pass) -> Phone:
        """A phone about to join with this pass: of a new person, or of the pass's own."""
        return new_phone(self.randomness, used.person or new_person(self.randomness))

    def join(self, used: Pass) -> Phone:
        phone = self.newcomer(used)
        self.push(self.draft(phone, self.joining(phone, used)))
        return phone

    def member(self) -> Phone:
        """A new member; the first one is preceded by a recovery code of the lead."""
        if len(self.state.leads) == 1 and not self.state.open_invites("recovery", account=self.lead.account):
            self.invite("recovery")
        return self.join(self.invite("member"))

    def second_lead(self) -> Phone:
        return self.join(self.invite("lead"))

    def link(self, phone: Phone) -> Phone:
        return self.join(self.invite("link", phone))

    def rotate(self, author: Phone, name: str) -> None:
        key = self.randomness(32)
        self.push(self.draft(author, self.rotating(author, name, key)))
        self.epoch_keys[self.log(name, author)].append(key)
        if name == "leads":
            self.remember(inbox_key(key))

    def policy(self, author: Phone, policy: Policy) -> None:
        self.push(self.draft(author, SetPolicy(self.day, policy)))

    def close(self, author: Phone, closed: Pass, *, code: Pass | None = None) -> None:
        statement = CloseInvite(self.day, closed.id)
        self.push(self.draft(author, self.cosigned(statement, code) if code else statement))

    def announce(self, phone: Phone, rules: int = 1) -> None:
        self.push(self.draft(phone, Announce(self.day, rules)))

    def revoke(self, author: Phone, device: Phone, *, code: Pass | None = None, **changed: Any) -> HpkeKey:
        """The account's new member key."""
        key, member = self.randomness(32), HpkeKey.generate(self.randomness)
        statement: Statement = self.revoking(author, device, key, member, **changed)
        self.push(self.draft(author, self.cosigned(statement, code) if code else statement))
        self.epoch_keys[self.log("personal", author)].append(key)
        return member

    def remove(self, author: Phone, removed: Phone, *, code: Pass | None = None, **changed: Any) -> None:
        statement = self.removing(removed.account, **changed)
        self.push(self.draft(author, self.cosigned(statement, code) if code else statement))

    def raise_rules(self, author: Phone, version: int) -> None:
        self.push(self.draft(author, SetRules(self.day, version)))

    def move(self, author: Phone, server: SigningKey, address: str = ADDRESS, *, one: bool = False) -> None:
        self.push(self.draft(author, SetServer(self.day, server.public, address, one)))
        self.server = server

    def task(self, counted: table.Task, author: Phone | None = None) -> bytes:
        """The id of a new task."""
        return self.push(self.draft(author or self.lead, Task(self.day, counted))).leaf

    def aggregate(self, author: Phone, *, on: bool = True) -> None:
        self.push(self.draft(author, Aggregator(self.day, on)))

    def offer(self, author: Phone, task: bytes, period: int) -> bytes:
        """The id of a new offer."""
        return self.push(self.draft(author, self.offering(task, period))).leaf

    def open_period(self, task: bytes, period: int, *offers: bytes) -> bytes:
        """The id of a new opening; without `offers`, of one by the lead."""
        named = offers or (self.offer(self.lead, task, period),)
        commitment = self.randomness(32)
        return self.push(self.draft(self.lead, Open(self.day, task, period, named, commitment))).leaf

    def close_period(self, opening: bytes, accepted: bytes = bytes(32)) -> None:
        self.push(self.draft(self.lead, ClosePeriod(self.day, opening, accepted)))

    def restored(self, author: Phone) -> None:
        self.push(self.draft(author, Restored(self.day)))

    # Sealed entries.

    def sealing(
        self,
        phone: Phone,
        log: bytes,
        plaintext: bytes = b"",
        /,
        *,
        epoch: int | None = None,
        seen: Cursor | None = None,
        roster: Cursor | None = None,
        **changed: Any,
    ) -> Entry:
        """A sealed entry; `changed` header fields are changed before sealing, so the body still opens."""
        chain, author = self.space(log).chain, self.space(log).chain.author(phone.id)
        epoch = epoch or self.state.spaces[log].epoch
        seen, roster = seen or chain.cursor, roster or self.state.chain.cursor
        header = Header(SUITE, log, phone.id, author.sequence + 1, SEALED, epoch, bytes(32), seen, roster, author.leaf)
        header = replace(header, **changed)
        keys = self.epoch_keys[log]
        key = keys[min(epoch, len(keys)) - 1]
        body = sealed_body.seal(key, self.randomness(32), header.sealing_fields(), plaintext)
        return Entry.sign(replace(header, body_hash=body_hash(body)), body, phone.signing)

    def judge_sealed(self, entry: Entry, *, new: bool = True) -> Chain:
        space = self.space(entry.header.log)
        return check_entry(self.state, space.chain, entry, space.head_at, space.leaves, new=new)

    def erasing(
        self, phone: Phone, log: bytes, statement: Erasing, code: Pass | None = None, /, **changed: Any
    ) -> Entry:
        """A clear entry of a space, co-signed by `code` if there is one; `changed` fields of the header."""
        chain, author = self.space(log).chain, self.space(log).chain.author(phone.id)
        seen, roster, sequence = chain.cursor, self.state.chain.cursor, author.sequence + 1
        header = Header(SUITE, log, phone.id, sequence, statement.kind, 0, bytes(32), seen, roster, author.leaf)
        header = replace(header, **changed)
        if code is not None:
            signature = code.keys.signing.sign("cosign", statement.cosign_message(log, header.seen))
            statement = replace(statement, cosignature=Cosignature(code.id, signature))
        body = statement.encode()
        return Entry.sign(replace(header, body_hash=body_hash(body)), body, phone.signing)

    def write(self, phone: Phone, log: bytes, plaintext: bytes = b"") -> Entry:
        """Seal an entry and land it."""
        return self.land(self.sealing(phone, log, plaintext))

    def land(self, entry: Entry) -> Entry:
        chain = self.judge_sealed(entry)
        space = self.space(entry.header.log)
        space.chain = chain
        space.heads.append(chain.head)
        space.entries.append(entry)
        space.leaves.add(chain.position, entry)
        return entry

    def witnessing(
        self,
        phone: Phone,
        stated: Witness | bytes | None = None,
        /,
        *,
        seen: Cursor | None = None,
        roster: Cursor | None = None,
        **changed: Any,
    ) -> Entry:
        """A witness of what this world holds, or of what is `stated`; `changed`: header fields, signed as they are."""
        log, chain = self.log("witness"), self.space(self.log("witness")).chain
        author = chain.author(phone.id)
        stated = stated or self.stating(phone)
        body = stated if isinstance(stated, bytes) else stated.encode()
        seen, roster = seen or chain.cursor, roster or self.state.chain.cursor
        header = Header(
            SUITE, log, phone.id, author.sequence + 1, "witness", 0, body_hash(body), seen, roster, author.leaf
        )
        return Entry.sign(replace(header, **changed), body, phone.signing)

    def stating(self, phone: Phone) -> Witness:
        """What an honest phone that has seen everything states."""
        own = self.space(self.log("personal", phone)).chain
        names = ("commons", "leads") if self.state.was_lead(phone.account) else ("commons",)
        shared = tuple((log, self.space(log).chain.cursor) for log in sorted(self.log(name) for name in names))
        return Witness(self.day, digest(own.position, own.head), shared)

    # Rows that travel with statements (docs/protocol/6-sync.md).

    def remember(self, *keys: HpkeKey) -> None:
        self.hpke_keys |= {key.hash: key.public for key in keys}

    def keys_for(self, pushed: Iterable[Entry]) -> list[bytes]:
        """HPKE keys that must travel with these entries."""
        return [self.hpke_keys[hash_] for hash_ in sorted(keys_called_for(pushed))]

    def wraps_for(self, pushed: Iterable[Entry]) -> list[tuple[WrapKey, bytes]]:
        """Wraps that must travel with these entries, which are landed already."""
        called = sorted(wraps_called_for(self.state, pushed))
        return [(key, self.wrap(*key)) for key in called]

    def wrap(self, log: bytes, epoch: int, reader: bytes) -> bytes:
        public = self.hpke_keys[readers(self.state, log)[reader]]
        return wrap(self.epoch_keys[log][epoch - 1], self.programme, log, epoch, reader, public)


def new_person(randomness: Randomness) -> Person:
    return Person(randomness(16), HpkeKey.generate(randomness))


def new_phone(randomness: Randomness, person: Person) -> Phone:
    return Phone(person, SigningKey.generate(randomness), HpkeKey.generate(randomness))
