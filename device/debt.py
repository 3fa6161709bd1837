"""What this phone's account, or others, must state again after the phone went over to another branch of the roster."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from immutables import Map

from crypto.public.encoding import decode, encode
from sync.device.branches import Owed, in_order
from sync.state import Former, RosterState
from sync.statements import Last

KEY = "debt"


@dataclass(frozen=True)
class Debt:
    """`last`: (device, log) -> the last leaf that stood of a device before the branches parted; `refused`: ids of what
    the new roster's rules did not let this phone state.
    """

    owed: tuple[Owed, ...] = ()
    last: Mapping[tuple[bytes, bytes], bytes] = field(default_factory=dict)
    refused: frozenset[bytes] = frozenset()

    def open(self, now: RosterState) -> list[Owed]:
        return [one for one in self.owed if one.is_open(now)]

    def due(self, now: RosterState, account: bytes) -> list[Owed]:
        """What a phone of this account has to state before it writes anything else; that it left itself comes last."""
        due = [one for one in self.open(now) if one.falls_to(account, now) and one.id not in self.refused]
        return sorted(due, key=lambda one: one.is_own(account))

    def trimmed(self, last: Last) -> Last:
        """`last` of a statement that is made again: nothing stands that was written since the branches parted."""
        pairs = ((device, log) for device, log, _ in last)
        return tuple((*pair, self.last[pair]) for pair in pairs if pair in self.last)


def load_debt(connection: Any) -> Debt:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (KEY,)).fetchone()
    if row is None:
        return Debt()
    value: Any = decode(row[0])
    owed, last, refused = value
    return Debt(
        tuple(Owed(*one) for one in owed), {(device, log): leaf for device, log, leaf in last}, frozenset(refused)
    )


def store_debt(connection: Any, debt: Debt) -> None:
    """Nothing is stored of what nothing is owed of."""
    connection.execute("DELETE FROM meta WHERE key = ?", (KEY,))
    if debt.owed:
        owed = [[one.kind, one.id, one.account, one.since] for one in debt.owed]
        last = [[*pair, leaf] for pair, leaf in sorted(debt.last.items())]
        value = encode([owed, last, sorted(debt.refused)])
        connection.execute("INSERT INTO meta(key, value) VALUES (?, ?)", (KEY, value))


def owe(connection: Any, owed: Iterable[Owed]) -> Debt:
    """Add what another branch was found to lack."""
    debt = load_debt(connection)
    debt = replace(debt, owed=tuple(in_order([*debt.owed, *owed])))
    store_debt(connection, debt)
    return debt


def refuse(connection: Any, one: Owed) -> None:
    """It cannot be stated here: it is said to people, and stops nothing any more."""
    debt = load_debt(connection)
    store_debt(connection, replace(debt, refused=debt.refused | {one.id}))


def settle(connection: Any, now: RosterState) -> None:
    """Forget what the roster has by now."""
    debt = load_debt(connection)
    still = tuple(one for one in debt.owed if not one.is_settled(now))
    if still != debt.owed:
        store_debt(connection, replace(debt, owed=still))


def treated(connection: Any, roster: RosterState) -> RosterState:
    """The roster to judge by what stands: devices whose departure is owed have departed already.

    Not those whose departure was refused: they stay, and this phone would show for good what nobody else does.
    """
    debt = load_debt(connection)
    for one in debt.open(roster):
        if one.id in debt.refused:
            continue
        for device in one.devices(roster):
            accepted = Map({log: leaf for (id_, log), leaf in debt.last.items() if id_ == device})
            former = Former(roster.devices[device], one.since + 1, b"", True, accepted)  # noqa: FBT003
            roster = replace(roster, former=roster.former.set(device, former))
    return roster
