"""Bodies of roster statements (docs/protocol/4-roster.md): one frozen dataclass and one shape a kind."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

from crypto.public.encoding import encode
from sync.errors import Refused
from sync.log import Cursor
from sync.shape import array, boolean, integer, octets, text
from sync.statement import COSIGNATURE, Cosignature, Parts, Statement
from sync.statistics import Aggregator, ClosePeriod, Offer, Open, Task

ROLES = ("member", "lead", "link", "recovery")
SPACES = ("personal", "commons", "leads")

DEVICE = array(octets(32), octets(32))
POLICY = array(integer(), integer(), integer())
LAST = octets(32), octets(32), octets(32)
MOST_LAST = 1_024


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """A device as a statement names it: signing key, hash of its HPKE key."""

    signing_key: bytes
    hpke_hash: bytes

    def as_array(self) -> list[Any]:
        return [self.signing_key, self.hpke_hash]


@dataclass(frozen=True, slots=True)
class Policy:
    """What `apply` enforces: minimum suite, retentions in days."""

    minimum_suite: int = 1
    contact_days: int = 180
    check_in_days: int = 730

    def as_array(self) -> list[Any]:
        return [self.minimum_suite, self.contact_days, self.check_in_days]


@dataclass(frozen=True, slots=True)
class Found(Statement):
    kind = "found"
    shape = array(
        integer(),
        integer(),
        octets(32),
        text(1, 200),
        octets(32),
        octets(16),
        DEVICE,
        octets(32),
        array(octets(32), octets(32), octets(32)),
        octets(32),
        POLICY,
        COSIGNATURE,
    )
    parts: ClassVar[Parts] = {
        "device": lambda value: DeviceKeys(*value),
        "commitments": tuple,
        "policy": lambda value: Policy(*value),
    }

    rules: int
    random: bytes
    address: str
    server_key: bytes
    account: bytes
    device: DeviceKeys
    member_key_hash: bytes
    commitments: tuple[bytes, bytes, bytes]
    inbox_hash: bytes
    policy: Policy
    cosignature: Cosignature | None = None


@dataclass(frozen=True, slots=True)
class Invite(Statement):
    kind = "invite"
    shape = array(
        integer(),
        text(of=ROLES),
        octets(0, 16),
        octets(32),
        octets(32),
        integer(),
        integer(),
        octets(32),
        octets(64),
        COSIGNATURE,
    )

    role: str
    account: bytes
    signing_key: bytes
    hpke_hash: bytes
    uses: int
    last_day: int
    server_key: bytes
    counter_signature: bytes
    cosignature: Cosignature | None = None

    def counter_message(self, programme: bytes, seen: Cursor) -> bytes:
        """What the invite's own key signs, context `invite`: whoever uses the secret demands exactly this."""
        return encode(
            [
                programme,
                self.account,
                self.role,
                self.kind,
                self.uses,
                self.last_day,
                self.signing_key,
                self.hpke_hash,
                seen.as_array(),
                self.server_key,
            ]
        )


@dataclass(frozen=True, slots=True)
class Join(Statement):
    kind = "join"
    shape = array(
        integer(),
        text(of=ROLES),
        octets(32),
        octets(16),
        DEVICE,
        octets(0, 32),
        octets(0, 32),
        octets(64),
        COSIGNATURE,
    )
    parts: ClassVar[Parts] = {"device": lambda value: DeviceKeys(*value)}

    role: str
    invite: bytes
    account: bytes
    device: DeviceKeys
    member_key_hash: bytes
    commitment: bytes
    invite_signature: bytes
    cosignature: Cosignature | None = None

    def join_message(self, programme: bytes, seen: Cursor) -> bytes:
        """What the invite's key signs, context `join`."""
        return encode(
            [
                programme,
                self.invite,
                self.account,
                self.device.as_array(),
                self.member_key_hash,
                self.commitment,
                seen.as_array(),
            ]
        )


