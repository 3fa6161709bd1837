"""One run: the phones, the server, the network between them and the time they share."""

import hashlib
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Self

import httpx
import orjson

from crypto.public.base64url import unb64
from device.ceremonies.inviting import CodeUnknown
from device.ceremonies.joining import InviteClosed
from device.ceremonies.rotating import audit
from device.phone import JoinedAlready
from device.records import RecordsError
from device.telling import SHUT_OUT
from device.transport import Malformed, ServerProblem, Unreachable
from device.vault import VaultRestored
from device.wrapping import KeyNotHere
from device.writer import CannotSign
from schemas.records import RecordError
from simulation import doubt, programs
from simulation.answers import Answers
from simulation.blank import new_phone
from simulation.counting import Counting
from simulation.epochs import Epochs
from simulation.handset import Handset
from simulation.ledger import Ledger
from simulation.lost import Losses
from simulation.network import Late
from simulation.operations import OPERATIONS, Act, Nothing
from simulation.randomness import seeded
from simulation.server import Server
from simulation.truth import Truth
from simulation.violation import Crash, Violation
from sync.device.replica import RulesNewer, ServerFault
from sync.state import FIRST_RULES
from sync.ticket import Ticket, TicketWrong

if TYPE_CHECKING:
    from simulation.schedule import Event

START = 20_000 * 86_400 + 43_200.0
TOLD = (
    Unreachable,
    InviteClosed,
    CodeUnknown,
    JoinedAlready,
    RecordsError,
    RecordError,
    VaultRestored,
    KeyNotHere,
    CannotSign,
    TicketWrong,
    Nothing,
)
"""What a phone tells its owner when things go wrong honestly."""
PROBLEMS = frozenset({"limit-reached", "invite-not-open", "session-refused", "second-key-needed"})
"""What an honest server may tell an honest phone, apart from what the phone cures by itself."""
TO_FORMER = PROBLEMS | {"device-not-active", "not-authorised", "session-required"}
"""What it may tell one that was taken off, or whose account was, while it was about something."""


