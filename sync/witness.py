"""The witness log: what each account has verified, stated in clear once a month (docs/protocol/9-distrust.md).

It joins all members' views: whoever is shown another history shows there as a contradiction, or as a silence.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

from crypto.public.encoding import encode, u64
from crypto.public.hashing import H
from sync.errors import Refused
from sync.log import Chain, Cursor, Entry, Heads
from sync.shape import array, decode_array, integer, octets
from sync.space import check_author, check_space_entry, check_suite
from sync.state import RosterState

WITNESS = "witness"
READ_BACK = 90
"""Days that a client which begins to read may leave out, at most."""
SILENT_AFTER = 45
"""Days without a witness after which an account counts as silent."""

STATE = array(octets(32), integer(), octets(32))


def states(value: Any) -> bool:
    """Shape of `shared`: one or two of [log id, position, head], strictly ascending by log id."""
    if type(value) is not list or not 1 <= len(value) <= 2 or not all(STATE(one) for one in value):
        return False
    return all(earlier[0] < later[0] for earlier, later in pairwise(value))


BODY = array(integer(), octets(32), states, array())


@dataclass(frozen=True, slots=True)
class Witness:
    """Body of a witness. `digest`: of the author's personal log; `shared`: (log id, its state), by ascending id."""

    kind: ClassVar[str] = WITNESS

    day: int
    digest: bytes
    shared: tuple[tuple[bytes, Cursor], ...]

    def encode(self) -> bytes:
        return encode([self.day, self.digest, [[log, *at.as_array()] for log, at in self.shared], []])

    @staticmethod
    def decode(body: bytes) -> "Witness":
        """Raises Refused `entry-malformed`."""
        day, digest, shared, _ = decode_array(body, BODY, "witness")
        return Witness(day, digest, tuple((log, Cursor(position, head)) for log, position, head in shared))


def digest(position: int, head: bytes) -> bytes:
    """What a witness says of a personal log: nothing, to whoever does not hold that log."""
    return H("witness", u64(position), head)


def witness_log(roster: RosterState) -> bytes:
    return roster.space_log(WITNESS)


def check_entry(roster: RosterState, chain: Chain, entry: Entry, heads: Heads, *, new: bool) -> Chain:
    """The chain of any log but the roster with `entry`; raises Refused."""
    check = check_witness_entry if chain.log == witness_log(roster) else check_space_entry
    return check(roster, chain, entry, heads, new=new)


def check_witness_entry(roster: RosterState, chain: Chain, entry: Entry, heads: Heads, *, new: bool) -> Chain:
    """The witness log with `entry`, after every check that the log itself allows; raises Refused.

    `new` is the server accepting a push, which compares day and `shared` besides. A reader of history takes an entry
    whose `roster` has another head than its own: that is what the log is for, and `claims` has it.
    """
    header = entry.header
    if header.log != chain.log or chain.log != witness_log(roster):
        raise Refused("entry-malformed", "the header names another log")
    check_suite(roster, header)
    if header.kind != WITNESS or header.epoch != 0:
        raise Refused("entry-malformed", "the witness log holds `witness` entries of epoch 0")
    stated = Witness.decode(entry.check_body())
    check_author(roster, chain, entry, heads, new=new, one_roster=new)
    if {log for log, _ in stated.shared} != set(shared_logs(roster, header.device)):
        raise Refused("entry-malformed", "`shared` is not about the shared spaces that the author reads")
    return chain.extend(entry)


def shared_logs(roster: RosterState, device: bytes) -> list[bytes]:
    """The shared spaces that the account of a device, active or former, reads or read; ascending by log id."""
    known = roster.known_device(device)
    names = ("commons", "leads") if known is not None and roster.was_lead(known.account) else ("commons",)
    return sorted(roster.space_log(name) for name in names)


def claims(entry: Entry, programme: bytes) -> list[tuple[bytes, Cursor]]:
    """(log, state) of all that an entry of the witness log says was shown to its author, but for its own space."""
    return [(programme, entry.header.roster), *Witness.decode(entry.check_body()).shared]
