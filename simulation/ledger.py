"""What was written, by whom, over what: an account of the world that knows nothing of logs, stamps or merging.

Written from what each phone showed before and after an operation, so it holds for a phone that died meanwhile, too.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeAlias

from crypto.public.encoding import encode
from device.failures import OWN, TOLD
from device.phone import Phone
from device.view import Record
from simulation.telling import Telling
from sync.device.changes import Change
from sync.device.merge import REMOVED, Value
from sync.statements import Policy

Shown: TypeAlias = dict[bytes, Record]
Values: TypeAlias = tuple[bytes, ...]
"""Encodings of what a field shows, the winner first, and then what lost unseen."""

Said: TypeAlias = tuple[bytes, str, bytes]
"""Record, field, and the encoding of its value. Without a field: that the record is GONE, or what it is called."""

GONE = b"gone"
CONTACT = "contact"


@dataclass
class Write:
    """One field of one record set to `value` by a phone that then looked at `over`. `excused`: it may be lost."""

    slot: int
    value: bytes
    over: Values
    excused: bool = False


@dataclass
class Written:
    """Everything ever done to one record. `deletes`: the slots whose deletion must hold; `maybe`: may hold."""

    kind: str
    space: str
    account: bytes
    fields: dict[str, list[Write]] = field(default_factory=dict)
    deletes: list[int] = field(default_factory=list)
    maybe: bool = False


class Ledger:
    """All records of a run by id. `contact_days`: the fewest that the programme ever said it keeps contacts."""

    def __init__(self) -> None:
        self.records: dict[bytes, Written] = {}
        self.writes = 0
        self.telling = Telling()
        self.contact_days = Policy().contact_days

    def note(self, slot: int, account: bytes, before: Shown, after: Shown, *, stolen: bool = False) -> None:
        """A phone showed `before`; its owner did something, and it shows `after`. What a thief did may be lost."""
        for id_, record in after.items():
            if id_ not in self.records:
                self.telling.note(record)
                owner = account if record.space == "personal" else b""
                self.records[id_] = Written(record.type, record.space, owner)
            self._note_fields(slot, self.records[id_], before.get(id_), record, stolen=stolen)
        for id_ in before.keys() - after.keys():
            if stolen:
                self.records[id_].maybe = True
            else:
                self.records[id_].deletes.append(slot)
            self.writes += 1

    def _note_fields(self, slot: int, written: Written, before: Record | None, after: Record, *, stolen: bool) -> None:
        names = {*after.fields, *after.conflicts} | ({*before.fields, *before.conflicts} if before else set())
        for name in sorted(names):
            old, new = values(before, name) if before else (), values(after, name)
            if old != new:
                written.fields.setdefault(name, []).append(Write(slot, new[0], old, stolen))
                self.writes += 1

    def repeat(self, slot: int, id_: bytes, values: Mapping[str, bytes]) -> None:
        """A thief's phone is about to set fields to what they show, and so to write over it.

        When the thief's entry is void, and the older bodies were erased while it was trusted, nothing says the value
        any more (threat model, *A void repack*).
        """
        fields = self.records[id_].fields
        for name, value in values.items():
            if any(write.value == value for write in fields.get(name, [])):
                fields[name].append(Write(slot, value, (value,), excused=True))

    def rename(self, old: bytes, new: bytes) -> None:
        """An account has joined again, and brought what it had written."""
        for written in self.records.values():
            written.account = new if written.account == old else written.account

    def forgive(self, slot: int, phone: Phone) -> None:
        """The phone is gone, or about to be older: excuse what it alone holds."""
        # What was deleted before it ever left has left no trace to be sent.
        self.excuse(slot, unsent(phone) | (self.records.keys() - landed(phone)))

    def excuse(self, slot: int, unsent: set[bytes]) -> None:
        """What this phone did to these records may be lost."""
        for id_ in unsent & self.records.keys():
            written = self.records[id_]
            for writes in written.fields.values():
                for write in writes:
                    write.excused = write.excused or write.slot == slot
            self._not_deleted_by(slot, written)

    def deny(self, slot: int, one: Said, said: Collection[Said]) -> None:
        """What this phone said counts for nothing.

        Nor what it wrote over, if that is not among all that entries ever `said`: edits of a field between two flushes
        become one change; and the body that said it may be erased, while this phone was trusted (threat model, *A void
        repack*).
        """
        record, name, value = one
        written = self.records.get(record)
        if written is None:
            return
        unsaid = set[bytes]()
        for write in reversed(written.fields.get(name, [])):
            if write.value in unsaid or (write.slot == slot and write.value == value):
                write.excused = True
                unsaid |= {over for over in write.over if (record, name, over) not in said}
        if not name and value == GONE:
            self._not_deleted_by(slot, written)

    def _not_deleted_by(self, slot: int, written: Written) -> None:
        if slot in written.deletes:
            written.deletes = [other for other in written.deletes if other != slot]
            written.maybe = True

    def expire(self, today: date) -> None:
        """Phones may have deleted what was over age by any policy; a wrong clock dates a new record long ago."""
        oldest = encode((today - timedelta(days=self.contact_days)).isoformat())
        for written in self.records.values():
            dates = written.fields.get("occurred_on", []) if written.kind in (CONTACT, OWN) else []
            written.maybe = written.maybe or any(GONE != write.value < oldest for write in dates)

    def kept(self, slot: int, account: bytes, shown: Shown) -> str:
        """What this phone wrote and does not show itself, though nobody wrote over it, in a sentence; "" if nothing."""
        for id_, written in self.records.items():
            if (written.space, written.account) != ("personal", account) or written.deletes or written.maybe:
                continue
            record = shown.get(id_)
            for name, writes in written.fields.items():
                standing = values(record, name) if record else ()
                for at, write in enumerate(writes):
                    over = any(write.value in later.over for later in writes[at + 1 :])
                    if write.slot == slot and not write.excused and not over and write.value not in standing:
                        return f"{written.kind} {id_.hex()[:8]}: its own {name} is not here"
        return ""

    def lost(self, account: bytes, spaces: set[str], shown: Shown) -> str:
        """What a phone with these spaces should show and does not, in a sentence; "" if nothing."""
        for id_, written in self.records.items():
            if written.space not in spaces or written.account not in (b"", account):
                continue
            record = shown.get(id_)
            if problem := _judge(written, record):
                return f"{written.kind} {id_.hex()[:8]}: {problem}"
        strangers = [id_.hex()[:8] for id_ in shown if id_ not in self.records]
        return f"records nobody wrote: {strangers}" if strangers else ""


def _judge(written: Written, record: Record | None) -> str:
    if written.deletes:
        return "it was deleted and is here" if record else ""
    if record is None:
        writes = [write for each in written.fields.values() for write in each]
        return "" if written.maybe or all(write.excused for write in writes) else "it is not here"
    for name in {*written.fields, *record.fields, *record.conflicts}:
        writes = written.fields.get(name, [])
        standing = values(record, name)
        if strange := [value for value in standing if value not in {write.value for write in writes} | {GONE}]:
            return f"{name} shows what nobody wrote: {strange[0].hex()}"
        for at, write in enumerate(writes):
            over = any(write.value in later.over for later in writes[at + 1 :])
            if not write.excused and not over and write.value not in standing:
                return f"{name}: what phone {write.slot} wrote is not here, and nobody wrote over it"
    return ""


def said_of(change: Change) -> dict[str, bytes]:
    """The fields of a change with the encodings of their values."""
    return {**{name: encode(value) for name, value in change.fields.items()}, **dict.fromkeys(change.removed, GONE)}


def all_said(change: Change) -> list[Said]:
    """All that a change says of its record."""
    fields = said_of(change) or {"": GONE if change.deleted else b""}
    return [(change.record, *each) for each in fields.items()]


def values(record: Record, name: str) -> Values:
    """Winner and losers of a field; a field that is not there shows GONE."""
    winner = encode(record.fields[name]) if name in record.fields else GONE
    return winner, *(_encoded(value) for value in record.conflicts.get(name, ()))


def _encoded(value: Value) -> bytes:
    return GONE if value is REMOVED else encode(value)


def shown(phone: Phone) -> Shown:
    """Everything that people write, as this phone shows it: not what a lead's phone heard from slips."""
    records = (record for space in ("personal", "commons") for record in phone.records.view.records(space))
    return {record.id: record for record in records if record.type != TOLD}


def unsent(phone: Phone) -> set[bytes]:
    """Records of which something is only on this phone, as far as it knows."""
    return {row[0] for row in phone.vault.read().execute("SELECT DISTINCT record FROM pending").fetchall()}


def landed(phone: Phone) -> set[bytes]:
    """Records that came back from the server, deleted ones among them."""
    return {row[0] for row in phone.vault.read().execute("SELECT record FROM records").fetchall()}
