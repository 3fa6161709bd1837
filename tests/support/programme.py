"""A programme in memory: its roster, which stands for the server's, its spaces, and all their keys.

Whatever lands here was judged by `sync` as a server judges it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from crypto.public.ids import body_hash
from crypto.public.randomness import Randomness
from crypto.public.signing import SigningKey
from crypto.secret.epoch import wrap
from crypto.secret.hpke import HpkeKey
from sync.erasure import Leaves
from sync.log import SUITE, Chain, Cursor, Entry, Header
from sync.readers import WrapKey, keys_called_for, readers, wraps_called_for
from sync.roster import apply
from sync.state import RosterState
from sync.statement import Statement
from sync.witness import check_entry
from tests.support.people import Phone

FIRST_DAY = 20_000


@dataclass
class Space:
    """A space as its server has it: `heads[n]` is head(n)."""

    chain: Chain
    heads: list[bytes]
    entries: list[Entry] = field(default_factory=list)
    leaves: Leaves = field(default_factory=Leaves)

    def head_at(self, position: int) -> bytes | None:
        return self.heads[position] if 0 <= position < len(self.heads) else None


@dataclass
class Programme:
    """A programme. `states[n]` is the roster after `entries[:n]`; `epoch_keys[log][n - 1]` is the key of epoch n."""

    randomness: Randomness
    server: SigningKey
    lead: Phone
    states: list[RosterState]
    day: int = FIRST_DAY
    entries: list[Entry] = field(default_factory=list)
    epoch_keys: dict[bytes, list[bytes]] = field(default_factory=dict)
    hpke_keys: dict[bytes, bytes] = field(default_factory=dict)
    spaces: dict[bytes, Space] = field(default_factory=dict)

    # What everybody sees.

    @property
    def state(self) -> RosterState:
        return self.states[-1]

    @property
    def programme(self) -> bytes:
        return self.state.programme

    def log(self, name: str, phone: Phone | None = None) -> bytes:
        """Log id of a space; `phone`: whose, for `personal`."""
        return self.state.space_log(name, phone.account if name == "personal" and phone else b"")

    def space(self, log: bytes) -> Space:
        start = Chain.start(self.programme, log)
        return self.spaces.setdefault(log, Space(start, [start.head]))

    # Building, judging and landing entries.

    def draft(self, phone: Phone, statement: Statement, *, seen: Cursor | None = None, **changed: Any) -> Entry:
        """A roster entry, signed by the phone. `changed`: header fields that differ from the honest ones."""
        seen, author = seen or self.state.chain.cursor, self.state.chain.author(phone.id)
        body = statement.encode()
        header = Header(
            SUITE,
            self.programme,
            phone.id,
            author.sequence + 1,
            statement.kind,
            0,
            body_hash(body),
            seen,
            seen,
            author.leaf,
        )
        return Entry.sign(replace(header, **changed), body, phone.signing)

    def judge(self, entry: Entry) -> RosterState:
        """The state after the entry; raises Refused. Nothing is landed."""
        return apply(self.state, entry)

    def push(self, entry: Entry) -> Entry:
        """Land the entry, or raise Refused."""
        self.states.append(self.judge(entry))
        self.entries.append(entry)
        return entry

    def judge_sealed(self, entry: Entry, *, new: bool = True) -> Chain:
        space = self.space(entry.header.log)
        return check_entry(self.state, space.chain, entry, space.head_at, space.leaves, new=new)

    def land(self, entry: Entry) -> Entry:
        chain = self.judge_sealed(entry)
        space = self.space(entry.header.log)
        space.chain = chain
        space.heads.append(chain.head)
        space.entries.append(entry)
        space.leaves.add(chain.position, entry)
        return entry

    # Rows that travel with statements (docs/protocol/6-sync.md).

    def remember(self, *keys: HpkeKey) -> None:
        self.hpke_keys |= {key.hash: key.public for key in keys}

    def keys_for(self, pushed: Iterable[Entry]) -> list[bytes]:
        """HPKE keys that must travel with these entries."""
        return [self.hpke_keys[hash_] for hash_ in sorted(keys_called_for(pushed))]

    def wraps_for(self, pushed: Iterable[Entry]) -> list[tuple[WrapKey, bytes]]:
        """Wraps that must travel with these entries, which are landed already."""
        called = sorted(wraps_called_for(self.state, pushed))
        return [(key, self.wrap(*key)) for key in called]

    def wrap(self, log: bytes, epoch: int, reader: bytes) -> bytes:
        public = self.hpke_keys[readers(self.state, log)[reader]]
        return wrap(self.epoch_keys[log][epoch - 1], self.programme, log, epoch, reader, public)
