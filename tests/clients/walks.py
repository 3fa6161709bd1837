"""Random programmes: what many people state, rightly and wrongly, and what this implementation makes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from crypto.public.signing import SigningKey
from sync.errors import Refused
from sync.log import Cursor, Entry
from sync.statement import Statement
from sync.statements import Announce, CloseInvite, Policy, Restored, SetPolicy, SetRules, SetServer
from sync.statistics import Aggregator, ClosePeriod, Open, Task
from sync.void import Mark, void_positions
from tests.support.actors import World
from tests.support.people import Pass, Phone
from tests.sync.counted import CONTACTS, ZONES
from tests.vectors.make_statistics import told
from tests.vectors.vector import Vector, in_hex

LEAPS = (*(0,) * 24, 1, 1, 1, 3, 15, 29, 31, 120, 364)


@dataclass
class Walk:
    """`asked`: operations of docs/protocol/conformance.md; `expected`: what this implementation answers to each."""

    seed: int
    world: World = field(init=False)
    random: Random = field(init=False)
    phones: list[Phone] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
    tasks: list[bytes] = field(default_factory=list)
    offers: list[tuple[bytes, bytes, int]] = field(default_factory=list)
    openings: list[bytes] = field(default_factory=list)
    asked: list[Vector] = field(default_factory=list)
    expected: list[Vector] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.world = World.found(self.seed)
        self.phones.append(self.world.lead)
        self.tasks.append(bytes(32))
        self.openings.append(bytes(32))
        if self.seed % 2:
            self.begin_counting()

    def begin_counting(self) -> None:
        """Enough accounts for a table, an aggregator among them, and three tasks."""
        self.passes = [self.world.invite("recovery"), self.world.invite("member", uses=20)]
        self.phones += [self.world.join(self.passes[1]) for _ in range(9)]
        self.world.day += 28
        self.world.aggregate(self.phones[1])
        counted = [CONTACTS, replace(CONTACTS, shares=3), ZONES]
        self.tasks += [self.world.task(each) for each in counted]

    def go(self, steps: int) -> None:
        for _ in range(steps):
            self.world.day += self.random.choice(LEAPS)
            self.step()
        self.look_for_void_entries()

    def step(self) -> None:
        active = [one for one in self.phones if one.id in self.world.state.devices]
        author = self.random.choice(active if active and self.chance(90) else self.phones)
        actions: list[Callable[[Phone], None]] = [
            self.invite,
            self.invite,
            self.invite,
            self.join,
            self.join,
            self.join,
            self.close,
            self.govern,
            self.rotate,
            self.revoke,
            self.revoke,
            self.remove,
            self.count,
            self.count,
            self.write,
            self.write,
            self.write,
        ]
        if self.seed % 2:
            actions += [self.count] * 8
        self.random.choice(actions)(author)

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def state(self, author: Phone, statement: Statement, landed: Callable[[Entry], None] = lambda _: None) -> None:
        """What the roster says of a statement, which may be co-signed, late, early or misplaced."""
        codes = [one for one in self.passes if one.role == "recovery" and one.account == author.account]
        if codes and self.chance(30):
            statement = self.world.cosigned(statement, self.random.choice(codes))
        changed: dict[str, Any] = {}
        if self.chance(4):
            changed = self.random.choice([{"epoch": 1}, {"sequence": 1}, {"prev": bytes(32)}, {"suite": 2}])
        seen = self.earlier() if self.chance(10) else None
        self.judge(self.world.draft(author, statement, seen=seen, **changed), landed)

    def earlier(self) -> Cursor:
        return self.random.choice(self.world.states[1:]).chain.cursor

    def judge(self, entry: Entry, landed: Callable[[Entry], None]) -> None:
        self.asked.append(
            {
                "op": "statistics",
                "in": in_hex(
                    {"programme": self.world.programme, "before": list(map(raw, self.world.entries)), **raw(entry)}
                ),
            }
        )
        try:
            self.world.push(entry)
        except Refused as refused:
            self.expected.append({"ok": False, "problem": refused.problem})
            return
        after = self.world.state
        out = {"leaf": entry.leaf, "head": after.chain.head, "state": told(after, entry)}
        self.expected.append({"ok": True, "out": in_hex(out)})
        landed(entry)

    def invite(self, author: Phone) -> None:
        role = self.random.choice(["member", "member", "lead", "link", "link", "recovery"])
        made = self.world.new_pass(role, author)
        changed: dict[str, Any] = {}
        if self.chance(25):
            day = self.world.day
            changed = self.random.choice(
                [
                    {"uses": self.random.choice([0, 1, 2, 100, 101])},
                    {"last_day": day + self.random.choice([-1, 0, 1, 2, 14, 15])},
                    {"account": self.random.choice([b"", self.random.choice(self.phones).account])},
                    {"server_key": author.signing.public},
                    {"day": day + self.random.choice([-400, -1, 1])},
                    {"signing_key": self.random.choice(self.phones).signing.public},
                ]
            )
        elif role == "member":
            changed = {"uses": 3}
        if role == "member" and self.chance(5):
            made = replace(made, role="lead")
        statement = self.world.inviting(made, **changed)
        self.state(author, statement, lambda _: self.passes.append(made))

    def join(self, author: Phone) -> None:
        if not self.passes:
            return
        open_now = [one for one in self.passes if self.world.state.invites[one.id].is_open(self.world.state.time)]
        used = self.random.choice(open_now if open_now and self.chance(80) else self.passes)
        phone = self.world.newcomer(used)
        changed: dict[str, Any] = {}
        if self.chance(15):
            changed = self.random.choice(
                [
                    {"account": self.random.choice(self.phones).account},
                    {"account": bytes(16)},
                    {"role": self.random.choice(["member", "lead", "link", "recovery"])},
                    {"member_key_hash": self.random.choice([b"", author.person.member.hash])},
                    {"commitment": b""},
                    {"invite": bytes(32)},
                    {"invite_signature": bytes(64)},
                    {"device": author.keys},
                ]
            )
        statement = self.world.joining(phone, used, **changed)
        self.state(phone, statement, lambda _: self.phones.append(phone))

    def close(self, author: Phone) -> None:
        if self.passes:
            self.state(author, CloseInvite(self.world.day, self.random.choice(self.passes).id))

    def govern(self, author: Phone) -> None:
        day = self.world.day
        days = (89, 90, 180, 3_650, 3_651)
        policy = Policy(self.random.choice([1, 1, 2]), self.random.choice(days), self.random.choice(days))
        server = SigningKey.generate(self.world.randomness)
        key = self.random.choice([server.public, author.signing.public, self.world.server.public, bytes(32)])
        good = ["https://moved.example", "http://[::1]:8443", "https://a:b:c", "https://" + "a" * 192]
        bad = [
            "https://moved.example/",
            "ftp://moved.example",
            "https://",
            "HTTPS://a.example",
            "https://a_b",
            "https://é",
        ]
        address = self.random.choice(good if self.chance(70) else [*bad, "https://a\n", "https://" + "a" * 193])

        def moved(_: Entry) -> None:
            if key == server.public:
                self.world.server = server

        moving = SetServer(day, key, address)
        stated: list[Statement] = [
            SetPolicy(day, policy),
            Announce(day, self.random.choice([1, 2, 3])),
            SetRules(day, self.random.choice([1, 2, 3])),
            moving,
            Restored(day),
        ]
        statement = self.random.choice(stated)
        self.state(author, statement, moved if statement is moving else lambda _: None)

    def rotate(self, author: Phone) -> None:
        name = self.random.choice(["personal", "commons", "leads"])
        if author.account not in self.world.state.accounts:
            return
        key = self.world.randomness(32)
        changed: dict[str, Any] = {}
        if self.chance(20):
            changed = self.random.choice([{"epoch": 1}, {"inbox_hash": b""}, {"account": b""}, {"space": "commons"}])
        log = self.world.log(name, author)
        made = self.world.rotating(author, name, key, **changed)
        self.state(author, made, lambda _: self.world.epoch_keys[log].append(key))

    def revoke(self, author: Phone) -> None:
        own = [one for one in self.phones if one.account == author.account]
        device = self.random.choice(own if self.chance(90) else self.phones)
        key = self.world.randomness(32)
        position = self.world.state.chain.position
        changed: dict[str, Any] = {"since": max(position - self.random.choice([0, 0, 1, 3, 8, 20]), 0)}
        last = list(self.world.standing(device))
        if self.chance(50):
            changed["last"] = tuple(self.random.sample(last, self.random.randrange(len(last) + 1)))
            changed["last"] = tuple(sorted(changed["last"]))
        if self.chance(10):
            more: list[dict[str, Any]] = [
                {"since": position + 1},
                {"epoch": 1},
                {"last": ((device.id, self.world.log("commons"), bytes(32)),)},
                {"last": ((author.id, self.world.log("personal", author), bytes(32)),)},
                {"member_key_hash": author.person.member.hash},
            ]
            changed |= self.random.choice(more)
        log = self.world.log("personal", author)
        made = self.world.revoking(author, device, key, **changed)
        self.state(author, made, lambda _: self.world.epoch_keys[log].append(key))

    def remove(self, author: Phone) -> None:
        if self.chance(40):
            return
        if author.account not in self.world.state.leads and self.chance(70):
            author = self.world.lead
        account = self.random.choice([author, *self.phones]).account
        changed: dict[str, Any] = {}
        if self.chance(15):
            some = self.random.choice(self.phones)
            changed = {"last": ((some.id, self.world.log(self.random.choice(["commons", "leads"])), bytes(32)),)}
        self.state(author, self.world.removing(account, **changed))

    def count(self, author: Phone) -> None:
        if self.chance(60):
            author = self.world.lead
        day, task = self.world.day, self.random.choice(self.tasks)
        here = 12 * (1970 + day // 365) + day % 365 // 31
        period = self.random.choice([here, here, here + 1, here // 3, here // 3, here // 3 + 1, 10**6])
        stated = replace(self.random.choice([CONTACTS, ZONES]), **self.different())

        def task_made(entry: Entry) -> None:
            self.tasks.append(entry.leaf)

        def offered(entry: Entry) -> None:
            self.offers.append((entry.leaf, task, period))

        def opened(entry: Entry) -> None:
            self.openings.append(entry.leaf)

        def offer() -> None:
            self.state(author, self.world.offering(task, period), offered)

        def open_period() -> None:
            named, period_of = self.random.choice([one[1:] for one in self.offers[-3:]] or [(task, period)])
            fit = [id_ for id_, *what in self.offers if what == [named, period_of]] or [bytes(32)]
            ids = tuple(self.random.sample(fit, min(len(fit), self.random.choice([1, 1, 2]))))
            self.state(author, Open(day, named, period_of, ids, bytes(32)), opened)

        def state_task() -> None:
            self.state(author, Task(day, stated), task_made)

        def aggregator() -> None:
            self.state(author, Aggregator(day, self.chance(80)))

        def close() -> None:
            self.state(author, ClosePeriod(day, self.random.choice(self.openings), bytes(32)))

        choices = [state_task, aggregator, offer, offer, open_period, open_period, close]
        self.random.choice(choices)()

    def different(self) -> dict[str, Any]:
        choices: list[dict[str, Any]] = [
            {},
            {},
            {"bound": self.random.choice([0, 1, 20, 21, 60, 61])},
            {"epsilon": self.random.choice([0, 1, 100, 101])},
            {"k": self.random.choice([7, 8, 9])},
            {"shares": self.random.choice([1, 2, 3, 4])},
            {"unit": "supporter", "bound": 20},
            {"period_kind": "month"},
            {"period_kind": "quarter"},
        ]
        return self.random.choice(choices)

    def write(self, author: Phone) -> None:
        """An entry of a space, also by a phone that left: a server helps it, under the roster that it had."""
        name = self.random.choice(["personal", "personal", "commons", "leads"])
        log = self.world.log(name, author)
        if log not in self.world.state.spaces:
            return
        entry = self.world.sealing(author, log, roster=self.earlier() if self.chance(50) else None)
        space = self.world.space(log)
        space_before, roster = list(map(raw, space.entries)), list(map(raw, self.world.entries))
        new = self.chance(50)
        self.asked.append(
            {
                "op": "space",
                "in": in_hex(
                    {
                        "programme": self.world.programme,
                        "roster": roster,
                        "log": log,
                        "before": space_before,
                        "new": new,
                        **raw(entry),
                    }
                ),
            }
        )
        try:
            chain = self.world.judge_sealed(entry, new=new)
        except Refused as refused:
            self.expected.append({"ok": False, "problem": refused.problem})
            return
        self.expected.append({"ok": True, "out": in_hex({"leaf": entry.leaf, "head": chain.head})})
        space.chain = chain
        space.heads.append(chain.head)
        space.entries.append(entry)
        space.leaves.add(chain.position, entry)

    def look_for_void_entries(self) -> None:
        for log, space in self.world.spaces.items():
            marks = [Mark.of(position, entry) for position, entry in enumerate(space.entries, 1)]
            found = sorted(void_positions(self.world.state, log, marks))
            roster, entries = list(map(raw, self.world.entries)), list(map(raw, space.entries))
            given = {"programme": self.world.programme, "roster": roster, "log": log, "entries": entries}
            self.asked.append({"op": "void", "in": in_hex(given)})
            self.expected.append({"ok": True, "out": {"void": found}})


def raw(entry: Entry) -> dict[str, bytes | None]:
    return {"header": entry.raw_header, "signature": entry.signature, "body": entry.body}
