"""Two branches of one roster: where they part, whether that was declared, and what the new one must not forget.

Pure (docs/protocol/9-distrust.md, *After a contradiction*).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sync.departure import lineage
from sync.device.replica import Placed
from sync.state import RosterState
from sync.statements import Restored

KINDS = ("remove", "revoke", "close", "rotate")
"""What can be owed, in the order in which it is stated: a removal also shuts out phones, a revocation also rotates."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A statement of a branch set aside that has to be made again.

    `id`: account, device, invite or log, by `kind`; `account`: whose phones state it, empty for the leads;
    `since`: last roster position that both branches share.
    """

    kind: str
    id: bytes
    account: bytes
    since: int

    def is_settled(self, now: RosterState) -> bool:
        """Whether this roster has it. Never while it does not know whom it is about: they may still come back."""
        if self.kind == "remove":
            return self.id in now.departed
        if self.kind == "revoke":
            return self.account in now.departed or (self.id in now.former and not self.devices(now))
        if self.kind == "close":
            record = now.invites.get(self.id)
            return record is not None and (record.closing is not None or not record.is_open(now.time))
        space = now.spaces.get(self.id)
        return space is None or space.current.since > self.since or space.account in now.departed

    def is_open(self, now: RosterState) -> bool:
        """Whether it can be stated now."""
        if self.kind in ("remove", "revoke"):
            return bool(self.devices(now))
        return not self.is_settled(now) and (self.kind == "rotate" or self.id in now.invites)

    def devices(self, now: RosterState) -> frozenset[bytes]:
        """Active devices that it shuts out; of a revocation with all that were enrolled by them since.

        Whoever holds a stolen phone may come back before its owner does, link another one, and throw the first away.
        """
        if self.kind == "remove" and self.id in now.accounts:
            return frozenset(now.accounts[self.id].devices)
        if self.kind == "revoke" and self.account in now.accounts:
            return frozenset(id_ for id_ in lineage(now, self.account, self.id, self.since) if id_ in now.devices)
        return frozenset()

    def falls_to(self, account: bytes, now: RosterState) -> bool:
        """Whether a phone of this account may state it."""
        if self.account:
            return account == self.account
        return account in now.leads or self.is_own(account)

    def is_own(self, account: bytes) -> bool:
        """Whether the account itself has left: its phones may be all that know of it."""
        return self.kind == "remove" and self.id == account


def last_shared(one: RosterState, other: RosterState) -> int:
    """The highest position at which both have the same head."""
    low, high = 0, min(one.chain.position, other.chain.position)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one.head_at(middle) == other.head_at(middle) else (low, middle - 1)
    return low


def is_declared(own: RosterState, branch: Iterable[Placed], shared: int) -> bool:
    """Whether a lead's phone said on the branch that the server was put back.

    Active in the client's own newest roster: whom that has removed must not end an alarm.
    """
    return any(
        one.position > shared
        and one.entry.header.kind == Restored.kind
        and (author := own.account_of(one.entry.header.device)) is not None
        and author.is_lead
        for one in branch
    )


def unlearnt(own: RosterState, shared: int, now: RosterState) -> list[Owed]:
    """What the client's own roster has above the last shared position, and `now` lacks, in the order to state it."""

    def lost() -> Iterator[Owed]:
        for account, departure in own.departed.items():
            if departure.position > shared:
                yield Owed("remove", account, b"", shared)
        for device, former in own.former.items():
            if former.position > shared and former.device.account not in own.departed:
                yield Owed("revoke", device, former.device.account, shared)
        for invite, record in own.invites.items():
            if record.closing is not None and record.account not in own.departed:
                yield Owed("close", invite, record.account, shared)
        for log, space in own.spaces.items():
            if space.epoch > 1 and space.current.since > shared:
                yield Owed("rotate", log, space.account, shared)

    return in_order(one for one in lost() if not one.is_settled(now))


def in_order(owed: Iterable[Owed]) -> list[Owed]:
    return sorted(set(owed), key=lambda one: (KINDS.index(one.kind), one.id, one.since))
