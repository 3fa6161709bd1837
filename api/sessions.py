"""Live sessions, in memory only: the hash of a token, whose it is, and the minute it ends."""

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from threading import Lock

from crypto.public.randomness import Randomness
from store.errors import Overloaded
from sync.errors import Refused

MOST_SESSIONS = 100_000


@dataclass(frozen=True, slots=True)
class Session:
    """Who may ask; whether the principal is still active is judged at every request."""

    programme: bytes
    principal: bytes
    expiry_minute: int


class Sessions:
    """A stolen token reads ciphertext for minutes; a stolen table of hashes opens nothing."""

    def __init__(self, clock: Callable[[], float], randomness: Randomness, *, seconds: int, per_principal: int) -> None:
        self._clock = clock
        self._randomness = randomness
        self._minutes = ceil(seconds / 60)
        self._per_principal = per_principal
        # In the order of opening, which is the order of expiry, since all live equally long.
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()
        self._open: Counter[bytes] = Counter()
        self._lock = Lock()

    def open(self, programme: bytes, principal: bytes) -> bytes:
        """A token (32 bytes). Raises Refused `too-many-requests`, Overloaded."""
        minute = int(self._clock() // 60)
        token = self._randomness(32)
        with self._lock:
            self._expire(minute)
            if self._open[principal] >= self._per_principal:
                raise Refused("too-many-requests", "this principal has many sessions open already")
            if len(self._sessions) >= MOST_SESSIONS:
                raise Overloaded("too many sessions are open")
            self._open[principal] += 1
            self._sessions[sha256(token).digest()] = Session(programme, principal, minute + self._minutes)
        return token

    def find(self, token: bytes) -> Session:
        """The session of a token. Raises Refused `session-required` for any other bytes, and after its last minute."""
        session = self._sessions.get(sha256(token).digest())
        if session is None or session.expiry_minute < int(self._clock() // 60):
            raise Refused("session-required", "the token is unknown or its session is over")
        return session

    def _expire(self, minute: int) -> None:
        while self._sessions:
            token, session = next(iter(self._sessions.items()))
            if session.expiry_minute >= minute:
                return
            del self._sessions[token]
            self._open[session.principal] -= 1
            if not self._open[session.principal]:
                del self._open[session.principal]
