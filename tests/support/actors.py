"""Honest actors over `crypto` and `sync` alone: a programme in memory, with everything its people know.

A `World` signs what honest devices would sign and applies it to its own roster, which stands for the server's. What
a dishonest actor would send is built from the same parts: `draft` an entry with some of it changed, and `judge` it.
Everything is made from one stream of randomness, so that a world repeats.
"""

from random import Random
from typing import Any

from crypto.public.ids import programme_id
from crypto.public.randomness import Randomness
from crypto.public.signing import SigningKey
from crypto.secret.epoch import commitment, inbox_key
from crypto.secret.hpke import HpkeKey
from crypto.secret.invite import InviteKeys
from schemas import task as table
from sync.state import RosterState
from sync.statement import Statement
from sync.statements import Announce, CloseInvite, Found, Policy, Restored, SetPolicy, SetRules, SetServer
from sync.statistics import Aggregator, ClosePeriod, Open, Task
from tests.support.people import Pass, Phone, new_person, new_phone
from tests.support.programme import FIRST_DAY
from tests.support.sealing import Sealing
from tests.support.stating import MEMBERSHIPS

ADDRESS = "https://hallway.example"


class World(Sealing):
    """A programme and the ceremonies of its people."""

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
