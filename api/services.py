"""What the routes share: made once by the composition root, handed to each of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from api.body import Flight
from api.challenges import Challenges
from api.defects import Defects
from api.sessions import Session, Sessions
from api.settings import SYNC_BYTES_IN_FLIGHT, Settings
from crypto.errors import EncodingError
from crypto.public.base64url import unb64
from crypto.public.signing import SigningKey
from store.mailbox.mailbox import Mailbox
from store.mailbox.sweep import sweep
from store.store import Store
from sync.errors import Refused

READING_THREADS = 4


@dataclass(frozen=True)
class Services:
    """`clock`: seconds since 1970, UTC; `readers`: threads for what blocks on the database."""

    settings: Settings
    store: Store
    mailbox: Mailbox
    sessions: Sessions
    challenges: Challenges
    key: SigningKey
    clock: Callable[[], float]
    defects: Defects = field(default_factory=Defects)
    flight: Flight = field(default_factory=lambda: Flight(SYNC_BYTES_IN_FLIGHT))
    readers: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(READING_THREADS, thread_name_prefix="hallway-reader")
    )

    @property
    def day(self) -> int:
        """Days since 1970-01-01, UTC."""
        return int(self.clock() // 86_400)

    def session(self, authorization: str) -> Session:
        """The session of an `Authorization` header. Raises Refused `session-required`."""
        scheme, _, token = authorization.partition(" ")
        try:
            return self.sessions.find(unb64(token.strip(), 32) if scheme.lower() == "bearer" else b"")
        except EncodingError:
            raise Refused("session-required", "the bearer token is not 32 bytes of base64url") from None

    def erase_due(self) -> None:
        """Erases all bodies that are due today, and reports that serve nothing any more.

        Blocks. Raises StorageFailed, Overloaded.
        """
        while self.store.erase_due(self.day).result():
            pass
        sweep(self.mailbox, self.store.state, self.day)
        # Last, since it may fail where the others do not: reports are to go all the same.
        self.store.vacuum()

    def close(self) -> None:
        """Finishes the writes that were accepted."""
        self.readers.shutdown()
        self.mailbox.close()
        self.store.close()
