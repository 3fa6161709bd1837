"""The phone's one engine. Online and offline differ only in whether a round trip comes through."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Any

from crypto.public.randomness import Randomness
from device import debt, healing, outbox, public_keys, reauthoring, slips, witnessing
from device.adopting import adopt, drop_aside
from device.asking import ask
from device.believing import believe
from device.identity import Identity, store_identity
from device.keyring import keys_awaited, learn_key, missing_keys
from device.ledger import load_ledger
from device.opening import quarantined, retry_all, retry_quarantined
from device.outbox import Rows
from device.refusals import REFUSALS, STALE, cure
from device.report import Report
from device.session import Session, load_challenge
from device.transport import ServerProblem, Transport, Unreachable
from device.vault import Vault
from device.wrapping import open_wraps, own_readers, publics_of
from device.writer import Writer
from schemas.records import Sentence
from schemas.wire import MAX_HASHES, KeysRequest
from sync.device.replica import ServerFault
from sync.log import Cursor
from sync.space import logs_of
from sync.state import RosterState
from sync.statement import Statement

ROUNDS = 1_000
REFUSED = "session-refused"
ATTEMPTS = 5

Publication = tuple[Statement, Rows]
"""A statement, and the rows that travel with it."""


class Engine:
    """Everything between one phone and its server. `patience`: seconds to wait before each further try.

    `behind`: heads of the logs of which the server lost entries; `healing`: it is being restored, takes nothing new.
    """

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
        self.behind = dict[bytes, Cursor]()
        self.healing = healing.is_announced(vault.read())
        # Logs of which the server does not know this phone's state, with the head that it showed instead; and the head
        # of a roster that was looked into, and declared by nobody.
        self.unknown: dict[bytes, Cursor] = {}
        self.undeclared: Cursor | None = None
        self._turn = asyncio.Lock()
        retry_all(vault)

    def become(self, identity: Identity, session: Session | None = None) -> None:
        """Store a changed identity and go on as it, by its own device's session unless another is given."""
        with self.vault.write() as connection:
            store_identity(connection, identity)
        if identity.programme != self.identity.programme:
            self.ledger = self.writer.ledger = load_ledger(self.vault.read(), identity.programme)
        self.identity = self.writer.identity = identity
        self.session = session or Session(self.transport, identity.device, identity.signing, self.session.challenge)

    def turn_to(self, transport: Transport) -> None:
        """Ask another server from now on; its address is kept once an answer from there was believed."""
        self.transport = transport
        self.session = Session(transport, self.identity.device, self.identity.signing, self.session.challenge)

    @property
    def roster(self) -> RosterState:
        """The verified roster; raises ServerFault before the first pull."""
        if self.ledger.roster is None:
            raise ServerFault(None, "this phone has not seen the programme's roster yet")
        return self.ledger.roster

    @property
    def enrolled(self) -> bool:
        """Whether the roster, as this phone knows it, has this very device."""
        return self.ledger.roster is not None and self.identity.device in self.ledger.roster.devices

    def logs(self) -> list[bytes]:
        """Logs to ask for: all that the roster lets this phone read; the roster alone before it is a member."""
        roster = self.ledger.roster
        spaces = logs_of(roster, self.identity.device)[1:] if roster is not None else []
        return [self.identity.programme, *spaces]

    async def sync(self, *, flush: bool = True) -> Report:
        """Flush, push and pull until nothing is new. A phone that may sign nothing only pulls, and says so.

        Raises Unreachable, Malformed, ServerFault, ServerProblem, CannotSign, RulesNewer; what was not sent stays in
        the outbox.
        """
        report = Report()
        blocked = await self._rounds(report, flush=flush)
        if self.unknown and await self.adopt(report):
            blocked = await self._rounds(report, flush=flush)
        if self.vault.read().execute("SELECT 1 FROM aside WHERE NOT kept LIMIT 1").fetchone():
            with self.vault.write() as connection:
                drop_aside(connection, self.roster)
        if self.writer.silenced:
            report.notes.append(self.writer.silenced)
        if report.given_back:
            given = f"{report.given_back} {'entry' if report.given_back == 1 else 'entries'}"
            report.notes.append(Sentence("note_given_back", entries=given))
        if self.enrolled and not blocked:
            # Here all wraps were asked for and all spaces read; before, the network may have lost an answer.
            report.notes += keys_awaited(self.vault.read(), self.roster, self.logs())
        report.waiting = outbox.count(self.vault.read())
        report.quarantined = sum(quarantined(self.vault.read(), log) for log in self.logs())
        return report

    async def _rounds(self, report: Report, *, flush: bool) -> set[bytes]:
        """Round trips until nothing is new; the logs in which the server is not believed, or knows less."""
        blocked, cures, returned = set[bytes](), 0, False
        if self.ledger.roster is None:
            await self.pull(report, blocked)
        if self.enrolled:
            await witnessing.begin(self)
        flush = flush and not self.writer.silenced and not self.owes
        if flush:
            if self.enrolled:
                report.notes += await slips.before_flush(self)
            self.flush(empty=True)
        for _ in range(ROUNDS):
            try:
                more = await self.round(report, blocked, push=self.logs())
            except ServerProblem as problem:
                if problem.name == REFUSED and not returned and await healing.return_by_invite(self, report):
                    returned = True
                    continue
                cures += 1
                await cure(self, problem, report, blocked, cures)
                continue
            if await healing.heal(self, report, blocked):
                continue
            learnt = await self._fetch_keys()
            found = self._says_again()
            if (learnt or found) and flush and not self.writer.silenced:
                # What had to wait for the key, and what this phone must say again of entries that are void now.
                self.flush()
                more |= found
            if not learnt and not more:
                break
        return blocked

    def _says_again(self) -> bool:
        """Whether something is to be said again in a space whose key is here."""
        connection = self.vault.read()
        logs = [log for log in self.logs() if log in self.roster.spaces and reauthoring.says_again(connection, log)]
        return bool(set(logs) - set(missing_keys(connection, self.roster, logs)))

    async def adopt(self, report: Report, *, declaring: bool = False) -> bool:
        """Go over to what the server shows instead, if a lead has declared that it was put back, or is doing so here;
        False if not.

        Raises as `fetch_branch`, but for what is wrong with a branch that nobody has declared.
        """
        async with self._turn:
            try:
                said = await adopt(self, declaring=declaring)
            except ServerFault as fault:
                said = ""
                report.notes.append(f"what the server shows instead does not stand: {fault}")
        report.notes += [said] if said else []
        return bool(said)

    @property
    def owes(self) -> bool:
        """Whether this phone has to state something again before it writes anything else."""
        roster, owed = self.ledger.roster, debt.load_debt(self.vault.read())
        return bool(owed.owed) and roster is not None and bool(owed.due(roster, self.identity.account))

    def flush(self, *, empty: bool = False) -> None:
        """Seal all pending changes into the outbox; `empty` seals a flush of the personal space without any, too.

        None without any where something waits already: weeks offline would pile them up.
        """
        for log in self.logs()[1:]:
            if log not in self.roster.spaces:
                continue
            with self.vault.write() as connection:
                idle = log == self.writer.personal and not outbox.waiting(connection, log, most=1)
                self.writer.flush(connection, log, empty=empty and idle)

    async def publish(
        self, decide: Callable[[RosterState], Awaitable[Publication | None]], *, owed: bool = False
    ) -> None:
        """Pull, decide a statement upon the fresh roster, push it; decide again if the roster moved meanwhile.

        Ends at once when there is nothing left to state (`decide` gives None). `owed`: it is one that has to be made
        again, for which all others wait. Raises ServerProblem if it is refused for another reason, else as `sync`.
        """
        programme = self.identity.programme
        for attempt in range(ATTEMPTS):
            await self.settle()
            if self.owes and not owed:
                raise ServerFault(programme, "the server was put back: sync first, so that who left stays away")
            decided = await decide(self.roster)
            if decided is None:
                return
            statement, rows = decided
            with self.vault.write() as connection:
                entry = self.writer.state(connection, statement, rows)
            try:
                await self._push_statements()
                return
            except ServerProblem as problem:
                if problem.status not in REFUSALS:
                    raise
                with self.vault.write() as connection:
                    outbox.drop(connection, programme, entry.header.sequence)
                if problem.name not in STALE or attempt == ATTEMPTS - 1:
                    raise

    async def settle(self) -> None:
        """Pull. A statement of an earlier try, whose answer was lost, goes up first; if it is refused it is dropped.

        Raises ServerFault if the server does not know this phone's roster, else as `sync`.
        """
        try:
            await self._push_statements()
        except ServerProblem as problem:
            if problem.status not in REFUSALS:
                raise
            await self.pull(Report(), set())
            self.drop_statements()

    async def pull(self, report: Report, blocked: set[bytes], push: Collection[bytes] = ()) -> None:
        """Pull all logs to their ends, and push what waits in those of `push`."""
        for _ in range(ROUNDS):
            more = await self.round(report, blocked, push=push)
            if await healing.heal(self, report, blocked):
                continue
            if not await self._fetch_keys() and not more:
                return

    async def round(
        self, report: Report, blocked: set[bytes], *, push: Collection[bytes], logs: Sequence[bytes] = ()
    ) -> bool:
        """One round trip for `logs`, or all. True if there is more to pull or to push.

        `blocked` gains the logs in which nothing is to be written now, nor asked again. A roster that the server
        does not know as this phone does blocks all writing: every entry witnesses it.
        """
        # An app may tick while its owner presses sync: two answers to one cursor would be stored twice.
        async with self._turn:
            due = [log for log in push if self.may_push(log, blocked)]
            asked = self._askable(logs, blocked)
            try:
                believed = await ask(self, asked, self._first(due))
                believe(self, believed, report)
            except ServerProblem as problem:
                if problem.name != "log-unknown":
                    raise
                # Whose account has left reads less, and cannot know it before it has read the roster.
                believed = await ask(self, [self.identity.programme], [])
                believe(self, believed, report)
                if self._askable(logs, blocked) == asked:
                    raise
        answered = {one.log for one in believed.logs}
        blocked |= {one.log for one in believed.logs if not one.known or one.fault}
        unasked = set(self._askable(logs, blocked)) - answered
        due = [log for log in push if self.may_push(log, blocked)]
        waiting = set(outbox.waiting_logs(self.vault.read())) & set(due)
        return bool(unasked or waiting) or any(one.more for one in believed.logs)

    def may_push(self, log: bytes, blocked: set[bytes]) -> bool:
        """Whether what waits in this log goes up now. A statement may be the very `restored` that ends healing."""
        programme = self.identity.programme
        if self.healing and log != programme:
            return False
        if self.writer.silenced or log in blocked or programme in blocked or (log != programme and self.owes):
            return False
        # What stood otherwise when the server was last asked is looked at again before anything is written to it.
        return not noted(self.vault.read(), log) and not noted(self.vault.read(), programme)

    def _first(self, due: list[bytes]) -> list[bytes]:
        """Statements go up alone: a rotation that waited would make every entry beside it one of a stale epoch."""
        statements = self.identity.programme in due and outbox.waiting(
            self.vault.read(), self.identity.programme, most=1
        )
        return [self.identity.programme] if statements else due

    def _askable(self, logs: Sequence[bytes], blocked: set[bytes]) -> list[bytes]:
        # A log that answers badly would otherwise eat the budget of all others in every round.
        return [log for log in logs or self.logs() if log not in blocked or log == self.identity.programme]

    async def publics(self, hashes: Collection[bytes]) -> dict[bytes, bytes]:
        """HPKE keys of the programme by hash. Raises ServerFault if one is withheld."""
        found = await self.known_publics(hashes)
        if set(hashes) - found.keys():
            raise ServerFault(None, "the server does not hold an HPKE key that the roster names")
        return found

    async def known_publics(self, hashes: Collection[bytes]) -> dict[bytes, bytes]:
        """The same, without those that a restored server has lost, and this phone has not kept."""
        wanted, keys = sorted(set(hashes)), list[bytes]()
        for start in range(0, len(wanted), MAX_HASHES):
            request = KeysRequest(hashes=wanted[start : start + MAX_HASHES])
            answer = await self.patiently(partial(self.session.call, partial(self.transport.keys, request)))
            keys += answer.keys
        found = publics_of(wanted, keys)
        with self.vault.write() as connection:
            public_keys.keep(connection, found.values())
            kept = {hash_: public_keys.load(connection, hash_) for hash_ in wanted if hash_ not in found}
        return found | {hash_: key for hash_, key in kept.items() if key is not None}

    async def patiently(self, request: Callable[[], Awaitable[Any]]) -> Any:
        """The same request again after a lost answer: whatever the server did with it, it does once."""
        for pause in self.patience:
            try:
                return await request()
            except Unreachable:
                await asyncio.sleep(pause)
        return await request()

    def drop_statements(self) -> None:
        """Burn the numbers of all waiting statements."""
        with self.vault.write() as connection:
            outbox.drop_all(connection, self.identity.programme)

    async def _push_statements(self) -> None:
        blocked = set[bytes]()
        await self.pull(Report(), blocked, push=[self.identity.programme])
        if self.identity.programme in blocked:
            raise ServerFault(self.identity.programme, "the server does not know the roster of this phone")

    async def _fetch_keys(self) -> bool:
        """Fetch wraps if the current key of a space is not here; True if one was learnt."""
        if not self.enrolled:
            return False
        roster = self.roster
        missing = missing_keys(self.vault.read(), roster, self.logs())
        if not missing:
            return False
        answer = await self.patiently(lambda: self.session.call(self.transport.wraps))
        keys = own_readers(self.vault.read(), self.writer.personal, self.identity.device, self.identity.hpke)
        opened = open_wraps(roster, keys, missing, answer.wraps)
        # An older key ends no want: it would be asked for again and again.
        current = {
            log: found[roster.spaces[log].epoch] for log, found in opened.items() if roster.spaces[log].epoch in found
        }
        for log, key in current.items():
            with self.vault.write() as connection:
                learn_key(connection, roster, log, roster.spaces[log].epoch, key)
                retry_quarantined(connection, log)
        return bool(current)


def noted(connection: Any, log: bytes) -> bool:
    """Whether the last answer about this log could not be believed, or showed another history."""
    row = connection.execute("SELECT note FROM logs WHERE log = ?", (log,)).fetchone()
    return row is not None and bool(row[0])
