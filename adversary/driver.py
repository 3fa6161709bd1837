"""The reference client as the kit drives it: JSON lines over standard input and output (docs/adversary.md).

`python -m adversary.driver DIRECTORY`: one phone, whose database and keystore stand in the directory.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from cli.errors import failure_of
from cli.half_file import half_to_json
from crypto.public.base64url import b64, unb64
from crypto.secret.local import new_passcode_words
from device.failures import TOLD, note_failure
from device.phone import Phone
from device.vault import DATABASE
from schemas.records import Fields, export_record
from schemas.task import Axis, Task
from sync.ticket import Ticket

Answer = dict[str, Any]


def opened(folder: Path) -> Phone:
    """The phone in `folder`, or a new one."""
    home, keystore, words = folder / "home", folder / "keystore", folder / "passcode"
    if (home / DATABASE).exists():
        return Phone.open(home, keystore, words.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    words.write_text(new_passcode_words(os.urandom))
    return Phone.create(home, keystore, words.read_text())


class Driver:
    """One method a verb. Each returns what it learnt; what the user is told besides stands in `notes`."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.notes: list[str] = []

    # Coming in

    async def found(self, ticket: str, name: str) -> Answer:
        await self.phone.found(Ticket.from_text(ticket), name)
        return {}

    async def join(self, ticket: str, name: str = "") -> Answer:
        """Also a link; the same again after a failure goes on where it stopped."""
        self.phone.accept(Ticket.from_text(ticket), name)
        self.notes += (await self.phone.come_in()).notes
        return {}

    async def recover(self, address: str, code: str) -> Answer:
        self.phone.recover_with(address, code)
        self.notes += (await self.phone.come_in()).notes
        return {}

    async def invite(self, role: str) -> Answer:
        return {"ticket": (await self.phone.invite(role)).to_text()}

    async def link(self) -> Answer:
        return {"ticket": (await self.phone.link()).to_text()}

    async def code(self) -> Answer:
        return {"code": await self.phone.new_code()}

    async def confirm(self, code: str) -> Answer:
        await self.phone.confirm_code(code)
        return {}

    # Leaving

    async def revoke(self, device: str, since: str = "", code: str = "") -> Answer:
        await self.phone.revoke(unb64(device), date.fromisoformat(since) if since else None, code)
        return {}

    async def remove(self, account: str) -> Answer:
        await self.phone.remove(unb64(account))
        return {}

    async def rotate(self, space: str) -> Answer:
        await self.phone.rotate(space)
        return {}

    async def restored(self) -> Answer:
        self.notes += await self.phone.restored()
        return {}

    # Records

    async def log(self, type: str, fields: Fields) -> Answer:  # noqa: A002  as the protocol of the kit calls it
        return {"id": b64(self.phone.records.log(type, fields))}

    async def edit(self, id: str, fields: Fields) -> Answer:  # noqa: A002
        self.phone.records.edit(unb64(id), fields)
        return {}

    async def records(self, type: str) -> Answer:  # noqa: A002
        shown = self.phone.records.list(type)
        return {"records": [export_record(one.id, one.type, one.version, one.fields) for one in shown]}

    async def unsent(self) -> Answer:
        return {"unsent": self.phone.records.unsent()}

    async def failed(self, resource: str, failure: str, number: str = "") -> Answer:
        """A number of the directory did not work."""
        return {"id": b64(note_failure(self.phone.records, unb64(resource), failure, number))}

    async def told(self) -> Answer:
        """What a lead was told of such numbers, by nobody knows whom."""
        shown = self.phone.records.list(TOLD)
        return {"told": [export_record(one.id, one.type, one.version, one.fields)["fields"] for one in shown]}

    # Every day

    async def sync(self) -> Answer:
        self.notes += (await self.phone.sync()).notes
        return {}

    async def status(self) -> Answer:
        """What the user sees without doing anything."""
        self.notes += self.phone.notes()
        self.notes += [
            f"{one.role} {one.account.hex()[:8]} was not heard from for {one.days} days: on holiday, or shown another"
            " history; compare phones to find out"
            for one in self.phone.silent()
        ]
        return {"notices": self.phone.take_notices()}

    async def half(self) -> Answer:
        """What the server told this phone."""
        return {"half": orjson.loads(half_to_json(self.phone.half()))}

    async def members(self) -> Answer:
        return {
            "members": [
                {"account": b64(one.account), "name": one.name, "role": one.role, "devices": one.devices}
                for one in self.phone.members()
            ]
        }

    async def devices(self) -> Answer:
        return {"devices": [{"id": b64(one.id), "here": one.here} for one in self.phone.devices()]}

    # Statistics

    async def table(self, **table: Any) -> Answer:
        axes = tuple(Axis(one["axis"], tuple(one["codes"])) for one in table.pop("axes"))
        return {"task": b64(await self.phone.statistics.define(Task(axes=axes, **table)))}

    async def offer(self, task: str, period: int) -> Answer:
        return {"offer": b64(await self.phone.statistics.offer(unb64(task), period))}

    async def open(self, task: str, period: int) -> Answer:
        return {"opening": b64(await self.phone.statistics.open(unb64(task), period))}

    async def aggregate(self, opening: str) -> Answer:
        found = await self.phone.statistics.aggregate(unb64(opening))
        return {"reports": found.reports, "accepted": found.accepted}

    async def close(self, opening: str) -> Answer:
        return {"accepted": await self.phone.statistics.close(unb64(opening))}

    async def release(self, opening: str) -> Answer:
        found = await self.phone.statistics.release(unb64(opening))
        return {"cells": list(found.cells), "reports": found.reports, "rejected": found.rejected}

    async def aggregator(self, on: bool) -> Answer:  # noqa: FBT001  by name only, from outside
        await self.phone.statistics.become_aggregator(on=on)
        return {}

    async def serve(self) -> Answer:
        """What an aggregator account's phone has to do now."""
        return {"notices": await self.phone.statistics.serve()}

    async def reports(self) -> Answer:
        """Tables that will be reported to, and reports that were made, with the numbers of what they count."""
        desk = self.phone.statistics
        due = [(one.opening, sum(number for _, number in one.cells), one.card.people) for one in desk.upcoming()]
        return {
            "due": [{"opening": b64(id_), "counts": number, "people": people} for id_, number, people in due],
            "made": [
                {"opening": b64(one.opening), "counts": one.counted, "outcome": one.outcome} for one in desk.sent()
            ],
        }

    async def do(self, line: bytes) -> Answer:
        """One line of input answered."""
        self.notes = []
        asked = orjson.loads(line)
        verb: Callable[..., Awaitable[Answer]] | None = VERBS.get(asked.pop("do", ""))
        try:
            if verb is None:
                raise ValueError("this client knows no such verb")
            return {"ok": await verb(self, **asked), "notes": self.notes}
        except Exception as error:
            failure = failure_of(error)
            return {"error": failure.problem, "detail": failure.detail, "notes": self.notes}


VERBS: dict[str, Callable[..., Awaitable[Answer]]] = {
    name: method for name, method in vars(Driver).items() if not name.startswith("_") and name != "do"
}


async def serve(folder: Path) -> None:
    """Until the end of the input."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader(limit=64 * 1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    driver = Driver(opened(folder))
    try:
        while line := await reader.readline():
            answer = await driver.do(line)
            sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
            sys.stdout.buffer.flush()
    finally:
        await driver.phone.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
