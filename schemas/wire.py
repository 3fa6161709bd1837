"""Requests and answers of docs/protocol/6-sync.md as frozen models: requests closed, answers open to later members."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from schemas.octets import (
    BodyBytes,
    Challenge,
    HeaderBytes,
    HpkeKey,
    Id16,
    Id32,
    SealedNameBytes,
    Signature,
    SlipBytes,
    StatementBytes,
    WrapBytes,
)

INTEGER_LIMIT = 2**53
MAX_LOGS = 16
MAX_ENTRIES = 64
MAX_KEYS = 128
MAX_WRAPS = 4096
MAX_TAKEN = 1024
MAX_HASHES = 1024
MAX_SLIPS = 4096
MIN_BUDGET, DEFAULT_BUDGET, MAX_BUDGET = 4096, 2_097_152, 8_388_608


def whole(value: object) -> object:
    """JSON has one kind of number: 1.0 is 1."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# A lax validator would read "1" and true as 1 too. Without the format, generated clients hold 32 bits.
LONG = {"format": "int64"}
Count = Annotated[int, Field(strict=True, ge=0, lt=INTEGER_LIMIT, json_schema_extra=LONG), BeforeValidator(whole)]
Ordinal = Annotated[int, Field(strict=True, ge=1, lt=INTEGER_LIMIT, json_schema_extra=LONG), BeforeValidator(whole)]
Budget = Annotated[int, Field(strict=True, ge=MIN_BUDGET, le=MAX_BUDGET), BeforeValidator(whole)]
Flag = Annotated[bool, Field(strict=True)]


class Wire(BaseModel):
    """An object on the wire. Unknown members are refused: a server must not guess what a client meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Open(Wire):
    """An object of an answer. Unknown members are ignored: an older phone must not stop at what a newer server adds."""

    model_config = ConfigDict(extra="ignore")


class Cursor(Wire):
    """A state of a log."""

    position: Count = Field(description="Number of entries of the log so far; 0 before the first.", examples=[7])
    head: Id32 = Field(description="Running hash of the log at this position.")


class Entry(Wire):
    """A signed entry as its author made it."""

    header: HeaderBytes = Field(description="Canonical encoding of the ten header fields.")
    body: BodyBytes | None = Field(
        description="Statement or sealed body, whose hash stands in the header; null in an offer, where it was erased."
    )
    signature: Signature = Field(description="Signature of the author's device over the header.")


class Wrap(Wire):
    """An epoch key of a space, sealed to one reader."""

    log: Id32 = Field(description="Log id of the space.")
    epoch: Ordinal = Field(description="Epoch of the key.", examples=[1])
    reader: Id32 = Field(description="Device id, invite id or hash of a member key.")
    wrap: WrapBytes = Field(description="HPKE message that holds the epoch key.")


class Head(Cursor, Open):
    """The last state of a log."""


class OwnWrap(Wrap, Open):
    """An epoch key of a space, sealed to the principal."""


class ChallengeAnswer(Open):
    """A challenge for opening a session."""

    challenge: Challenge = Field(description="Opaque; to be signed within 48 hours.")


class SessionRequest(Wire):
    """A signed challenge."""

    principal: Id32 = Field(description="Device id, or id of an open invite.")
    challenge: Challenge = Field(description="A challenge of this server.")
    signature: Signature = Field(description="By the principal's key over origin, challenge and principal.")


class SessionAnswer(Open):
    """A live session."""

    programme: Id32 = Field(description="The programme of the principal.")
    token: Id32 = Field(description="Bearer token of the session.")
    seconds: Ordinal = Field(description="Seconds that the token is good for.", examples=[900])
    challenge: Challenge = Field(description="For the next session.")


class Statement(Wire):
    """A signed roster entry as its author made it."""

    header: HeaderBytes = Field(description="Canonical encoding of the ten header fields.")
    body: StatementBytes = Field(description="The statement, whose hash stands in the header.")
    signature: Signature = Field(description="Signature of the author's device over the header.")


class FoundingRequest(Wire):
    """The first statement of a programme, with the operator's consent."""

    token: Id16 = Field(description="The operator's one-time token.")
    entry: Statement = Field(description="The `found` entry.")
    keys: list[HpkeKey] = Field(
        description="HPKE keys that the statement names: device, member key, inbox.", max_length=3
    )
    wraps: list[Wrap] = Field(description="personal to the device, commons and leads to the member key.", max_length=3)


