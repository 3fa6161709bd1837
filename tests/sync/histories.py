"""A server in memory that signs what it holds: honest, put back from a backup, or with two histories to show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crypto.public.ids import log_id
from crypto.public.signing import SigningKey
from sync.answer import Answer, Standing
from sync.evidence import Evidence, Signed, Verdict, verify
from sync.half import Half, Links
from sync.log import Chain, Cursor, Entry
from tests.support.actors import World
from tests.support.programme import Space

SPACES = ("roster", "personal", "commons", "leads")
LOGS = ("roster", "personal", "commons")


@dataclass(repr=False)
class Server:
    """One life of a server. `world` is what it holds; `key` signs."""

    world: World
    key: SigningKey

    @staticmethod
    def founded(seed: int = 0) -> "Server":
        world = World.found(seed)
        return Server(world, world.server)

    def copy(self) -> "Server":
        """What a backup, or a fork, has of it: the same history, which goes on by itself from here."""
        world = self.world
        spaces = {log: Space(one.chain, [*one.heads], [*one.entries]) for log, one in world.spaces.items()}
        keys = {log: [*keys] for log, keys in world.epoch_keys.items()}
        copied = replace(world, states=[*world.states], entries=[*world.entries], spaces=spaces, epoch_keys=keys)
        return Server(copied, self.key)

    def log(self, name: str) -> bytes:
        return self.world.programme if name == "roster" else self.world.log(name, self.world.lead)

    def heads(self, log: bytes) -> list[bytes]:
        """heads[n] is head(n)."""
        if log == self.world.programme:
            state = self.world.state
            return [state.heads[at] for at in range(state.chain.position + 1)]
        return self.world.space(log).heads

    def leaves(self, log: bytes) -> list[bytes]:
        roster = log == self.world.programme
        return [entry.leaf for entry in (self.world.entries if roster else self.world.space(log).entries)]

    def at(self, log: bytes, position: int = -1) -> Cursor:
        """The state of a log at a position, or at its end."""
        heads = self.heads(log)
        return Cursor(position % len(heads), heads[position % len(heads)])

    def grow(self, log: bytes) -> None:
        """One entry more in this log."""
        if log == self.world.programme:
            self.world.announce(self.world.lead)
        else:
            self.world.write(self.world.lead, log)

    def standing(self, log: bytes, asked: Cursor | None = None) -> Standing:
        heads, asked = self.heads(log), asked or self.at(log)
        known = asked.position < len(heads) and heads[asked.position] == asked.head
        return Standing(log, asked, self.at(log), known)

    def answer(self, *standings: Standing, key: SigningKey | None = None, **changed: Any) -> Signed:
        """A signed answer about the roster and these; the roster by itself unless it is one of them."""
        programme = self.world.programme
        told = [*standings]
        if not any(one.log == programme for one in told):
            told.insert(0, self.standing(programme))
        answer = replace(Answer(programme, self.world.randomness(32), self.world.day, told), **changed)
        return Signed(answer.message(), answer.sign(key or self.key))

    def links(self, log: bytes, low: int) -> tuple[bytes, ...]:
        """The head at position `low`, and the leaves above it."""
        return (self.heads(log)[low], *self.leaves(log)[low:])

    def move(self) -> Signed:
        """The lead names another key. The old one signs the last answer, in which its successor stands already."""
        old, new = self.key, SigningKey.generate(self.world.randomness)
        before = self.at(self.world.programme)
        self.world.move(self.world.lead, new)
        last = self.answer(self.standing(self.world.programme, before), key=old)
        self.key = new
        return last

    def offered(self, log: bytes, entries: Iterable[Entry]) -> None:
        """Entries that it lost, given back verbatim."""
        for entry in entries:
            if log == self.world.programme:
                self.world.push(entry)
            else:
                space = self.world.space(log)
                chain: Chain = self.world.judge_sealed(entry, new=False)
                space.chain = chain
                space.heads.append(chain.head)
                space.entries.append(entry)


@dataclass(frozen=True)
class Case:
    """Evidence in the making, with its parts easy to change."""

    own: Server
    first: Signed
    second: Signed
    log: bytes
    other: Server | None = None
    links: Sequence[bytes] = field(default=())

    def evidence(self, **changed: Any) -> Evidence:
        branch = self.other.world.entries if self.other else ()
        whole = Evidence(self.own.world.entries, branch, self.first, self.second, self.log, self.links)
        return replace(whole, **changed)

    def judged(self, **changed: Any) -> Verdict:
        return verify(self.evidence(**changed))


def half_of(server: Server, *answers: Signed) -> Half:
    """What a phone has that read all logs of this life, and keeps these answers."""
    logs = [Links(log, server.at(log, 0), server.leaves(log)) for log in map(server.log, SPACES[1:])]
    return Half(server.world.entries, list(dict.fromkeys(answers)), logs)


def witness_log(server: Server) -> bytes:
    return log_id(server.world.programme, "witness")


def two_heads(server: Server, name: str) -> Case:
    """The log goes on in two ways, and each is signed."""
    log, fork = server.log(name), server.copy()
    server.grow(log)
    fork.world.day += 1
    fork.grow(log)
    return Case(server, server.answer(server.standing(log)), fork.answer(fork.standing(log)), log, other_of(fork, name))


def denied(server: Server, name: str) -> Case:
    """It does not know the state that it had signed, and has as much of another."""
    log, fork = server.log(name), server.copy()
    server.grow(log)
    signed = server.answer(server.standing(log))
    fork.world.day += 1
    for _ in range(2):
        fork.grow(log)
    asked = fork.standing(log, server.at(log))
    return Case(server, signed, fork.answer(asked), log, other_of(fork, name))


def not_descended(server: Server, name: str) -> Case:
    """It is put back below what it had signed, goes on, and shows a head that does not lead there."""
    log, fork = server.log(name), server.copy()
    for _ in range(3):
        server.grow(log)
    signed = server.answer(server.standing(log))
    fork.world.day += 1
    fork.grow(log)
    low = fork.at(log)
    asked = fork.standing(log, server.at(log))
    return Case(server, signed, fork.answer(asked), log, other_of(fork, name), server.links(log, low.position))


def impossible(server: Server, name: str) -> Case:
    """It knows a state above its own head."""
    log = server.log(name)
    for _ in range(2):
        server.grow(log)
    one = server.answer(Standing(log, server.at(log), server.at(log, -2), known=True))
    return Case(server, one, one, log)


def other_of(fork: Server, name: str) -> Server | None:
    """The fork's roster differs only if that is what was forked."""
    return fork if name == "roster" else None


KINDS = {"two-heads": two_heads, "denied": denied, "not-descended": not_descended, "impossible": impossible}


def prepared(seed: int, *, moves: int = 0, restores: int = 0) -> Server:
    """A server that has lived a little."""
    server = Server.founded(seed)
    for name in SPACES:
        server.grow(server.log(name))
    for _ in range(moves):
        server.move()
    for _ in range(restores):
        server.world.restored(server.world.lead)
    return server


def restored(server: Server, backup: Server) -> Server:
    """What was put back, after a lead declared it."""
    back = backup.copy()
    back.world.day = server.world.day + 1
    back.world.restored(back.world.lead)
    return back
