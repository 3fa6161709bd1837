"""The people of the programme and their phones."""

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from crypto.public.encoding import Canonical
from crypto.secret.local import new_passcode_words
from demo.ledger import Entry, Ledger
from demo.marking import UNKNOWN_CODE_IN, Tag
from demo.plan import Action, CheckIn, Complete, Delete, Edit, Log
from device.checkins import check_in
from device.directory import find
from device.pending import stage
from device.phone import Phone
from device.transport import Client
from schemas.records import score
from sync.device.changes import Change

PATIENCE = (0.005, 0.01, 0.02, 0.04, 0.08, 0.1)
"""Pauses before a lost request is sent again; the demonstration has no time to be as patient as a phone."""
HANDS = 2
"""Threads that make vaults: Argon2id takes its time and lets the others work."""


class Shelf:
    """New phones, made in the background while the demonstration goes on."""

    def __init__(self, folder: Path, clock: Callable[[], float], client: Client) -> None:
        self.folder = folder
        self.clock = clock
        self.client = client
        self.taken: list[Phone] = []
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="shelf")
        self._made: list[Future[Phone]] = []

    def stock(self, count: int) -> None:
        """Begin to make `count` phones."""
        first = len(self._made)
        self._made += [self._hands.submit(self._make, number) for number in range(first, first + count)]

    def _make(self, number: int) -> Phone:
        # Each owner has a passcode of their own.
        return Phone.create(
            self.folder / f"phone-{number}",
            self.folder / f"keystore-{number}",
            new_passcode_words(os.urandom),
            clock=self.clock,
            client=self.client,
            patience=PATIENCE,
        )

    async def take(self) -> Phone:
        """The next phone, when it is ready. Raises IndexError if no more were ordered."""
        phone = await asyncio.wrap_future(self._made[len(self.taken)])
        self.taken.append(phone)
        return phone

    async def destroy(self, phone: Phone) -> None:
        """The phone is lost, with all that is on it."""
        number = self.taken.index(phone)
        await phone.close()
        shutil.rmtree(self.folder / f"phone-{number}")
        shutil.rmtree(self.folder / f"keystore-{number}")

    async def close(self) -> None:
        self._hands.shutdown(cancel_futures=True)
        for made in self._made:
            if not made.cancelled() and made.exception() is None:
                await made.result().close()


@dataclass
class Supporter:
    """`phones`: the first (or what replaced it), and the linked second one. `paper`: the recovery code in a drawer."""

    name: str
    tag: Tag
    phones: list[Phone]
    paper: str = ""
    ledger: Ledger = field(default_factory=Ledger)

    def act(self, action: Action) -> None:
        """Do what the plan says, on the phone alone, and write it into the ledger."""
        phone = self.phones[action.slot]
        match action:
            case Log(key=key):
                day = phone.today() - timedelta(days=action.days_back)
                fields = {**action.fields, "occurred_on": day.isoformat()}
                refer_by_name(phone, fields)
                self._logged(phone, key, phone.records.log("contact", fields), "contact", fields)
            case CheckIn(key=key):
                done = check_in(phone.records, action.instrument, action.answers)
                fields = {**score(action.instrument, action.answers), "occurred_on": phone.today().isoformat()}
                if done.record is not None:
                    self._logged(phone, key, done.record, "check_in", fields)
            case Complete(key=key):
                fields = dict(action.fields)
                refer_by_name(phone, fields)
                phone.records.complete(self.ledger.ids[key], fields)
                self.ledger.edited(self.ledger.ids[key], fields)
            case Edit(key=key):
                phone.records.edit(self.ledger.ids[key], action.fields, action.removed)
                self.ledger.edited(self.ledger.ids[key], action.fields, action.removed)
            case Delete(key=key):
                phone.records.delete(self.ledger.ids[key])
                self.ledger.deleted(self.ledger.ids[key])

    def _logged(self, phone: Phone, key: int, record: bytes, kind: str, fields: Mapping[str, Any]) -> None:
        self.ledger.logged(key, record, kind, {**fields, **write_as_newer(phone, record, self.tag)})


def refer_by_name(phone: Phone, fields: dict[str, Any]) -> None:
    """Referrals to a category become referrals to the first fitting entry of the phone's own directory."""
    if "referrals" not in fields:
        return
    made = []
    for referral in fields["referrals"]:
        found = find(phone.records, category=referral["category"], limit=5)
        fitting = next((one.record.id for one in found if one.matched), None)
        rest = {name: value for name, value in referral.items() if name != "category"}
        made.append(referral if fitting is None else {**rest, "resource": fitting})
    fields["referrals"] = made


def write_as_newer(phone: Phone, record: bytes, tag: Tag) -> dict[str, Canonical]:
    """Add the tag to a record as a code of a later version, which this one does not know; the fields it wrote.

    `records` would refuse it, as it must: a later version of the app writes the same rows.
    """
    view = phone.records.view
    found = view.state(record)
    if found is None:
        raise LookupError("the record was not logged")
    space, state = found
    fields: dict[str, Canonical] = {UNKNOWN_CODE_IN[state.type]: tag.code}
    with phone.vault.write() as connection:
        change = Change(record, state.type, state.version + 1, deleted=False, fields=fields, removed=())
        stage(connection, view.logs[space], change)
    return fields


def shown(phone: Phone, space: str = "personal") -> dict[bytes, Entry]:
    """All records of a space as the phone shows them."""
    return {record.id: (record.type, dict(record.fields)) for record in phone.records.view.records(space)}