class FoundingAnswer(Open):
    """A founded programme."""

    programme: Id32 = Field(description="Programme id, which is also the roster's log id.")
    head: Head = Field(description="The roster after its founding statement.")


class LogRequest(Wire):
    """One log of a sync request: what the client has of it, and what it adds."""

    log: Id32 = Field(description="Log id.")
    cursor: Cursor = Field(description="The state of the log that the client has verified.")
    entries: list[Entry] = Field(
        default=[], description="Entries to append, in the order of their numbers.", max_length=MAX_ENTRIES
    )
    own: Flag = Field(default=False, description="Send the asking device's own entries in full.", examples=[False])
    offer: Flag = Field(
        default=False,
        description="The entries are verified ones, of whatever author, that the server lacks above the cursor.",
        examples=[False],
    )


class SyncRequest(Wire):
    """Pushes and pulls, all logs at once."""

    challenge: Id32 = Field(description="Random bytes of the client, which the signed answer repeats.")
    budget: Budget = Field(
        default=DEFAULT_BUDGET,
        description="Bytes of entries that the client wants at most.",
        examples=[2_097_152],
    )
    logs: list[LogRequest] = Field(description="The logs asked for, each once.", min_length=1, max_length=MAX_LOGS)
    keys: list[HpkeKey] = Field(
        default=[], description="HPKE keys that the pushed statements name by hash.", max_length=MAX_KEYS
    )
    wraps: list[Wrap] = Field(default=[], description="Wraps that the pushed entries call for.", max_length=MAX_WRAPS)
    name: SealedNameBytes | None = Field(
        default=None, description="Sealed display name, with a `join` to role member or lead."
    )
    slip: SlipBytes | None = Field(
        default=None, description="Slip to the leads, with each sealed entry of the own `personal` space."
    )
    taken: list[Id16] = Field(
        default=[], description="Accounts whose names a lead has stored in `leads`.", max_length=MAX_TAKEN
    )


class Accepted(Open):
    """Where a pushed entry stands."""

    sequence: Ordinal = Field(description="The author's number of the entry.", examples=[3])
    position: Ordinal = Field(description="Its position in the log.", examples=[8])


class PulledEntry(Open):
    """An entry above the cursor."""

    position: Ordinal = Field(description="Its position in the log.", examples=[8])
    header: HeaderBytes = Field(description="Canonical encoding of the ten header fields.")
    body: BodyBytes | None = Field(description="The body; null where an erasure fell due.")
    signature: Signature = Field(description="Signature of the author's device over the header.")


class OwnEntry(Open):
    """An entry above the cursor that the asking device wrote itself."""

    position: Ordinal = Field(description="Its position in the log.", examples=[8])
    sequence: Ordinal = Field(description="Its number.", examples=[3])


class LogAnswer(Open):
    """One log of a sync answer."""

    log: Id32 = Field(description="Log id.")
    known: Flag = Field(description="Whether the asked cursor lies on the server's chain.", examples=[True])
    head: Head = Field(description="The log at the time of the answer.")
    accepted: list[Accepted] = Field(description="The pushed entries, in their order.")
    entries: list[Annotated[PulledEntry | OwnEntry, Field(union_mode="left_to_right")]] = Field(
        description="Entries above the cursor, without gaps."
    )
    more: Flag = Field(description="Whether the budget cut this log.", examples=[False])


