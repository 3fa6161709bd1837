"""One sync: pushes, then what is new, then the server's signature on it. The hot path of the server.

A sync with nothing new costs a look at the cached heads and one signature; it does not touch the database. A push
waits for the writer's COMMIT. What it pulls is read up to the heads that the push left, so both are one state.
"""

import asyncio
from typing import Any

import orjson

from api.parse import Asked, AskedLog
from api.services import Services
from api.sessions import Session
from crypto.public.base64url import b64
from store.offer import LogOffer, Offer
from store.pull import Ask, Page, Pulled
from store.push import LogPush, Push, Pushed, readable
from store.states import ProgrammeState
from sync.answer import Answer, Standing
from sync.errors import Refused
from sync.log import Cursor

Rendered = dict[str, Any]

NOTHING_NEW: Rendered = {"known": True, "entries": (), "more": False}


async def exchange(services: Services, session: Session, asked: Asked) -> bytes:
    """The JSON of the answer. Raises Refused, StorageFailed, Overloaded."""
    if asked.offers:
        state = await _offered(services, session, asked)
        asks = [_ask(one, state, session) for one in asked.logs]
        # The client compares each head with its own chain.
        at_hand: list[Rendered | None] = [NOTHING_NEW for _ in asks]
        accepted: list[list[tuple[int, int]]] = [[] for _ in asks]
    elif asked.pushes:
        logs = [LogPush(one.log, one.entries) for one in asked.logs]
        request = Push(session.programme, session.principal, logs, asked.rows)
        pushed = await asyncio.wrap_future(services.store.push(request, day=services.day))
        state = pushed.state
        asks = [_ask(one, state, session) for one in asked.logs]
        at_hand = [_at_hand(ask, pushed) for ask in asks]
        accepted = [pushed.accepted[ask.log] for ask in asks]
    else:
        state = await _state(services, session, asked)
        asks = [_ask(one, state, session) for one in asked.logs]
        at_hand = [_nothing_new(ask) for ask in asks]
        accepted = [[] for _ in asks]
    pages = [page for page in at_hand if page is not None]
    if len(pages) < len(asks):
        pages = await _read(services, session.programme, asks, asked.budget)
    answered = list(zip(asks, accepted, pages, strict=True))
    return _answer(services, session, asked.challenge, answered, healing=state.healing)


async def _offered(services: Services, session: Session, asked: Asked) -> ProgrammeState:
    if asked.rows or not all(one.offer for one in asked.logs):
        # What is new and what is given back are judged by different rules.
        raise Refused("offer-mixed", "a request offers all its logs, or none, and an offer carries no rows")
    offers = [LogOffer(one.log, one.cursor, one.entries) for one in asked.logs]
    request = Offer(session.programme, session.principal, offers)
    return await asyncio.wrap_future(services.store.offer(request, day=services.day))


async def _state(services: Services, session: Session, asked: Asked) -> ProgrammeState:
    store, logs = services.store, [one.log for one in asked.logs]
    if (confirming := store.confirm()) is not None:
        await asyncio.wrap_future(confirming)
    known = store.states.get(session.programme)
    if known is None:
        loop = asyncio.get_running_loop()
        known = await loop.run_in_executor(services.readers, store.state, session.programme)
    state = readable(known, session.principal, logs, services.day)
    if any(state.chain(log) is None for log in logs):
        state = await asyncio.wrap_future(store.with_ends(session.programme, logs))
    return state


def _ask(one: AskedLog, state: ProgrammeState, session: Session) -> Ask:
    chain = state.chain(one.log)
    if chain is None:
        raise LookupError("the end of the log is not loaded")
    short = not one.own and session.principal in state.roster.devices
    return Ask(one.log, one.cursor, chain.cursor, session.principal if short else b"")


def _nothing_new(ask: Ask) -> Rendered | None:
    return NOTHING_NEW if ask.cursor == ask.head else None


def _at_hand(ask: Ask, pushed: Pushed) -> Rendered | None:
    """The page of a log above whose cursor there is nothing but this push; else None, and it has to be read."""
    new = [one for one in pushed.accepted[ask.log] if one[1] > ask.cursor.position]
    if not ask.short or ask.cursor not in (ask.head, pushed.before[ask.log]):
        return None
    if len(new) != ask.head.position - ask.cursor.position:
        return None
    entries = [{"position": position, "sequence": sequence} for sequence, position in new]
    return {"known": True, "entries": entries, "more": False}


async def _read(services: Services, programme: bytes, asks: list[Ask], budget: int) -> list[Rendered]:
    near = services.store.pull_near(programme, asks, budget)
    if near is not None:
        return [_rendered(page) for page in near]
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(services.readers, _read_far, services, programme, asks, budget)


def _read_far(services: Services, programme: bytes, asks: list[Ask], budget: int) -> list[Rendered]:
    return [_rendered(page) for page in services.store.pull(programme, asks, budget)]


def _rendered(page: Page) -> Rendered:
    return {"known": page.known, "entries": [_entry(entry) for entry in page.entries], "more": page.more}


def _entry(entry: Pulled) -> Rendered:
    if entry.own:
        return {"position": entry.position, "sequence": entry.sequence}
    return {
        "position": entry.position,
        "header": b64(entry.header),
        "body": None if entry.body is None else b64(entry.body),
        "signature": b64(entry.signature),
    }


def _cursor(cursor: Cursor) -> Rendered:
    return {"position": cursor.position, "head": b64(cursor.head)}


def _answer(
    services: Services,
    session: Session,
    challenge: bytes,
    logs: list[tuple[Ask, list[tuple[int, int]], Rendered]],
    *,
    healing: bool,
) -> bytes:
    day = services.day
    standings = [Standing(ask.log, ask.cursor, ask.head, page["known"]) for ask, _, page in logs]
    signature = Answer(session.programme, challenge, day, standings).sign(services.key)
    return orjson.dumps(
        {
            "day": day,
            "logs": [
                {
                    "log": b64(ask.log),
                    "head": _cursor(ask.head),
                    "accepted": [{"sequence": sequence, "position": position} for sequence, position in accepted],
                    **page,
                }
                for ask, accepted, page in logs
            ],
            "signature": b64(signature),
            "challenge": b64(services.challenges.issue()),
            **({"healing": True} if healing else {}),
        }
    )
