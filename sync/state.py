"""What the roster says, as persistent values: accounts, devices, invites, spaces."""

from dataclasses import dataclass, field

from immutables import Map

from crypto.public.ids import genesis, log_id
from schemas.task import Task
from sync.log import Chain
from sync.statements import Policy

FIRST_RULES = 1
"""The version under which programmes are founded. Later ones begin with it, too: they read what was founded before."""
RULES = 1
"""The rules version this code implements."""


@dataclass(frozen=True, slots=True)
class Account:
    """`joined`, `joined_on`: position and roster time of its join; `devices`: its active devices in order of enrolment;
    `device_days`: days of its latest device statements.
    """

    role: str
    member_key_hash: bytes
    joined: int
    joined_on: int
    devices: tuple[bytes, ...]
    device_days: tuple[int, ...] = ()

    @property
    def is_lead(self) -> bool:
        return self.role == "lead"


@dataclass(frozen=True, slots=True)
class Device:
    """`enrolled`: position of the enrolling statement; `invite`: the invite it came by, zeros for the founder."""

    account: bytes
    signing_key: bytes
    hpke_hash: bytes
    enrolled: int
    invite: bytes
    rules: int = FIRST_RULES


@dataclass(frozen=True, slots=True)
class InviteRecord:
    """`uses` left (unused for recovery codes); `author`, `device`: account and device that made it; `closing`: the
    roster time from which it is closed.
    """

    role: str
    account: bytes
    signing_key: bytes
    hpke_hash: bytes
    uses: int
    last_day: int
    position: int
    author: bytes
    device: bytes
    closing: int | None = None

    def is_open(self, time: int) -> bool:
        if self.closing is not None and time >= self.closing:
            return False
        return self.role == "recovery" or (self.uses > 0 and time <= self.last_day)