class World:
    """`now`: seconds since 1970 of the server. `late`: the requests on their way. `tickets`, `codes`: on paper.
    `newest`: the rules version of the newest program.

    `restores`: how often the server came back older; `waits`: it is being healed. `put_back`: it came back, and
    not all have got over it; `explained`: the contradictions in its answers that a `restored` explains; `renamed`:
    accounts that it has never known, and that have joined as new ones.
    """

    def __init__(self, folder: Path, seed: object) -> None:
        self.folder = folder
        self.seed = seed
        self.now = START
        self.dice = Random(0)
        self.events = 0
        self.signed: dict[tuple[bytes, bytes, int], bytes] = {}
        self.ledger = Ledger()
        self.losses = Losses()
        self.counting = Counting()
        self.newest = FIRST_RULES
        self.restores = 0
        self.waits = False
        self.put_back = False
        self.renamed: set[bytes] = set()
        self.explained = 0
        self.answers = Answers()
        self.handsets: dict[int, Handset] = {}
        self.by_folder: dict[Path, Handset] = {}
        self.slot_of: dict[bytes, int] = {}
        self.tickets: list[Ticket] = []
        self.stolen_tickets: set[bytes] = set()
        self.codes: dict[bytes, list[str]] = {}
        self.asked: dict[str, int] = {}
        self.server_backups: list[Path] = []
        self.trace: list[str] = []
        self.late = Late(self)
        self.tag = seeded(seed, "tag")(8)
        self.server = Server(folder / "server", lambda: self.now, seeded(seed, "server"))
        self.truth = Truth(self.server)
        self.epochs = Epochs(self.truth)

    def adopt(self, slot: int) -> Handset:
        """The phone whose files stand in its place, or a new one."""
        folder = self.folder / f"phone-{slot}"
        if not folder.exists():
            new_phone(folder)
        handset = Handset(self, slot, folder)
        self.handsets[slot] = self.by_folder[folder] = handset
        return handset

    async def close(self) -> None:
        for handset in self.handsets.values():
            await handset.close()
        self.server.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
        # Else whatever this process does next would be done by the program that ran last.
        programs.run(FIRST_RULES)

    def count(self, kind: str) -> None:
        """A ceremony that may state one such statement is about to be tried."""
        self.asked[kind] = self.asked.get(kind, 0) + 1

    @property
    def today(self) -> date:
        """In UTC, as statements count."""
        return datetime.fromtimestamp(self.now, UTC).date()

    @property
    def living(self) -> list[Handset]:
        return [handset for handset in self.handsets.values() if not handset.lost]

    async def deliver(self, request: httpx.Request) -> httpx.Response:
        """A request reaches the server, and an answer comes back."""
        ends = self.truth.ends() if self.waits else {}
        response = await self.server.handle(request)
        if request.url.path == "/v1/sync" and response.status_code == 200:
            asked, answer = orjson.loads(request.content), orjson.loads(response.content)
            self.epochs.observe(asked, answer)
            self.answers.observe(asked, answer)
            if self.waits:
                self._waited(ends, answer)
        return response

    def _waited(self, ends: dict[bytes, int], answer: dict[str, Any]) -> None:
        """Raises Violation if a server that is being healed has taken anything new but `restored`.

        One that is offered, being old, ends nothing.
        """
        new = [
            (unb64(one["log"]), each["position"])
            for one in answer["logs"]
            for each in one["accepted"]
            if each["position"] > ends.get(unb64(one["log"]), 0)
        ]
        roster = self.truth.roster()
        self.waits = (roster.programme, roster.restored) not in new
        if new and self.waits:
            raise Violation("a_healing_server_waits", "it took a new entry before a lead said that it is restored")

    async def play(self, event: "Event") -> None:
        """One event. Raises Violation; whatever else it comes to is written into the trace."""
        operation = OPERATIONS.get(event.op)
        handset = self.handsets.get(event.who)
        if operation is None or handset is None or handset.lost or handset.busy:
            return
        self.events += 1
        # While another phone waits for an answer little time passes: it would give up after half a minute.
        within = any(one.busy for one in self.handsets.values())
        self.now += 1.0 if within else Random(event.seed).choice((1.0, 20.0, 300.0, 3_600.0))
        outer, self.dice = self.dice, Random(event.seed)
        program = programs.running()
        handset.busy = True
        actor = handset
        try:
            if operation.arrives and event.new not in self.handsets:
                actor = self.adopt(event.new)
                actor.busy = True
            actor.arm(event.faults)
            outcome = await self._act(operation.act, actor, event)
        finally:
            handset.busy = actor.busy = False
            actor.disarm()
            self.dice = outer
            programs.run(program)
        self.trace.append(f"{event.op} {event.who} {event.new}: {outcome}")
        self.observe(actor)

    async def _act(self, act: Act, actor: Handset, event: "Event") -> str:
        try:
            await act(self, actor, event)
        except Crash:
            actor.reopen()
            return "crash"
        except TOLD as told:
            return type(told).__name__
        except ServerProblem as problem:
            if problem.name not in self._may_refuse(actor):
                raise Violation("nobody_is_refused", f"{event.op} of phone {actor.slot}: {problem}") from problem
            return problem.name
        except RulesNewer as newer:
            if not doubt.may_be_outdated(self, actor):
                raise Violation("nobody_is_refused", f"{event.op} of phone {actor.slot}: {newer}") from newer
            return "outdated"
        except ServerFault as fault:
            # Whoever comes in finds a server that has not been given back all keys yet.
            strange = (self.put_back and not actor.arrived) or doubt.may_be_elsewhere(self, actor)
            if not actor.doubts and not strange:
                raise Violation("nobody_is_accused", f"{event.op} of phone {actor.slot}: {fault}") from fault
            return "fault"
        except Malformed as fault:
            raise Violation("nobody_is_accused", f"{event.op} of phone {actor.slot}: {fault}") from fault
        return "done"

    def _may_refuse(self, handset: Handset) -> frozenset[str]:
        honest = TO_FORMER if self.truth.has_left(handset.device) else PROBLEMS
        return honest | doubt.REFUSALS if self.put_back else honest

    def observe(self, handset: Handset) -> None:
        """What may be looked at between any two events."""
        for log, position, head in handset.query("SELECT log, position, head FROM logs"):
            before, old = handset.positions.get(log, (0, b""))
            back = position < before or (position == before and before and head != old)
            if back and not doubt.may_go_back(handset, log):
                raise Violation("cursors_only_grow", f"phone {handset.slot} went from {before} to {position}")
            handset.positions[log] = position, head
        handset.declaring = False
        if not handset.arrived or handset.lost:
            return
        if handset.member != handset.account:
            if handset.member:
                self.ledger.rename(handset.member, handset.account)
                self.losses.rename(handset.member, handset.account)
                self.renamed.add(handset.member)
            handset.member = handset.account
        # That it was restored, or has left, is said of the phone itself, and accuses nobody.
        engine = handset.phone.engine
        allowed = {engine.writer.silenced, *(audit(engine.roster) if engine.ledger.roster else ())}
        notes = set(handset.phone.notes()) - allowed
        # What it was told before its revocation was cancelled, it says until its next sync.
        if SHUT_OUT in notes and (not self.truth.is_active(handset.device) or handset.device in self.truth.refused):
            notes.remove(SHUT_OUT)
        if notes := {note for note in notes if not doubt.may_say(self, handset, note)}:
            raise Violation("nobody_is_accused", f"phone {handset.slot} says: {notes}")

    def digest(self) -> str:
        """The run in one hash: equal for equal seeds, whatever the machine."""
        lines = [*self.trace]
        for handset in self.living:
            heads = handset.query("SELECT name, position, hex(head) FROM logs ORDER BY log")
            lines.append(f"{handset.slot} {heads}")
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def copy_from(self, folder: Path) -> None:
        """The phones that stand in `folder`, as they are there."""
        for phone in sorted(folder.glob("phone-*")):
            shutil.copytree(phone, self.folder / phone.name)
            self.adopt(int(phone.name.removeprefix("phone-")))
