"""A programme from its founding to the last sync, as weeks pass: everything but the proof."""

import asyncio
import json
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from api.operator import founding_ticket
from demo.cast import Shelf, Supporter, shown, write_as_newer
from demo.claims import DemoFailed, must
from demo.counting import SECOND_FROM, Counting
from demo.host import Host
from demo.ledger import Ledger, same
from demo.marking import Tag, texts
from demo.plan import Day, Plan
from demo.proxy import Proxy
from demo.scenes import clash, link, lose
from demo.screen import Screen
from demo.server import Clock
from device.directory import configure, import_resources
from device.phone import Phone
from device.transport import Client, Unreachable
from schemas.records import preset, read_directory

DATA = Path(__file__).parent / "data"
MORNING = datetime(2026, 1, 5, 8, tzinfo=UTC).timestamp()
"""When the demonstration's first day begins; the directory was checked before."""
DAY = 86_400
AT_ONCE = 8
"""Phones that sync at the same time."""


def data(name: str) -> Any:
    """A data file of the demonstration."""
    return json.loads((DATA / name).read_text(encoding="utf-8"))


@dataclass
class Story:
    """`supporters` in the order of the plan.

    `directory`: what the lead wrote for all; `written`: every text of it, as it was and as it was marked; `joined`:
    display names as they were given, `names` those and the unmarked ones.
    """

    plan: Plan
    host: Host
    proxy: Proxy
    clock: Clock
    shelf: Shelf
    tag: Tag
    random: Random
    screen: Screen
    lead: Phone | None = None
    supporters: list[Supporter] = field(default_factory=list)
    directory: Ledger = field(default_factory=Ledger)
    written: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    joined: list[str] = field(default_factory=list)
    counting: Counting = field(init=False)

    def __post_init__(self) -> None:
        self.counting = Counting(self)

    async def tell(self) -> None:
        """Raises DemoFailed if anything is not as it must be, else what the phones raise."""
        await self.found()
        await self.invite()
        await self.counting.first_period()
        await self.live()
        await self.settle()

    async def found(self) -> None:
        """The lead founds the programme, confirms a recovery code, and writes settings and directory."""
        settings = preset("you_matter")
        raw = (DATA / "directory.json").read_bytes()
        self.clock.set(MORNING)
        with self.screen.phase("founding, settings, directory", 3) as phase:
            lead = self.lead = await self.shelf.take()
            name = self._named(data("names.json")["lead"])
            await lead.found(await asyncio.to_thread(founding_ticket, self.host.settings(self.proxy.address)), name)
            await lead.confirm_code(await lead.new_code())
            phase.step()
            fields = self._marked("programme", settings)
            self._shared(configure(lead.records, fields), "programme", fields)
            phase.step()
            read = read_directory(raw, "json", today=lead.today(), programme=settings)
            resources = [self._marked("resource", fields) for fields in read.resources]
            import_resources(lead.records, resources)
            ids = {record.fields["name"]: record.id for record in lead.records.list("resource")}
            for fields in resources:
                self._shared(ids[fields["name"]], "resource", fields)
            await lead.sync()
            phase.step()

    def _named(self, name: str) -> str:
        marked = self.aside(name)
        self.joined.append(marked)
        return marked

    def aside(self, name: str) -> str:
        """A name of the other programme on this server, marked as all names are."""
        marked = self.tag.on(name)
        self.names |= {name, marked}
        return marked

    def _marked(self, kind: str, fields: Any) -> Any:
        marked = self.tag.marked(kind, fields)
        self.written |= texts(kind, fields) | texts(kind, marked)
        return marked

    def _shared(self, record: bytes, kind: str, fields: dict[str, Any]) -> None:
        newer = write_as_newer(self.leader, record, self.tag)
        self.directory.logged(len(self.directory.ids), record, kind, fields | newer)

    async def together(self, work: Iterable[Awaitable[Any]]) -> None:
        """What several phones do, a few at a time."""
        await several(work)

    @property
    def leader(self) -> Phone:
        """The lead's phone."""
        if self.lead is None:
            raise RuntimeError("the programme was not founded")
        return self.lead

    async def invite(self) -> None:
        """A ticket for each supporter; they join while the lead goes on inviting, and put a code into a drawer."""
        people = data("names.json")["supporters"][: self.plan.scale.supporters]
        must(len(people) == self.plan.scale.supporters, "there are names enough")
        with self.screen.phase("supporters join", len(people)) as phase:

            async def join(supporter: Supporter, ticket: Any) -> None:
                phone = supporter.phones[0]
                phone.accept(ticket, supporter.name)
                await phone.come_in()
                supporter.paper = await phone.new_code()
                await phone.confirm_code(supporter.paper)
                phone.statistics.set_wellbeing(on=True)
                phase.step()

            async with asyncio.TaskGroup() as joining:
                for name in people:
                    supporter = Supporter(self._named(name), self.tag, [await self.shelf.take()])
                    self.supporters.append(supporter)
                    joining.create_task(join(supporter, await self.leader.invite()))
            await self.leader.sync()

    async def live(self) -> None:
        """Day after day: all log with no network; in the evening some phones sync."""
        with self.screen.phase("weeks pass", self.plan.scale.days) as phase:
            for number, day in enumerate(self.plan.days):
                self.clock.set(MORNING + number * DAY)
                await self._offline(day, in_vain=number % 7 == 0)
                if number == self.plan.scale.days // 2:
                    await self._revise()
                await self._online(day)
                if number == SECOND_FROM:
                    await self.counting.second_period()
                phase.step()

    async def _revise(self) -> None:
        """The lead changes an entry of the directory that everybody has by now."""
        record = self.leader.records.list("resource")[0].id
        fields = self._marked("resource", {"alert": "Closed on public holidays; the crisis desk is open."})
        self.leader.records.edit(record, fields)
        self.directory.edited(record, fields)
        await self.leader.sync()

    async def _offline(self, day: Day, *, in_vain: bool) -> None:
        self.proxy.online = False
        self.proxy.cut()
        refused = self.proxy.refused
        for action in day.actions:
            self.supporters[action.supporter].act(action)
            # The proxy must have its turn, to refuse whoever would reach for the network.
            await asyncio.sleep(0)
        must(self.proxy.refused == refused, "nobody needs the network to log")
        if in_vain:
            await self._try_in_vain(self.random.choice(self.supporters).phones[0])
        self.proxy.online = True

    async def _try_in_vain(self, phone: Phone) -> None:
        before = shown(phone)
        with suppress(Unreachable):
            await phone.sync()
            raise DemoFailed("there is no network")
        must(same(shown(phone), before), "a sync without network loses nothing")

    async def _online(self, day: Day) -> None:
        phones = [self.supporters[supporter].phones[slot] for supporter, slot in day.syncs]
        await several(phone.sync() for phone in phones)
        for supporter in day.links:
            await link(self.supporters[supporter], self.shelf)
        for supporter in day.clashes:
            await clash(self.supporters[supporter], self.random)
        for supporter in day.losses:
            await lose(self.supporters[supporter], self.shelf, self.proxy.address)

    async def settle(self) -> None:
        """Everyone syncs until nothing is new; a first phone needs a second turn if there is another one."""
        self.clock.set(MORNING + self.plan.scale.days * DAY)
        with self.screen.phase("last syncs", len(self.supporters)) as phase:

            async def last(supporter: Supporter) -> None:
                for phone in supporter.phones:
                    await phone.sync()
                for phone in supporter.phones[:-1]:
                    await phone.sync(flush=False)
                phase.step()

            await several(last(supporter) for supporter in self.supporters)
            await self.leader.sync()


async def several(work: Iterable[Awaitable[Any]]) -> None:
    """All of it, a few at a time."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(each: Awaitable[Any]) -> None:
        async with turn:
            await each

    async with asyncio.TaskGroup() as group:
        for each in work:
            group.create_task(one(each))


def new_client() -> Client:
    """One for all phones of this process; what the environment says of proxies is not for them."""
    return Client(trust_env=False, timeout=30.0)