@dataclass(frozen=True, slots=True)
class Former:
    """A device that was revoked, or whose account was removed, by the statement at `position`.

    `by`: the device that signed it; `cosigned`: by a recovery code too; `accepted`: log -> the last leaf of this
    device that stands (none: nothing of it); what else it wrote may be void (`sync.void`).
    """

    device: Device
    position: int
    by: bytes
    cosigned: bool
    accepted: Map[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Departure:
    """An account that was removed, at this position and roster time."""

    account: Account
    position: int
    time: int


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch of a space, as its statement at roster position `since` fixed it."""

    since: int
    commitment: bytes
    sealed_previous: bytes = b""
    inbox_hash: bytes = b""


@dataclass(frozen=True, slots=True)
class Space:
    """A space and all its epochs; epoch n is `epochs[n - 1]`."""

    name: str
    account: bytes
    epochs: tuple[Epoch, ...]

    @property
    def epoch(self) -> int:
        return len(self.epochs)

    @property
    def current(self) -> Epoch:
        return self.epochs[-1]

    def epoch_at(self, position: int) -> int:
        """The epoch that was current at a roster position; 0 before the space existed."""
        return sum(1 for epoch in self.epochs if epoch.since <= position)


@dataclass(frozen=True, slots=True)
class Offered:
    """A device's offer to take shares under a key. `last_day`, `needed_until`: roster times up to which it may be named
    in an `open`, and shares are sealed to it; `opening`: the one that it serves.
    """

    task: bytes
    period: int
    hpke_hash: bytes
    device: bytes
    account: bytes
    last_day: int
    needed_until: int
    opening: bytes = b""

    def is_open(self, time: int) -> bool:
        return not self.opening and time <= self.last_day


@dataclass(frozen=True, slots=True)
class Opening:
    """A period of a task, opened at `position`. `ended`: position of the opening that took its place; `closed`: leaf of
    its `close_period`, whose hash of the receipts is `accepted`.
    """

    task: bytes
    period: int
    offers: tuple[bytes, ...]
    commitment: bytes
    position: int
    ended: int | None = None
    closed: bytes | None = None
    accepted: bytes = b""


@dataclass(frozen=True, slots=True)
class RosterState:
    """The roster up to `chain.position`. Maps are persistent: keeping an old state costs nothing.

    `one_organisation`: a lead has stated that the leads' organisation runs the server, too. `accounts`, `devices`: the
    active ones; `former`, `departed`: those that were. `commons_due`, `leads_due`: roster time of the first departure
    that the key of that space does not shut out yet. `restored`: position of the last such statement. `used_keys`:
    every signing key and member key hash ever named, with the position, so that none is enrolled twice. `opened`:
    invites not yet known to be closed, by account (empty for member and lead invites).
    `tasks`, `offers`, `openings`: by the leaves of their statements; `aggregators`: accounts, with the position since
    which they are; `offered`: offers not yet known to be used or over, by account; `years`: openings by the calendar
    year of their periods.
    """

    programme: bytes
    chain: Chain
    heads: Map[int, bytes]
    time: int = 0
    rules: int = 0
    policy: Policy = field(default_factory=Policy)
    server_key: bytes = b""
    address: str = ""
    one_organisation: bool = False
    accounts: Map[bytes, Account] = field(default_factory=Map)
    devices: Map[bytes, Device] = field(default_factory=Map)
    invites: Map[bytes, InviteRecord] = field(default_factory=Map)
    spaces: Map[bytes, Space] = field(default_factory=Map)
    former: Map[bytes, Former] = field(default_factory=Map)
    departed: Map[bytes, Departure] = field(default_factory=Map)
    commons_due: int | None = None
    leads_due: int | None = None
    restored: int = 0
    leads: frozenset[bytes] = frozenset()
    used_keys: Map[bytes, int] = field(default_factory=Map)
    opened: Map[bytes, frozenset[bytes]] = field(default_factory=Map)
    tasks: Map[bytes, Task] = field(default_factory=Map)
    aggregators: Map[bytes, int] = field(default_factory=Map)
    offers: Map[bytes, Offered] = field(default_factory=Map)
    offered: Map[bytes, tuple[bytes, ...]] = field(default_factory=Map)
    openings: Map[bytes, Opening] = field(default_factory=Map)
    years: Map[int, tuple[bytes, ...]] = field(default_factory=Map)

    @staticmethod
    def start(programme: bytes) -> "RosterState":
        """The state before the founding statement."""
        return RosterState(programme, Chain.start(programme, programme), Map({0: genesis(programme, programme)}))

    def head_at(self, position: int) -> bytes | None:
        return self.heads.get(position)

    def space_log(self, name: str, account: bytes = b"") -> bytes:
        """Log id of a space of this programme."""
        return log_id(self.programme, name, account or None)

    def account_of(self, device: bytes) -> Account | None:
        """The account of an active device."""
        record = self.devices.get(device)
        return None if record is None else self.accounts[record.account]

    def known_device(self, device: bytes) -> Device | None:
        """A device of the past or present."""
        former = self.former.get(device)
        return former.device if former is not None else self.devices.get(device)

    def was_active(self, device: bytes, position: int) -> bool:
        """Whether an enrolled device had not left yet at a roster position."""
        former = self.former.get(device)
        return former is None or position < former.position

    def was_lead(self, account: bytes) -> bool:
        """Whether an account, active or departed, has or had the role of a lead; roles never change."""
        departure = self.departed.get(account)
        return account in self.leads or (departure is not None and departure.account.is_lead)

    def open_invites(self, *roles: str, account: bytes = b"") -> dict[bytes, InviteRecord]:
        """Open invites of these roles: of one account (link, recovery) or, without, of the programme (member, lead)."""
        found = ((id_, self.invites[id_]) for id_ in self.opened.get(account, frozenset()))
        return {id_: invite for id_, invite in sorted(found) if invite.role in roles and invite.is_open(self.time)}
