"""Another history, as the server shows it from the beginning: fetched whole, verified, and laid beside one's own.

Nothing here touches what the phone has stored, and nothing is believed but that the server says so.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from crypto.public.ids import genesis
from schemas import wire
from sync.answer import Answer, Standing
from sync.device.replica import Placed, Pulled, ServerFault, check_positions, grow_roster, grow_space
from sync.erasure import Leaves
from sync.evidence import Signed
from sync.log import Chain, Cursor, Entry
from sync.state import RosterState

if TYPE_CHECKING:
    from device.engine import Engine

PAGES = 100_000
"""A server could show one statement at a time, for ever."""


@dataclass(frozen=True)
class Branch:
    """The server's roster from the founding statement. `answers`: as signed, one a page, the last with its head."""

    roster: RosterState
    placed: Sequence[Placed]
    answers: Sequence[Signed]

    @property
    def entries(self) -> Sequence[Entry]:
        return [one.entry for one in self.placed]


@dataclass(frozen=True)
class SpaceBranch:
    """A space from its first entry, judged by the roster of a `Branch`."""

    chain: Chain
    placed: Sequence[Placed]
    answers: Sequence[Signed]


async def fetch_branch(engine: "Engine") -> Branch:
    """The whole roster of the server, verified by `apply` from the founding statement on.

    Raises ServerFault (it does not stand, or is not signed by the server that this phone knows), RulesNewer,
    ServerProblem, Unreachable, Malformed.
    """
    state, placed, answers = RosterState.start(engine.identity.programme), list[Placed](), list[Signed]()
    for _ in range(PAGES):
        key = None if engine.ledger.roster is None else engine.ledger.roster.server_key
        pulled, signed = await _ask(engine, state.programme, state.chain.cursor)
        state, page = grow_roster(state, pulled)
        _check_answer(signed, {key or state.server_key, engine.identity.server_key})
        placed += page
        answers.append(signed)
        if not pulled.more:
            return Branch(state, placed, answers)
        _check_page(pulled, page)
    raise ServerFault(state.programme, "the server's roster has no end")


async def fetch_space(engine: "Engine", roster: RosterState, log: bytes) -> SpaceBranch:
    """A whole space of the server, verified under `roster` from its first entry on. Raises as `fetch_branch`."""
    chain, placed, answers = Chain.start(roster.programme, log), list[Placed](), list[Signed]()
    leaves = Leaves()
    for _ in range(PAGES):
        pulled, signed = await _ask(engine, log, chain.cursor, roster.chain.cursor)
        _check_answer(signed, {roster.server_key, engine.identity.server_key})
        chain, page = grow_space(roster, chain, _heads(roster.programme, log, placed), pulled, leaves)
        placed += page
        for one in page:
            leaves.add(one.position, one.entry)
        answers.append(signed)
        if not pulled.more:
            return SpaceBranch(chain, placed, answers)
        _check_page(pulled, page)
    raise ServerFault(log, "the server's log has no end")


async def _ask(engine: "Engine", log: bytes, cursor: Cursor, roster: Cursor | None = None) -> tuple[Pulled, Signed]:
    """One page above `cursor`, own entries in full. Without the `roster` an answer about a space proves nothing."""
    programme = engine.identity.programme
    wanted = [(log, cursor)] if roster is None else [(programme, roster), (log, cursor)]
    request = wire.SyncRequest(
        challenge=engine.randomness(32),
        logs=[
            wire.LogRequest(log=one, cursor=wire.Cursor(position=at.position, head=at.head), own=True)
            for one, at in wanted
        ],
    )
    got = await engine.patiently(partial(engine.session.call, partial(engine.transport.sync, request)))
    if [one.log for one in got.logs] != [one for one, _ in wanted]:
        raise ServerFault(None, "the answer is about other logs than were asked for")
    standings = [
        Standing(one.log, at, Cursor(one.head.position, one.head.head), one.known)
        for one, (_, at) in zip(got.logs, wanted, strict=True)
    ]
    if not all(one.known for one in standings):
        raise ServerFault(log, "the server does not know a state that it has just shown")
    part, head = got.logs[-1], standings[-1].head
    entries = [Entry(one.header, one.signature, one.body) for one in part.entries if isinstance(one, wire.PulledEntry)]
    if len(entries) != len(part.entries):
        raise ServerFault(log, "the server leaves out entries that were asked for in full")
    pulled = Pulled(log, cursor, known=True, head=head, entries=entries, more=part.more)
    check_positions(pulled, [one.position for one in part.entries])
    answer = Answer(programme, request.challenge, got.day, standings)
    return pulled, Signed(answer.message(), got.signature)


def _check_answer(signed: Signed, keys: Collection[bytes]) -> None:
    """After a move either key may answer."""
    if not any(signed.is_by(key) for key in keys):
        raise ServerFault(None, "the answer is not signed by the programme's server")


def _check_page(pulled: Pulled, page: Sequence[Placed]) -> None:
    if not page:
        raise ServerFault(pulled.log, "the server promises more entries and sends none")


def _heads(programme: bytes, log: bytes, placed: Sequence[Placed]) -> Callable[[int], bytes | None]:
    def head_at(position: int) -> bytes | None:
        if position == 0:
            return genesis(programme, log)
        return placed[position - 1].head if position <= len(placed) else None

    return head_at
