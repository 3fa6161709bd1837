"""The one signer of this phone: numbers, flushes, statements. What it signs is in the outbox before anything leaves."""

from collections.abc import Callable, Sequence
from typing import Any

from crypto.public.encoding import decode, encode
from crypto.public.ids import log_id
from crypto.public.randomness import Randomness
from device import landing, outbox, reauthoring
from device.days import calendar_day, today
from device.identity import Identity
from device.keyring import held_key
from device.ledger import Ledger
from device.member_key import stage_next
from device.outbox import NO_ROWS, Rows
from device.vault import Vault
from schemas.records import Sentence
from sync.device.author import Place, plaintexts, seal_entry, state_entry
from sync.device.changes import Group
from sync.erasure import Erasing
from sync.log import Cursor, Entry
from sync.space import READS_AFTER_REMOVAL
from sync.state import RULES, RosterState
from sync.statement import Statement


class CannotSign(Exception):
    """This phone may sign nothing: restored from a backup, cloned or revoked, until it is linked or recovered anew."""


class Writer:
    """Signs for one identity; `ledger` is shared with the engine that grows it."""

    def __init__(
        self,
        vault: Vault,
        identity: Identity,
        ledger: Ledger,
        clock: Callable[[], float],
        randomness: Randomness,
    ) -> None:
        self.vault = vault
        self.identity = identity
        self.ledger = ledger
        self.clock = clock
        self.randomness = randomness

    @property
    def personal(self) -> bytes:
        return log_id(self.identity.programme, "personal", self.identity.account)

    def day(self) -> int:
        return today(self.vault.read(), self.clock())

    @property
    def silenced(self) -> str:
        """Why this phone may sign nothing, in a sentence; empty if it may."""
        return self.barred or self.outdated

    @property
    def barred(self) -> str:
        """Why these keys may sign nothing any more, in a sentence; new ones, of a link or code, may."""
        if self.vault.restored:
            return Sentence("note_restored_phone")
        if self.vault.read().execute("SELECT 1 FROM meta WHERE key = 'cloned'").fetchone():
            return Sentence("note_cloned")
        return self._gone()

    def _gone(self) -> str:
        """That this phone, or its account, is in the roster no more; empty if it is, or before it ever was."""
        roster, device = self.ledger.roster, self.identity.device
        if roster is None or device not in roster.former:
            return ""
        departure = roster.departed.get(self.identity.account)
        if departure is None:
            return Sentence("note_revoked")
        until = calendar_day(departure.time + READS_AFTER_REMOVAL)
        return Sentence("note_left", day=until)

    @property
    def outdated(self) -> str:
        """That the programme's rules are above this program's; forgotten by an updated one."""
        row = self.vault.read().execute("SELECT value FROM meta WHERE key = 'rules_met'").fetchone()
        met = 0 if row is None else decode(row[0])
        newer = isinstance(met, int) and met > RULES
        return Sentence("note_outdated") if newer else ""

    def mark_outdated(self, connection: Any, version: int) -> None:
        """Rules above this program's were met: it writes nothing more under them."""
        connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('rules_met', ?)", (encode(version),))

    def check_may_sign(self) -> None:
        """Raises CannotSign: two copies of one phone would sign one number twice."""
        if self.silenced:
            raise CannotSign(self.silenced)

    def mark_cloned(self, connection: Any) -> None:
        """Another copy of this phone is known to write: nothing more is signed here, whatever comes."""
        connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('cloned', ?)", (b"\x01",))

    def place(self, connection: Any, log: bytes) -> Place:
        """Where this phone's next entry in a log stands: behind the outbox, and behind all it ever signed there."""
        self.check_may_sign()
        programme = self.identity.programme
        chain = self.ledger.chain(programme, log)
        author = chain.author(self.identity.device)
        behind = outbox.last(connection, log)
        roster = self.ledger.roster or RosterState.start(programme)
        return Place(
            log,
            self.identity.device,
            max(author.sequence, outbox.last_signed(connection, log)) + 1,
            behind.leaf if behind else author.leaf,
            chain.cursor,
            roster.chain.cursor,
        )

    def state(self, connection: Any, statement: Statement, rows: Rows) -> Entry:
        """Sign a roster statement into the outbox, in the caller's transaction."""
        entry = state_entry(self.place(connection, self.identity.programme), statement, self.identity.signing)
        outbox.put(connection, entry, rows)
        return entry

    def flush(self, connection: Any, log: bytes, *, empty: bool = False, rows: Rows = NO_ROWS) -> int:
        """Seal all pending changes of a space into the outbox, in the caller's transaction; `empty` also none at all.

        Returns the number of entries. A space whose current key is not here yet keeps its changes pending.
        """
        roster = self.ledger.roster
        if roster is None or log not in roster.spaces:
            return 0
        epoch = roster.spaces[log].epoch
        key = held_key(connection, roster, log, epoch)
        if key is None:
            return 0
        if log == self.personal:
            stage_next(connection, roster, self.identity.account, log)
        made = 0
        while (again := reauthoring.take_again(connection, log)).groups:
            made, last = self._seal(connection, log, epoch, key, again.groups, rows if not made else NO_ROWS, made)
            reauthoring.mark_again(connection, again, last)
        while (groups := landing.take_pending(connection, log, outbox.next_stamp(connection, log))) or (
            empty and not made
        ):
            made, last = self._seal(connection, log, epoch, key, groups, rows if not made else NO_ROWS, made)
            if groups:
                landing.mark_flushed(connection, log, last, groups[0].stamp)
        return made

    def tidy(
        self, connection: Any, log: bytes, repacked: Sequence[bytes], erasing: Callable[[Cursor], Erasing] | None = None
    ) -> None:
        """Seal the plaintexts of a repack and sign what follows them, in the caller's transaction.

        `erasing` is given the `seen` of its entry. Raises CannotSign, and KeyError without the space's current key.
        """
        roster, place = self.ledger.roster, self.place(connection, log)
        epoch = roster.spaces[log].epoch if roster is not None else 0
        key = held_key(connection, roster, log, epoch) if roster is not None else None
        for plaintext in repacked:
            if key is None:
                raise KeyError(log)
            entry = seal_entry(place, epoch, key, plaintext, self.identity.signing, self.randomness)
            outbox.put(connection, entry, tidying=True)
            place = place.after(entry)
        if erasing is not None:
            outbox.put(connection, state_entry(place, erasing(place.seen), self.identity.signing), tidying=True)

    def _seal(
        self, connection: Any, log: bytes, epoch: int, key: bytes, groups: Sequence[Group], rows: Rows, made: int
    ) -> tuple[int, int]:
        """Groups as one entry, or as several where one is too small: how many were `made` by now, the last number."""
        place = self.place(connection, log)
        for plaintext in plaintexts(max(0, int(self.clock())), groups):
            entry = seal_entry(place, epoch, key, plaintext, self.identity.signing, self.randomness)
            outbox.put(connection, entry, rows)
            place, rows, made = place.after(entry), NO_ROWS, made + 1
        return made, place.sequence - 1

    def reseal(self, connection: Any, log: bytes) -> None:
        """Burn the numbers of a space's waiting entries; their changes are sealed anew, with the stamps they had.

        A flush with nothing to say stays one: that it vanished would tell that it was empty. A repack and its erasure
        are dropped: what they say was decided upon another state of the log.
        """
        rows, burnt = NO_ROWS, False
        while batch := outbox.waiting(connection, log):
            burnt |= not all(one.tidying for one in batch)
            for one in batch:
                landing.unflush(connection, log, one.sequence)
                outbox.drop(connection, log, one.sequence)
                rows += one.rows
        self.flush(connection, log, empty=burnt, rows=rows)
