"""Which bodies of a space are worth repacking (docs/protocol/5-sealed.md, "When").

As log-structured stores are cleaned (Rosenblum and Ousterhout 1992, "The design and implementation of a log-structured
file system"): what is mostly dead is gathered, what is mostly live stays where it is.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from crypto.secret import body
from sync.device.changes import Content, Origin, encode_content
from sync.device.merge import RecordState, merge_content
from sync.device.repack import Item, items_of, missing, piece, repack, rung, sizes_of

SLACK = 64 * 1024
"""Bytes that dead content may always take."""
STANDS = 7 * 86_400
"""Seconds for which something deleted may stay readable, until it is repacked away."""
AHEAD = 86_400
"""Seconds by which the clock that wrote a deletion may be ahead."""
SPARSE = (3, 2)
"""Quarters of a body that may be live where it is gathered: three if that is worth it, else two."""


class Body(NamedTuple):
    """An opened sealed body that is not void. `device`: its author; `size` in bytes; `kept`: not to be named;
    `epoch`: of its key; `lasts`: whether it stays, and later readers can open it.
    """

    position: int
    device: bytes
    leaf: bytes
    size: int
    kept: bool
    content: Content
    epoch: int = 1
    lasts: bool = True


class Plan(NamedTuple):
    """The plaintexts of a repack, and the leaves that are erased behind it, ascending."""

    plaintexts: list[bytes]
    leaves: tuple[bytes, ...]


def clean(
    bodies: Sequence[Body], known: Mapping[bytes, RecordState], void: Collection[int], now: int, most: int
) -> Plan | None:
    """What to repack of the `bodies` that stand, none of them named by an erasure in force; None if it is not worth it.

    `known`: the records that they and nothing else make; `most`: leaves that one `erase` may name. Raises BodyTooLarge.
    """
    gone = {record for record, state in known.items() if state.deleted}
    stale = [each.position for each in bodies if not each.kept and _speaks_of(each.content, gone)]
    due = bool(stale) and _stands(bodies, gone, now)
    nameable = sum(each.size for each in bodies if not each.kept)
    if not due and not is_worth(nameable, 0):
        return None
    alive, plan, slack = live_bytes(bodies, known), None, 0 if due else SLACK
    for quarters in SPARSE:
        sparse = [
            each.position
            for each in bodies
            if not each.kept and 4 * alive[each.position] <= quarters * body.capacity(each.size)
        ]
        chosen = set([*stale, *(position for position in sparse if position not in stale)][:most])
        before = sum(each.size for each in bodies if each.position in chosen)
        if not due and not is_worth(before, sum(alive[position] for position in chosen)):
            continue
        plan = repacked(bodies, chosen, known, void, now)
        if is_worth(before, sum(rung(plaintext) for plaintext in plan.plaintexts), slack):
            return plan
    return plan if due else None


def repacked(
    bodies: Iterable[Body], chosen: Collection[int], known: Mapping[bytes, RecordState], void: Collection[int], now: int
) -> Plan:
    """What takes the place of the bodies at the `chosen` positions: all that the others do not say.

    One body at least: that there is none would tell that the chosen ones say nothing. Raises BodyTooLarge.
    """
    going = [each for each in bodies if each.position in chosen]
    touched = {change.record for each in going for group in each.content.groups for change in group.changes}
    remaining: dict[bytes, RecordState] = {}
    for each in bodies:
        if each.position not in chosen and each.lasts:
            merge_content(remaining, _about(each.content, touched), each.position, each.device, void)
    concerned = {record: state for record, state in known.items() if record in touched}
    plaintexts = repack(missing(concerned, remaining), now, piece(sum(sizes_of(items_of(known)))))
    return Plan(plaintexts or [encode_content(Content(now, ()))], tuple(sorted(each.leaf for each in going)))


def is_worth(before: int, after: int, slack: int = SLACK) -> bool:
    """Whether `after` bytes of bodies should take the place of these `before`."""
    return before > 2 * after and before > after + slack


def live_bytes(bodies: Iterable[Body], known: Mapping[bytes, RecordState]) -> dict[int, int]:
    """Position of each body -> about how much of it is live. What several say counts for the newest, or a kept one."""
    carriers: dict[tuple[bytes, int, bytes, int], int] = {}
    carried: dict[int, list[Item]] = {}
    for each in sorted(bodies, key=lambda one: (one.kept, one.position)):
        carried[each.position] = []
        for group in each.content.groups:
            device, position = group.origin or Origin(each.device, each.position)
            said = group.changes if each.lasts else ()
            carriers.update({(change.record, position, device, group.stamp): each.position for change in said})
    for item in items_of(known):
        (position, device, stamp, _), change = item
        carrier = carriers.get((change.record, position, device, stamp))
        if carrier is not None:
            carried[carrier].append(item)
    return {position: sum(sizes_of(items)) for position, items in carried.items()}


def _about(content: Content, records: Collection[bytes]) -> Content:
    kept = [
        group._replace(changes=tuple(change for change in group.changes if change.record in records))
        for group in content.groups
    ]
    return content._replace(groups=tuple(kept))


def _speaks_of(content: Content, records: Collection[bytes]) -> bool:
    changes = (change for group in content.groups for change in group.changes if change.record in records)
    return any(change.fields or change.removed for change in changes)


def _stands(bodies: Iterable[Body], gone: Collection[bytes], now: int) -> bool:
    """Whether bodies that may be named still say something of a record deleted more than STANDS seconds ago."""
    said, since = set[bytes](), dict[bytes, int]()
    for each in bodies:
        for change in (change for group in each.content.groups for change in group.changes if change.record in gone):
            if change.deleted:
                since[change.record] = min(each.content.written_at, since.get(change.record, each.content.written_at))
            elif (change.fields or change.removed) and not each.kept:
                said.add(change.record)
    # A clock far ahead on the phone that deleted must not keep it standing.
    return any(not now - STANDS <= since.get(record, 0) <= now + AHEAD for record in said)
