"""Tables and their periods as leads and aggregators state them (docs/protocol/10-statistics.md, *Periods*)."""

from functools import partial

from crypto.public.encoding import encode
from crypto.secret.hpke import seal
from device.engine import Engine, Publication
from device.outbox import Rows
from device.statistics import keys
from schemas.task import Task
from schemas.wire_statistics import VerifyKeyRequest
from sync import statistics
from sync.errors import Refused
from sync.report import commitment
from sync.state import RosterState
from sync.tables import serves


async def define(engine: Engine, task: Task) -> bytes:
    """State a table, unless the roster has it; its id. For leads. Raises ServerProblem, and as `Engine.publish`."""

    async def decide(roster: RosterState) -> Publication | None:
        if any(known == task for known in roster.tasks.values()):
            return None
        return statistics.Task(engine.writer.day(), task), Rows()

    await engine.publish(decide)
    return next(id_ for id_, known in engine.roster.tasks.items() if known == task)


async def become_aggregator(engine: Engine, *, on: bool) -> None:
    """Say that this account holds second shares from now on, or does so no longer. Raises as `define`."""
    account = engine.identity.account

    async def decide(roster: RosterState) -> Publication | None:
        if (account in roster.aggregators) == on:
            return None
        return statistics.Aggregator(engine.writer.day(), on), Rows()

    await engine.publish(decide)


async def offer(engine: Engine, task: bytes, period: int) -> bytes:
    """Offer to take shares of a period on this device, unless an offer of it is open; the offer's id.

    The key is durable before the statement that names it. Raises as `define`.
    """
    await engine.publish(partial(_decide_offer, engine, task, period))
    found = own_offer(engine, engine.roster, task, period)
    if found is None:
        raise Refused("not-open", "the offer was taken by an opening meanwhile")
    return found


async def _decide_offer(engine: Engine, task: bytes, period: int, roster: RosterState) -> Publication | None:
    if own_offer(engine, roster, task, period) is not None:
        return None
    with engine.vault.write() as connection:
        key = keys.new_offer_key(connection, roster, task, period, engine.randomness)
    return statistics.Offer(engine.writer.day(), task, period, key.hash), Rows(keys=(key.public,))


def own_offer(engine: Engine, roster: RosterState, task: bytes, period: int) -> bytes | None:
    """An open offer of this device whose key is here."""
    return next(
        (
            id_
            for id_, made in roster.offers.items()
            if (made.device, made.task, made.period) == (engine.identity.device, task, period)
            and made.is_open(max(roster.time, engine.writer.day()))
            and keys.offer_key(engine.vault.read(), made.hpke_hash) is not None
        ),
        None,
    )


def second_offers(roster: RosterState, task: bytes, period: int) -> list[bytes]:
    """Open offers of aggregator accounts."""
    return [
        id_
        for id_, made in roster.offers.items()
        if (made.task, made.period) == (task, period)
        and made.account in roster.aggregators
        and made.is_open(roster.time)
        and serves(roster, made)
    ]


class NoSecondOffer(Exception):
    """A table of three shares waits for the offer of an aggregator account."""


class NoSecondAggregator(Exception):
    """A table of three shares waits for somebody who becomes an aggregator."""


async def open_period(engine: Engine, task: bytes, period: int, second: bytes | None = None) -> bytes:
    """Open a period of a table with an offer of this device, made if need be; the opening's id.

    `second`: the aggregator account's offer for three shares, else the first that is open. The verify key is random,
    durable here before the statement that commits to it, and then handed to the other aggregators; should that be
    interrupted, with the next sync. Raises NoSecondAggregator, NoSecondOffer, Refused for an unknown task, and as
    `define`.
    """
    await engine.settle()
    known = engine.roster.tasks.get(task)
    if known is None:
        raise Refused("not-open", "the roster has no such task: sync first")
    others = list[bytes]()
    if known.shares == 3:
        others = [second] if second else second_offers(engine.roster, task, period)[:1]
        if not others and not engine.roster.aggregators:
            raise NoSecondAggregator("a third share needs a second aggregator, and this programme has none")
        if not others:
            raise NoSecondOffer("nobody who is no lead has offered to hold the third share of this period yet")
    offers = (await offer(engine, task, period), *others)
    with engine.vault.write() as connection:
        key = keys.new_verify_key(connection, task, period, engine.randomness)
    committed = commitment(task, period, key)

    async def decide(roster: RosterState) -> Publication | None:
        if any(opening.commitment == committed for opening in roster.openings.values()):
            return None
        return statistics.Open(engine.writer.day(), task, period, offers, committed), Rows()

    await engine.publish(decide)
    opening = next(id_ for id_, made in engine.roster.openings.items() if made.commitment == committed)
    await hand_out(engine, opening)
    return opening


async def hand_out(engine: Engine, id_: bytes) -> None:
    """Give the verify key to the server, and sealed to the second offer's device; never to phones that report."""
    roster, connection = engine.roster, engine.vault.read()
    opening = roster.openings[id_]
    key = keys.verify_key(connection, opening)
    if key is None or keys.is_handed(connection, opening):
        return
    sealed = None
    if len(opening.offers) == 2:
        hash_ = roster.offers[opening.offers[1]].hpke_hash
        public = (await engine.publics([hash_]))[hash_]
        sealed = seal(public, "second-key", encode([roster.programme, id_]), key)
    request = VerifyKeyRequest(opening=id_, key=key, sealed=sealed)
    await engine.patiently(lambda: engine.session.call(lambda token: engine.transport.send_verify_key(request, token)))
    with engine.vault.write() as writing:
        keys.note_handed(writing, opening)


def to_hand_out(engine: Engine) -> list[bytes]:
    """Openings of this device whose verify key the server has not acknowledged."""
    connection, device = engine.vault.read(), engine.identity.device
    return [
        id_
        for id_, opening in engine.roster.openings.items()
        if opening.ended is None
        and opening.closed is None
        and engine.roster.offers[opening.offers[0]].device == device
        and keys.verify_key(connection, opening) is not None
        and not keys.is_handed(connection, opening)
    ]