@dataclass(frozen=True, slots=True)
class Rotate(Statement):
    kind = "rotate"
    strict = True
    shape = array(
        integer(),
        text(of=SPACES),
        octets(0, 16),
        integer(),
        octets(32),
        octets(48),
        octets(0, 32),
        COSIGNATURE,
    )

    space: str
    account: bytes
    epoch: int
    commitment: bytes
    sealed_previous: bytes
    inbox_hash: bytes
    cosignature: Cosignature | None = None


@dataclass(frozen=True, slots=True)
class SetPolicy(Statement):
    kind = "policy"
    strict = True
    shape = array(integer(), POLICY, COSIGNATURE)
    parts: ClassVar[Parts] = {"policy": lambda value: Policy(*value)}

    policy: Policy
    cosignature: Cosignature | None = None


@dataclass(frozen=True, slots=True)
class CloseInvite(Statement):
    kind = "close_invite"
    strict = True
    shape = array(integer(), octets(32), COSIGNATURE)

    invite: bytes
    cosignature: Cosignature | None = None


@dataclass(frozen=True, slots=True)
class Announce(Statement):
    kind = "announce"
    shape = array(integer(), integer(1), COSIGNATURE)

    rules: int
    cosignature: Cosignature | None = None


Last = tuple[tuple[bytes, bytes, bytes], ...]
"""(device id, log id, last accepted leaf) by which a departure says what it lets stand; ascending, each pair once."""


def last_leaves(value: Any) -> bool:
    """Shape of `last`: entries of three, strictly ascending by device and log."""
    entry = array(*LAST)
    if type(value) is not list or len(value) > MOST_LAST or not all(entry(one) for one in value):
        return False
    keys = [(one[0], one[1]) for one in value]
    return all(earlier < later for earlier, later in pairwise(keys))


def to_last(value: list[list[bytes]]) -> Last:
    return tuple((device, log, leaf) for device, log, leaf in value)


@dataclass(frozen=True, slots=True)
class Revoke(Statement):
    kind = "revoke"
    strict = True
    shape = array(
        integer(), octets(32), integer(), last_leaves, integer(), octets(32), octets(48), octets(32), COSIGNATURE
    )
    parts: ClassVar[Parts] = {"last": to_last}

    device: bytes
    since: int
    last: Last
    epoch: int
    commitment: bytes
    sealed_previous: bytes
    member_key_hash: bytes
    cosignature: Cosignature | None = None


@dataclass(frozen=True, slots=True)
class Remove(Statement):
    kind = "remove"
    strict = True
    shape = array(integer(), octets(16), last_leaves, COSIGNATURE)
    parts: ClassVar[Parts] = {"last": to_last}

    account: bytes
    last: Last
    cosignature: Cosignature | None = None


@dataclass(frozen=True, slots=True)
class SetRules(Statement):
    kind = "rules"
    strict = True
    shape = array(integer(), integer(1), COSIGNATURE)

    version: int
    cosignature: Cosignature | None = None


@dataclass(frozen=True, slots=True)
class SetServer(Statement):
    """`one_organisation`: the server is run by the organisation of the leads."""

    kind = "server"
    strict = True
    shape = array(integer(), octets(32), text(1, 200), boolean(), COSIGNATURE)

    server_key: bytes
    address: str
    one_organisation: bool = False
    cosignature: Cosignature | None = None


@dataclass(frozen=True, slots=True)
class Restored(Statement):
    kind = "restored"
    strict = True
    shape = array(integer(), COSIGNATURE)

    cosignature: Cosignature | None = None


KINDS: dict[str, type[Statement]] = {
    kind.kind: kind
    for kind in (
        Found,
        Invite,
        Join,
        Rotate,
        SetPolicy,
        CloseInvite,
        Announce,
        Revoke,
        Remove,
        SetRules,
        SetServer,
        Restored,
        Task,
        Aggregator,
        Offer,
        Open,
        ClosePeriod,
    )
}


def decode_statement(kind: str, body: bytes) -> Statement:
    """Raises Refused `entry-malformed`."""
    if kind not in KINDS:
        raise Refused("entry-malformed", "this is no kind of roster statement")
    return KINDS[kind].decode(body)
