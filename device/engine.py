"""The phone's one engine. Online and offline differ only in whether a round trip comes through."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from crypto.errors import EncodingError, SignatureInvalid
from crypto.public.base64url import unb64
from crypto.public.randomness import Randomness
from crypto.public.signing import verify
from device import exchange, outbox
from device.days import note_server_day
from device.exchange import Believed
from device.identity import Identity, store_identity
from device.keyring import missing_keys
from device.ledger import load_ledger
from device.opening import land_entries, quarantined, retry_quarantined
from device.outbox import Rows
from device.session import Session
from device.transport import ServerProblem, Transport, Unreachable
from device.vault import Vault
from device.wrapping import learn_wraps, own_readers, publics_of
from device.writer import EVERYTHING, CannotSign, Writer
from schemas.wire import MAX_HASHES, KeysRequest
from sync.device.replica import ServerFault
from sync.log import Entry
from sync.space import logs_of
from sync.state import RosterState
from sync.statements import Statement

RESEAL = frozenset({"epoch-stale", "prev-mismatch", "witness-unknown", "sequence-used"})
"""Refusals of a sealed entry that a pull and a new number cure."""
STALE = RESEAL | {"seen-stale", "wraps-wrong", "keys-wrong"}
"""Refusals after which a statement is decided anew upon a fresh roster."""
ROUNDS = 1_000
ATTEMPTS = 5
CURES = 8

Publication = tuple[Statement, Rows]
"""A statement, and the rows that travel with it."""


@dataclass
class Report:
    """What a sync did. `notes` are sentences for the screen; `waiting` entries have not come back yet."""

    pulled: int = 0
    landed: int = 0
    waiting: int = 0
    quarantined: int = 0
    notes: list[str] = field(default_factory=list)


class Engine:
    """Everything between one phone and its server. `patience`: seconds to wait before each further try."""

    def __init__(
        self,
        vault: Vault,
        identity: Identity,
        transport: Transport,
        clock: Callable[[], float],
        randomness: Randomness,
        patience: Sequence[float] = (0.2, 1.0),
    ) -> None:
        self.vault = vault
        self.identity = identity
        self.transport = transport
        self.clock = clock
        self.randomness = randomness
        self.patience = patience
        self.ledger = load_ledger(vault.read(), identity.programme)
        self.writer = Writer(vault, identity, self.ledger, clock, randomness)
        self.session = Session(transport, identity.device, identity.signing, load_challenge(vault.read()))

    def become(self, identity: Identity, session: Session | None = None) -> None:
        """Store a changed identity and go on as it, by its own device's session unless another is given."""
        with self.vault.write() as connection:
            store_identity(connection, identity)
        self.identity = self.writer.identity = identity
        self.session = session or Session(self.transport, identity.device, identity.signing, self.session.challenge)

    @property
    def roster(self) -> RosterState:
        """The verified roster; raises ServerFault before the first pull."""
        if self.ledger.roster is None:
            raise ServerFault(None, "this phone has not seen the programme's roster yet")
        return self.ledger.roster

    def logs(self) -> list[bytes]:
        """Logs to ask for: all that the roster lets this phone read; the roster alone before it is a member."""
        roster = self.ledger.roster
        spaces = logs_of(roster, self.identity.device)[1:] if roster is not None else []
        return [self.identity.programme, *spaces]

    async def sync(self, *, flush: bool = True) -> Report:
        """Flush, push and pull until nothing is new.

        Raises Unreachable, Malformed, ServerFault, ServerProblem, CannotSign; what was not sent stays in the outbox.
        """
        report, blocked, cures = Report(), set[bytes](), 0
        if self.ledger.roster is None:
            await self.pull(report, blocked)
        if flush and not self.vault.restored:
            self.flush(empty=True)
        for _ in range(ROUNDS):
            try:
                more = await self.round(report, blocked, push=self.logs())
            except ServerProblem as problem:
                cures += 1
                await self._cure(problem, report, blocked, last=cures > CURES)
                continue
            if not await self._fetch_keys() and not more:
                break
        reader = self.vault.read()
        report.waiting = sum(len(outbox.waiting(reader, log, EVERYTHING)) for log in outbox.waiting_logs(reader))
        report.quarantined = sum(quarantined(reader, log) for log in self.logs())
        return report

    def flush(self, *, empty: bool = False) -> None:
        """Seal all pending changes into the outbox; `empty` seals a flush of the personal space without any, too."""
        for log in self.logs()[1:]:
            with self.vault.write() as connection:
                self.writer.flush(connection, log, empty=empty and log == self.writer.personal)

    async def publish(self, decide: Callable[[RosterState], Awaitable[Publication]]) -> None:
        """Pull, decide a statement upon the fresh roster, push it; decide again if the roster moved meanwhile.

        Raises ServerProblem if it is refused for another reason, else as `sync`.
        """
        report, blocked = Report(), set[bytes]()
        programme = self.identity.programme
        for attempt in range(ATTEMPTS):
            await self.pull(report, blocked)
            statement, rows = await decide(self.roster)
            with self.vault.write() as connection:
                entry = self.writer.state(connection, statement, rows)
            try:
                while outbox.waiting_one(self.vault.read(), programme, entry.header.sequence):
                    if programme in blocked:
                        raise ServerFault(programme, "the server does not know the roster of this phone")
                    await self.round(report, blocked, push=[programme])
                return
            except ServerProblem as problem:
                with self.vault.write() as connection:
                    outbox.drop(connection, programme, entry.header.sequence)
                if problem.name not in STALE or attempt == ATTEMPTS - 1:
                    raise

    async def pull(self, report: Report, blocked: set[bytes]) -> None:
        """Pull all logs, push nothing."""
        for _ in range(ROUNDS):
            more = await self.round(report, blocked, push=())
            if not await self._fetch_keys() and not more:
                return

    async def round(
        self, report: Report, blocked: set[bytes], *, push: Collection[bytes], logs: Sequence[bytes] = ()
    ) -> bool:
        """One round trip for `logs`, or all. True if there is more to pull or to push.

        `blocked` gains the logs in which nothing is to be written now. A roster that the server does not know as
        this phone does blocks them all: every entry witnesses it.
        """
        idle = self.vault.restored or self.identity.programme in blocked
        pushed = [] if idle else [log for log in push if log not in blocked]
        request = exchange.compose(
            self.vault.read(),
            self.ledger,
            self.identity.programme,
            logs or self.logs(),
            pushed=pushed,
            challenge=self.randomness(32),
            own=self.vault.restored,
        )
        answer = await self.patiently(lambda: self.session.call(lambda token: self.transport.sync(request, token)))
        believed = exchange.judge(self.vault.read(), self.ledger, self.identity.programme, request, answer)
        self._believe(believed, report)
        blocked |= {one.log for one in believed.logs if not one.known or one.fault}
        unasked = set(logs or self.logs()) - {one.log for one in believed.logs}
        waiting = set(outbox.waiting_logs(self.vault.read())) & set(pushed) - blocked
        return bool(unasked or waiting) or any(one.more for one in believed.logs)

    async def publics(self, hashes: Collection[bytes]) -> dict[bytes, bytes]:
        """HPKE keys of the programme by hash. Raises ServerFault if one is withheld."""
        wanted, keys = sorted(set(hashes)), list[bytes]()
        for start in range(0, len(wanted), MAX_HASHES):
            request = KeysRequest(hashes=wanted[start : start + MAX_HASHES])
            answer = await self.patiently(partial(self.session.call, partial(self.transport.keys, request)))
            keys += answer.keys
        return publics_of(wanted, keys)

    async def patiently(self, request: Callable[[], Awaitable[Any]]) -> Any:
        """The same request again after a lost answer: whatever the server did with it, it does once."""
        for pause in self.patience:
            try:
                return await request()
            except Unreachable:
                await asyncio.sleep(pause)
        return await request()

    def _believe(self, believed: Believed, report: Report) -> None:
        """What was verified becomes durable in one transaction; only then does the phone's memory change."""
        with self.vault.write() as connection:
            exchange.store(connection, believed)
            note_server_day(connection, self.clock(), believed.day)
            store_challenge(connection, believed.challenge)
            for one in believed.logs:
                entries = [(placed.position, placed.entry) for placed in one.placed]
                report.pulled += len(entries)
                if one.fault:
                    report.notes.append(one.fault)
                if one.log == self.identity.programme:
                    report.landed += land_statements(connection, self.identity.device, one.log, entries)
                else:
                    report.landed += land_entries(connection, self.identity.device, one.log, entries)
        self.session.challenge = believed.challenge
        if believed.roster.chain.position:
            self.ledger.roster = believed.roster
        self.ledger.chains.update({one.log: one.chain for one in believed.logs if one.log != self.identity.programme})

    async def _cure(self, problem: ServerProblem, report: Report, blocked: set[bytes], *, last: bool) -> None:
        """After a refused push: pull, then seal anew or set aside, so that one entry never stops the rest.

        `last`: do not seal anew again, a server may refuse for ever.
        """
        log = self._refused_log(problem)
        if problem.name == "device-cloned":
            self._check_clone(problem)
        await self.pull(report, blocked)
        if log == self.identity.programme:
            with self.vault.write() as connection:
                for one in outbox.waiting(connection, log, EVERYTHING):
                    outbox.drop(connection, log, one.sequence)
            report.notes.append(f"a statement was refused and dropped, do it again ({problem})")
        elif problem.name in RESEAL and log not in blocked and not last:
            with self.vault.write() as connection:
                self.writer.reseal(connection, log)
        else:
            blocked.add(log)
            report.notes.append(f"the server takes no entries of one space, they stay on this phone ({problem})")

    def _refused_log(self, problem: ServerProblem) -> bytes:
        """The log of the refused entry; wrong rows name none, and rows travel with statements."""
        if problem.status not in (403, 409):
            raise problem
        named = problem.members.get("log")
        log = unb64(named, 32) if isinstance(named, str) else self.identity.programme
        if not outbox.waiting(self.vault.read(), log, most=1):
            # Nothing of ours is there to be refused: curing it would go round for ever.
            raise problem
        return log

    def _check_clone(self, problem: ServerProblem) -> None:
        """`device-cloned` is believed only with this phone's own signature on the stored entry; raises CannotSign."""
        try:
            header, signature = (unb64(str(problem.members.get(name, ""))) for name in ("header", "signature"))
            verify(self.identity.signing.public, "entry", header, signature)
        except (SignatureInvalid, EncodingError):
            raise ServerFault(None, "the server claims a copy of this phone, and cannot show its signature") from None
        self.writer.mark_cloned()
        raise CannotSign("another copy of this phone has written: link it again, its unsent changes are kept")

    async def _fetch_keys(self) -> bool:
        """Fetch wraps if the current key of a space is not here; True if one was learnt."""
        roster = self.ledger.roster
        if roster is None or self.identity.device not in roster.devices:
            return False
        if not missing_keys(self.vault.read(), roster, self.logs()):
            return False
        answer = await self.patiently(lambda: self.session.call(self.transport.wraps))
        keys = own_readers(self.vault.read(), self.writer.personal, self.identity.device, self.identity.hpke)
        learnt = learn_wraps(self.vault, roster, keys, answer.wraps)
        for log in learnt:
            with self.vault.write() as connection:
                retry_quarantined(connection, log)
        return bool(learnt)


def land_statements(connection: Any, device: bytes, log: bytes, entries: Sequence[tuple[int, Entry]]) -> int:
    """Own statements that came back leave the outbox; returns how many."""
    own = [entry.header.sequence for _, entry in entries if entry.header.device == device]
    for sequence in own:
        outbox.drop(connection, log, sequence)
    return len(own)


def load_challenge(connection: Any) -> bytes:
    row = connection.execute("SELECT value FROM meta WHERE key = 'challenge'").fetchone()
    return b"" if row is None else bytes(row[0])


def store_challenge(connection: Any, challenge: bytes) -> None:
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('challenge', ?)", (challenge,))