class SyncAnswer(Open):
    """What was accepted, what is new, and the server's signature on it."""

    day: Count = Field(description="The server's UTC day, counted from 1970-01-01.", examples=[20779])
    logs: list[LogAnswer] = Field(description="In the order asked.")
    signature: Signature = Field(description="By the server's key over the client's challenge, cursors and heads.")
    challenge: Challenge = Field(description="For the next session.")
    healing: Flag = Field(
        default=False,
        description="Whether the server is being healed after a restore; it takes nothing new then.",
        examples=[True],
    )


class WrapsAnswer(Open):
    """The principal's own wraps."""

    wraps: list[OwnWrap] = Field(
        description="By space, the newest epoch first; to an open recovery code of older epochs too."
    )


class KeysRequest(Wire):
    """HPKE keys asked for."""

    hashes: list[Id32] = Field(description="Hashes as they stand in the roster.", min_length=1, max_length=MAX_HASHES)


class KeysAnswer(Open):
    """HPKE keys; the client hashes each to learn which one it is."""

    keys: list[HpkeKey] = Field(description="In the order asked, without those that the server does not hold.")


class MissingWrap(Open):
    """A reader that has no wrap of the current epoch."""

    log: Id32 = Field(description="Log id of the space.")
    reader: Id32 = Field(description="Device id, invite id or hash of a member key.")


class MissingAnswer(Open):
    """What the server lost and a device may send again, with a new entry of its own."""

    keys: list[Id32] = Field(description="Hashes of HPKE keys that the roster names and the server does not hold.")
    wraps: list[MissingWrap] = Field(description="Readers of the logs that the device writes to, without a wrap.")


class SealedName(Open):
    """A joiner's display name, sealed to the leads' inbox."""

    account: Id16 = Field(description="Account id of the joiner.")
    sealed: SealedNameBytes = Field(description="HPKE message that holds the padded name.")


class NamesAnswer(Open):
    """Display names that no lead has taken yet."""

    names: list[SealedName] = Field(description="In the order of their account ids.")


class SlipsAnswer(Open):
    """The last slip of each account, without a word on whose it is."""

    slips: list[SlipBytes] = Field(description="In an order drawn anew each time; of more than 4,096 a drawn part.")


class WitnessAnswer(Open):
    """Where to begin the witness log."""

    begin: Head = Field(description="A state at most 90 days back, or that at position 0.")


class LimitsAnswer(Open):
    """The limits in force on this server."""

    sync_bytes: Ordinal = Field(description="Largest body of a sync request.", examples=[8_388_608])
    other_bytes: Ordinal = Field(description="Largest body of any other request.", examples=[65_536])
    logs: Ordinal = Field(description="Logs in a sync request.", examples=[16])
    entries: Ordinal = Field(description="Pushed entries of one log.", examples=[64])
    keys: Ordinal = Field(description="HPKE keys in a request.", examples=[128])
    wraps: Ordinal = Field(description="Wraps in a request.", examples=[4096])
    taken: Ordinal = Field(description="Taken names in a request.", examples=[1024])
    hashes: Ordinal = Field(description="Hashes in a request for keys.", examples=[1024])
    budget: Ordinal = Field(description="Largest budget of a sync request.", examples=[8_388_608])
    shares: Ordinal = Field(description="Sealed shares of a report.", examples=[2])
    leader_share: Ordinal = Field(description="Largest share of a report for the server, in bytes.", examples=[32_768])
    verifiers: Ordinal = Field(description="Verifier shares in a request.", examples=[24])
    session_seconds: Ordinal = Field(description="Life of a session.", examples=[900])
    challenge_seconds: Ordinal = Field(description="Life of a challenge.", examples=[172_800])


class HealthAnswer(Open):
    """The server can write."""

    status: str = Field(description="Always `ok`; a server that cannot write answers 503.", examples=["ok"])
