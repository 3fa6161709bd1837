"""Nicknames that a supporter keeps for a time to remember whom a follow-up is with (`followup_handle`).

They never sync and stand in no export. They lie beside the keystore, which no backup holds, under a key in the
database: neither a copy of the one nor of the other has them. Each deletes itself within 30 days.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crypto.errors import CryptoError
from crypto.public.encoding import decode, encode
from crypto.public.randomness import Randomness
from crypto.secret import body
from device.days import SECONDS, server_day
from device.vault import Vault, VaultFull
from device.view import View
from schemas.records import Sentence
from schemas.records.formats import is_printable

DAYS = 30
LENGTH = 30
SLACK = 3_600
"""Seconds by which a clock may be set back without a suspicion: it is corrected all the time."""
_KEY, _CONTEXT = "handles_key", b"handles"


class HandleWrong(ValueError):
    """What was given is no nickname, or its days are out of bounds; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Handle:
    """`given`, `until`: seconds since 1970."""

    nickname: str
    given: int
    until: int


class Handles:
    """The nicknames on one phone, a contact each. `clock`: seconds since 1970. Every method deletes what is over."""

    def __init__(self, vault: Vault, clock: Callable[[], float], randomness: Randomness) -> None:
        self._vault = vault
        self._clock = clock
        self._randomness = randomness

    def all(self, view: View) -> Mapping[bytes, Handle]:
        """Contact -> its nickname."""
        return self.sweep(view)

    def give(self, view: View, contact: bytes, nickname: str, days: int = DAYS) -> Handle:
        """Keep a nickname for a contact, in the place of an earlier one. Raises HandleWrong."""
        kept = dict(self.sweep(view))
        now = self._now()
        made = Handle(_checked(nickname), now, now + days * SECONDS)
        if not 1 <= days <= DAYS:
            raise HandleWrong(Sentence("why_nickname_days", days=DAYS))
        found = view.record(contact)
        if found is None or found.type != "contact":
            raise HandleWrong(Sentence("why_nickname_contact"))
        self._keep({**kept, contact: made}, now)
        return made

    def forget(self, view: View, contact: bytes) -> bool:
        """Delete the nickname of a contact now; whether there was one."""
        kept = dict(self.sweep(view))
        gone = kept.pop(contact, None)
        if gone is not None:
            self._keep(kept, self._now())
        return gone is not None

    def sweep(self, view: View) -> Mapping[bytes, Handle]:
        """Delete what is over, and the nicknames of contacts that are gone; what is left.

        A clock that was set back would let them live on, so then all go, and so do those that a wrong clock gave
        in what is now the future. One that was set ahead deletes them early.
        """
        seen, kept = self._read()
        if not kept:
            return {}
        now = self._now()
        back = now < seen - SLACK
        left = {
            contact: one
            for contact, one in kept.items()
            if not back
            and one.given - SLACK <= now < min(one.until, one.given + DAYS * SECONDS)
            # A phone that was put back from a backup may not have the contact any more.
            and view.record(contact) is not None
        }
        if left == kept and now < seen + SLACK:
            return left
        try:
            self._keep(left, max(now, seen))
        except VaultFull:
            # What is over goes in any case; what is not goes along only if there is no room to write it anew.
            if left != kept:
                self._vault.keep_apart(None)
                return {}
        return left

    def _now(self) -> int:
        """The later one of this phone's clock and the last day that the server has signed."""
        said = server_day(self._vault.read())
        return max(int(self._clock()), 0 if said is None else said * SECONDS)

    def _read(self) -> tuple[int, dict[bytes, Handle]]:
        """When it was last looked at, and what was kept. What does not open, or says nothing, is nothing."""
        sealed, key = self._vault.read_apart(), self._key()
        if sealed is None or key is None:
            return 0, {}
        try:
            content: Any = decode(body.open(key, _CONTEXT, sealed))
            seen, rows = content
            return int(seen), {
                bytes(contact): Handle(nickname, given, until) for contact, nickname, given, until in rows
            }
        except (CryptoError, TypeError, ValueError):
            return 0, {}

    def _keep(self, kept: Mapping[bytes, Handle], seen: int) -> None:
        if not kept:
            self._vault.keep_apart(None)
            return
        rows = [[contact, one.nickname, one.given, one.until] for contact, one in sorted(kept.items())]
        key = self._key() or self._new_key()
        self._vault.keep_apart(body.seal(key, self._randomness(body.SALT_SIZE), _CONTEXT, encode([seen, rows])))

    def _key(self) -> bytes | None:
        row = self._vault.read().execute("SELECT value FROM meta WHERE key = ?", (_KEY,)).fetchone()
        return None if row is None else bytes(row[0])

    def _new_key(self) -> bytes:
        key = self._randomness(32)
        with self._vault.write() as connection:
            connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", (_KEY, key))
        return key


def _checked(nickname: str) -> str:
    """Raises HandleWrong."""
    found = nickname.strip()
    if not 0 < len(found) <= LENGTH or not is_printable(found):
        raise HandleWrong(Sentence("why_nickname_length", most=LENGTH))
    # Who finds the phone unlocked must not find a way to the person as well.
    if "@" in found or sum(char.isdigit() for char in found) > 3:
        raise HandleWrong(Sentence("why_nickname_tells"))
    return found
