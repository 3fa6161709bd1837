"""What crossed the wire, by what it is."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from conformance.wire import Call
from schemas import wire
from sync.log import Cursor, Entry
from sync.statements import Join


@dataclass
class Crossed:
    """`logs`: every log whole, in order. All else, and `fresh`, is of one chapter: (log, position) of what landed."""

    logs: dict[bytes, list[Entry]] = field(default_factory=dict)
    fresh: list[tuple[bytes, int]] = field(default_factory=list)
    sessions: list[wire.SessionRequest] = field(default_factory=list)
    answers: list[tuple[wire.SyncRequest, wire.SyncAnswer]] = field(default_factory=list)
    wraps: list[wire.Wrap] = field(default_factory=list)
    names: list[tuple[bytes, Join]] = field(default_factory=list)

    def chapter(self) -> None:
        """What follows is of another chapter."""
        self.fresh, self.sessions, self.answers, self.wraps, self.names = [], [], [], [], []

    def take(self, calls: Iterable[Call]) -> None:
        for call in calls:
            if call.status >= 400:
                continue
            match call.path:
                case "/v1/sessions":
                    self.sessions.append(wire.SessionRequest.model_validate(call.request))
                case "/v1/programmes":
                    self._founding(
                        wire.FoundingRequest.model_validate(call.request),
                        wire.FoundingAnswer.model_validate(call.answer),
                    )
                case "/v1/sync":
                    self._sync(
                        wire.SyncRequest.model_validate(call.request), wire.SyncAnswer.model_validate(call.answer)
                    )

    def _founding(self, asked: wire.FoundingRequest, answer: wire.FoundingAnswer) -> None:
        one = asked.entry
        self._land(answer.programme, 1, Entry(one.header, one.signature, one.body))
        self.wraps += asked.wraps

    def _sync(self, asked: wire.SyncRequest, answer: wire.SyncAnswer) -> None:
        self.answers.append((asked, answer))
        self.wraps += asked.wraps
        for log, got in zip(asked.logs, answer.logs, strict=True):
            placed = {one.sequence: one.position for one in got.accepted}
            for one in log.entries:
                entry = Entry(one.header, one.signature, one.body)
                position = placed.get(entry.header.sequence)
                if position is not None:
                    self._land(log.log, position, entry)
                if asked.name is not None and entry.header.kind == Join.kind:
                    self.names.append((asked.name, Join.decode(entry.check_body())))

    def _land(self, log: bytes, position: int, entry: Entry) -> None:
        """A push that is repeated lands once."""
        entries = self.logs.setdefault(log, [])
        if position == len(entries) + 1:
            entries.append(entry)
            self.fresh.append((log, position))

    def before(self, log: bytes, position: int) -> list[Entry]:
        return self.logs.get(log, [])[: position - 1]


def as_pair(cursor: wire.Cursor) -> list[object]:
    return Cursor(cursor.position, cursor.head).as_array()
