"""One question to the server, with an answer that was judged; what contradicts an older one is kept first."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from device import evidence, exchange
from device.exchange import Believed
from device.slips import with_slip
from schemas.wire import DEFAULT_BUDGET, MAX_BUDGET
from sync.device.replica import RulesNewer, ServerFault
from sync.evidence import Signed

if TYPE_CHECKING:
    from device.engine import Engine


async def ask(engine: "Engine", logs: Sequence[bytes], pushed: Sequence[bytes]) -> Believed:
    """A judged answer. If own entries named by their numbers alone make it wrong, they are asked for in full:

    one may have been dropped here after the server had stored it, or be written by a copy of this phone.
    """
    own, budget = bool(engine.writer.silenced), DEFAULT_BUDGET
    while True:
        request = exchange.compose(
            engine.vault.read(),
            engine.ledger,
            engine.identity.programme,
            logs,
            pushed=pushed,
            challenge=engine.randomness(32),
            own=own,
            budget=budget,
        )
        request = with_slip(engine, request)
        answer = await engine.patiently(partial(engine.session.call, partial(engine.transport.sync, request)))
        abridged = exchange.is_abridged(answer) and not own
        _keep_evidence(engine, exchange.signed_answer(engine.identity.programme, request, answer))
        try:
            believed = exchange.judge(
                engine.vault.read(),
                engine.ledger,
                engine.identity.programme,
                request,
                answer,
                engine.identity.server_key,
            )
        except RulesNewer as newer:
            with engine.vault.write() as connection:
                engine.writer.mark_outdated(connection, newer.version)
            raise
        except ServerFault:
            # The statement that names the key it is signed with may stand behind what the budget cut.
            if answer.logs[:1] and answer.logs[0].more and budget < MAX_BUDGET:
                budget = MAX_BUDGET
                continue
            if not abridged:
                raise
        else:
            if not abridged or not any(one.fault for one in believed.logs):
                return believed
        own = True


def _keep_evidence(engine: "Engine", signed: Signed) -> None:
    """Before anything else is made of it: whatever happens next, the server has signed this."""
    roster = engine.ledger.roster
    if roster is None:
        return
    found = evidence.contradicted(engine.vault.read(), roster.programme, signed)
    # After a move either key may answer, the old one until the new one has.
    if found and any(signed.is_by(key) for key in {roster.server_key, engine.identity.server_key}):
        with engine.vault.write() as connection:
            evidence.keep(connection, found, signed)
