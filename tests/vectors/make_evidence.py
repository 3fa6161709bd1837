"""Vectors of evidence (page 9): what is proven, what a declared restore explains, and what proves nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from crypto.public.signing import SigningKey
from sync.answer import Answer, Standing
from sync.evidence import Evidence, Signed
from sync.log import Cursor, Entry
from tests.support.actors import World
from tests.sync.histories import KINDS, SPACES, Case, Server, witness_log
from tests.vectors.seeded import seeded
from tests.vectors.vector import Lists, Vector, vector


def evidence() -> list[Vector]:
    """`expect`: ok (proven), explained, or not-proven; `kind`, `log_name`, `server_key`: what a proof tells.

    `roster`, `branch`: entries, or the name of an earlier vector that has the same ones there.
    """
    return shortened([one for section in (proven, restores, moved, honest, altered) for one in section()])


def lived(label: str) -> Server:
    """A server with an entry in each log, which has moved once."""
    world = World.found(seeded(f"evidence {label}"))
    server = Server(world, world.server)
    for name in SPACES:
        server.grow(server.log(name))
    server.move()
    return server


def told(name: str, expect: str, made: Evidence, comment: str = "", **fields: Any) -> Vector:
    return vector(
        name,
        expect,
        comment,
        roster=entries(made.roster),
        branch=entries(made.branch),
        first=[made.first.message, made.first.signature],
        second=[made.second.message, made.second.signature],
        log=made.log,
        links=list(made.links),
        **fields,
    )


def entries(found: Iterable[Entry]) -> list[dict[str, Any]]:
    return [{"header": one.raw_header, "body": one.body or b"", "signature": one.signature} for one in found]


def shortened(vectors: Sequence[Vector]) -> list[Vector]:
    for field in ("roster", "branch"):
        seen = dict[str, str]()
        for one in vectors:
            if one[field]:
                name = seen.setdefault(str(one[field]), one["name"])
                one[field] = one[field] if name == one["name"] else name
    return list(vectors)


def proven() -> Iterator[Vector]:
    for kind, make in KINDS.items():
        for name in ("roster", "personal"):
            server = lived("proven")
            made = make(server, name)
            fields: dict[str, Any] = {"kind": kind, "log_name": name, "server_key": server.key.public}
            yield told(f"{kind} in {name}", "ok", made.evidence(), make.__doc__ or "", **fields)
            turned = made.evidence(first=made.second, second=made.first)
            if kind != "impossible":
                yield told(f"{kind} in {name}, turned round", "ok", turned, **fields)
    server = lived("proven")
    log, heads = witness_log(server), [Cursor(3, bytes([n]) * 32) for n in (1, 2)]
    answers = [server.answer(Standing(log, head, head, known=True)) for head in heads]
    fields = {"kind": "two-heads", "log_name": "witness", "server_key": server.key.public}
    yield told("two-heads in witness", "ok", Case(server, answers[0], answers[1], log).evidence(), **fields)


def restores() -> Iterator[Vector]:
    for name in ("roster", "personal"):
        server = lived("restored")
        backup, log = server.copy(), server.log(name)
        for _ in range(2):
            server.grow(log)
        first, back = server.answer(server.standing(log)), backup.copy()
        back.world.day += 1
        back.world.restored(back.world.lead)
        for _ in range(2):
            back.grow(log)
        second = back.answer(back.standing(log, server.at(log)))
        case = Case(server, first, second, log, back)
        yield told(f"declared, in {name}", "explained", case.evidence())
        turned = Case(back, second, first, log, server)
        yield told(f"declared, in {name}, turned round", "explained", turned.evidence())
        yield told(
            f"the declaration is left out, in {name}", "not-proven", case.evidence(branch=[]),
            "the second answer was signed upon a roster that the file lacks",
        )  # fmt: skip
        late = backup.copy()
        late.world.day += 1
        for _ in range(2):
            late.grow(log)
        third = late.answer(late.standing(log))
        late.world.restored(late.world.lead)
        yield told(f"declared late, in {name}", "explained", Case(server, first, third, log, late).evidence())
    server = lived("restored")
    server.world.restored(server.world.lead)
    fields: dict[str, Any] = {"kind": "two-heads", "log_name": "personal", "server_key": server.key.public}
    made = KINDS["two-heads"](server, "personal").evidence()
    yield told("declared before both", "ok", made, "a restore that both answers knew of", **fields)


def moved() -> Iterator[Vector]:
    server = lived("moved")
    old, log = server.copy(), server.log("personal")
    server.move()
    for one in (server, old):
        one.grow(log)
        one.world.day += 1
    answers = [one.answer(one.standing(log)) for one in (server, old)]
    case = Case(server, answers[0], answers[1], log)
    yield told("two keys", "not-proven", case.evidence(), "neither server has contradicted itself")
    lie = replace_key(KINDS["impossible"](old, "personal").first, server.key)
    yield told("a key that is named later", "not-proven", Case(server, lie, lie, log).evidence())
    lie = replace_key(lie, SigningKey.from_seed(bytes(range(32))))
    yield told("a key that was never named", "not-proven", Case(old, lie, lie, log).evidence())


def honest() -> Iterator[Vector]:
    """Answers of a server that has one history."""
    server = lived("honest")
    log = server.log("personal")
    low, before = server.at(log), server.answer(server.standing(log))
    for _ in range(2):
        server.grow(log)
    after = server.answer(server.standing(log, low))
    case = Case(server, before, after, log, links=server.links(log, low.position))
    yield told("a log that grew", "not-proven", case.evidence(), "the links start at the head that was attested")
    yield told("the same answer twice", "not-proven", case.evidence(second=before, links=()))
    strange = server.answer(server.standing(log, Cursor(2, bytes(32))))
    yield told("asked for what it never had", "not-proven", case.evidence(second=strange, links=()))
    ahead = before_of(server, log)
    yield told("asked for more than it had then", "not-proven", case.evidence(second=ahead, links=()))


def before_of(server: Server, log: bytes) -> Signed:
    """The server of yesterday, asked for a state of today: it is behind, and says so."""
    older = lived("honest")
    return older.answer(older.standing(log, server.at(log)))


def altered() -> Iterator[Vector]:
    """Evidence that would be good, but for one thing."""
    case = KINDS["not-descended"](lived("proven"), "personal")
    good = case.evidence()

    def no(name: str, comment: str = "", **changed: Any) -> Vector:
        return told(name, "not-proven", replace(good, **changed), comment)

    def both(name: str, change: Any, comment: str = "") -> Vector:
        return no(name, comment, first=change(good.first), second=change(good.second))

    head, *leaves = good.links
    programme = case.own.world.programme
    yield no("without links", links=())
    yield no("links without a leaf", links=[head])
    yield no("a link less", links=[head, *leaves[:-1]])
    yield no("a link more", links=[head, *leaves, bytes(32)])
    yield no("links in another order", links=[head, *reversed(leaves)])
    yield no("links from another head", links=[bytes(32), *leaves])
    yield no("another log", "the answers speak of it", log=programme)
    yield no("a log of nobody", log=bytes(32))
    yield no("no roster", roster=())
    yield no("a roster without its founder", roster=good.roster[1:])
    yield no("a roster cut short", "the answers were signed upon more of it", roster=good.roster[:2])
    *rest, last = good.roster
    yield no("a statement with a bad signature", roster=[*rest, replace(last, signature=bytes(64))])
    yield no("statements swapped", roster=[*good.roster[:1], *good.roster[:0:-1]])
    yield no("a branch of another programme", branch=lived("another").world.entries)
    yield no("a signature of zeros", first=Signed(good.first.message, bytes(64)))
    yield no("signatures swapped", first=Signed(good.first.message, good.second.signature))
    yield both("signed for a session", lambda one: Signed(one.message, case.own.key.sign("session", one.message)))
    yield both("a message with a byte more", lambda one: signed(case, one.message + b"\0"))
    yield both("a message cut short", lambda one: signed(case, one.message[:-1]))
    yield both("of another programme", lambda one: resigned(case, one, programme=bytes(32)))
    yield both("without the roster", lambda one: resigned(case, one, logs=[*one.answer.logs[1:]]))
    unknown = Standing(programme, Cursor(9, bytes(32)), Cursor(9, bytes(32)), known=True)
    yield both("upon an unknown roster", lambda one: resigned(case, one, logs=[unknown, *one.answer.logs[1:]]))
    yield both("a log twice", lambda one: resigned(case, one, logs=[*one.answer.logs, one.answer.logs[-1]]))
    yield both("no logs", lambda one: resigned(case, one, logs=[]))
    yield both("seventeen logs", lambda one: resigned(case, one, logs=[*one.answer.logs, *more(15)]))


def more(count: int) -> list[Standing]:
    return [Standing(bytes([n]) * 32, Cursor(0, bytes(32)), Cursor(0, bytes(32)), known=True) for n in range(count)]


def signed(case: Case, message: bytes) -> Signed:
    return Signed(message, case.own.key.sign("answer", message))


def resigned(case: Case, one: Signed, **changed: Any) -> Signed:
    answer: Answer = replace(one.answer, **changed)
    return signed(case, answer.message())


def replace_key(one: Signed, key: SigningKey) -> Signed:
    return Signed(one.message, key.sign("answer", one.message))


LISTS: Lists = {"evidence": evidence}
