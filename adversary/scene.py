"""Where one attack is played: an honest programme, its people with their phones, and what they logged and saw."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adversary.answers import Json
from adversary.calls import Trick
from adversary.client import SILENT, Client, Said
from adversary.honest import Honest
from adversary.host import DAY, Host
from adversary.story import Story
from adversary.tricks import pushing
from sync.log import Entry
from sync.state import RosterState

CONTACT: Json = {
    "contact_kind": "one_to_one",
    "modality": "phone",
    "duration_band": "m15_29",
    "reasons": {"primary": "burnout_exhaustion", "others": []},
    "disposition": "closed_supported",
}
RESOURCE: Json = {
    "name": "Line",
    "categories": ["crisis_line"],
    "is_crisis": True,
    "phones": [{"number": "+1 555 0100"}],
    "assured_date": "2024-01-01",
}
OWNERS = {"lead": "lead", "ada": "ada", "second": "ada", "third": "ada", "bo": "bo", "cy": "cy"}
"""Phone -> whose it is."""
HOUSE = ("lead", "ada", "second", "bo")
"""The phones that are there when the server turns evil."""


class SceneBroken(Exception):
    """An honest step did not work, so nothing can be said about the attack."""


class Answered(Json):
    """What a client answered; SceneBroken for what it left out."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.ok)
        self._said = said

    def __missing__(self, name: str) -> Any:
        raise SceneBroken(f"{self._said.who} did not answer `{name}` to `{self._said.verb}`")


@dataclass
class House:
    """A programme that was built once: its files, and what is known of its people."""

    folder: Path
    programme: bytes
    devices: dict[str, bytes]
    codes: dict[str, str]
    logged: list["Logged"]
    days: float


@dataclass(frozen=True)
class Logged:
    """A record whose logging a client acknowledged, with the fields that it showed then."""

    owner: str
    type: str
    id: str
    fields: Json


@dataclass
class Scene:
    """`said`: everything that clients said since the server turned evil; `left`: phones that nobody uses any more.

    `complaints`: what they said of the server while it was honest; `turned`: how many calls there had been when it
    turned evil. `days`: how far the server's clock is ahead honestly. `crowd`: has somebody sync who is nobody's client
    under attack, so that the months do not make them silent.
    """

    host: Host
    command: Sequence[str]
    folder: Path
    programme: bytes = b""
    devices: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    logged: list[Logged] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    clients: dict[str, Client] = field(default_factory=dict)
    forks: list[Honest] = field(default_factory=list)
    closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    under_attack: bool = False
    turned: int | None = None
    days: float = 0.0
    crowd: list[Callable[[], Awaitable[object]]] = field(default_factory=list)

    # People and phones.

    def client(self, name: str) -> Client:
        if name not in self.clients:
            self.clients[name] = Client(name, self.command, self.folder / "phones" / name)
        return self.clients[name]

    async def start(self, *names: str) -> None:
        """Start these phones side by side: each derives a key from its passcode."""
        await asyncio.gather(*(self.client(name).start() for name in names))

    async def reopen(self, name: str) -> None:
        """End the process of a phone; the next thing to do starts it again on the same directory."""
        await self.client(name).stop()

    async def ask(self, name: str, verb: str, /, **arguments: Any) -> Said:
        """Let a user do something, whatever comes of it."""
        before = len(self.host.opened)
        said = await self.client(name).do(verb, **arguments)
        if len(self.host.opened) > before:
            # The last principal that opened a session while nobody else was asked for anything.
            self.devices[name] = self.host.opened[-1]
        if self.under_attack:
            self.said.append(said)
        else:
            self.complaints += said.words
        if said.error == SILENT:
            raise SceneBroken(f"{name} hangs at `{verb}`")
        return said

    async def must(self, name: str, verb: str, /, **arguments: Any) -> Json:
        """The same for a step that has to work; raises SceneBroken."""
        said = await self.ask(name, verb, **arguments)
        if said.error:
            raise SceneBroken(f"{name} could not `{verb}`: {said.error}: {said.detail}")
        return Answered(said)

    async def log(self, name: str, kind: str = "contact", /, **fields: Any) -> str:
        """Log a record offline; from now on it may not be lost. Returns its id."""
        values = {**(CONTACT if kind == "contact" else RESOURCE), **fields}
        id_ = str((await self.must(name, "log", type=kind, fields=values))["id"])
        self.logged.append(Logged(OWNERS[name], kind, id_, (await self.records(name, kind)).get(id_, values)))
        return id_

    async def edit(self, name: str, id_: str, /, **fields: Any) -> None:
        """Change a record; what it says from now on may not be lost."""
        await self.must(name, "edit", id=id_, fields=fields)
        one = next(one for one in self.logged if one.id == id_)
        shown = (await self.records(name, one.type))[id_]
        self.logged[self.logged.index(one)] = replace(one, fields=shown)

    async def sync(self, *names: str) -> None:
        """These phones sync one after the other, as far as they can; then their users look at them."""
        for name in names:
            await self.ask(name, "sync")
            await self.ask(name, "status")

    async def synced(self, *names: str) -> None:
        """The same, where it has to work."""
        for name in names:
            await self.must(name, "sync")

    async def records(self, name: str, kind: str = "contact") -> dict[str, Json]:
        """What a phone shows, by id."""
        shown = (await self.must(name, "records", type=kind))["records"]
        return {str(one["id"]): one["fields"] for one in shown}

    async def shows(self, name: str, id_: str, kind: str = "contact") -> bool:
        return id_ in await self.records(name, kind)

    async def unsent(self, name: str) -> int:
        return int((await self.must(name, "unsent"))["unsent"])

    # The server.

    @property
    def honest(self) -> Honest:
        return self.host.honest

    @property
    def roster(self) -> RosterState:
        """As the honest server has it."""
        return self.honest.roster(self.programme)

    def account(self, name: str) -> bytes:
        known = self.roster.known_device(self.devices[name])
        if known is None:
            raise SceneBroken(f"{name} is in no roster")
        return known.account

    def personal(self, name: str) -> bytes:
        """Log id of the space of a phone's owner."""
        return self.roster.space_log("personal", self.account(name))

    def story(self, log: bytes) -> Story:
        """What the honest server holds of a log."""
        entries = self.honest.entries(log)
        return Story(self.programme, log, entries, len(entries))

    def pushed(self) -> list[Json]:
        """All requests of clients that pushed something since the server opened, whatever became of them."""
        return [call.json for call, _ in self.host.calls if pushing(call)]

    def fork(self, name: str, days: float = 0.0) -> Honest:
        """A second server with the history so far, and the same key; its clock is ahead by `days` of the first."""
        server = self.honest.copy(self.folder / name, lambda: self.host.clock() + days * DAY)
        self.forks.append(server)
        return server

    def put_back(self, server: Honest) -> None:
        """This copy is the server from now on, and stays it."""
        self.host.deeds += 1
        self.forks = [*(one for one in self.forks if one is not server), self.honest]
        self.host.inside = server

    def turn(self, *tricks: Trick) -> None:
        """The server does this from now on, and nothing else that it did before."""
        self.host.tricks = list(tricks)
        self.under_attack = True
        if self.turned is None:
            self.turned = len(self.host.calls)

    def truce(self) -> None:
        """The server is honest again, and what users see from now on is not about the attack."""
        self.host.tricks = []
        self.under_attack = False

    def go_on(self, days: float) -> None:
        """Days pass, as they do on an honest server."""
        self.host.days += days
        self.days += days

    def slip_in(self, entry: Entry) -> None:
        """The honest server's database holds this entry from now on, as the newest of its log."""
        self.host.deeds += 1
        self.honest.slip_in(self.programme, entry)

    def demand(self, done: object, what: str) -> None:
        """Without this the attack was none; raises SceneBroken."""
        if not done:
            raise SceneBroken(f"the attack was never carried out: {what}")

    def check_carried_out(self) -> None:
        """That something was done that no honest server does, and that a client asked after it; raises SceneBroken.

        A client that never looks is told no lies.
        """
        self.demand(
            self.host.deeds or self.host.days != self.days, "no client asked for what was to be answered falsely"
        )
        self.demand(self.turned is None or len(self.host.calls) > self.turned, "no client asked the server any more")

    @property
    def told(self) -> list[str]:
        """What users were told since the server turned evil, each sentence once."""
        words = list(dict.fromkeys(word for said in self.said for word in said.words))
        return [word for word in words if not any(other.endswith(f": {word}") for other in words)]

    # The end.

    async def close(self) -> None:
        await asyncio.gather(*(client.stop() for client in self.clients.values()))
        for close in self.closing:
            await close()
        for server in (*self.forks, *((self.host.inside,) if self.host.inside else ())):
            server.stop()
        self.host.inside = None


async def build(host: Host, command: Sequence[str], folder: Path, days: float = 0.0) -> House:
    """A lead, Ada with two phones and one contact on both, Bo; Ada and the lead have codes on paper.

    `days`: as of `Host.open`. Raises SceneBroken.
    """
    scene = Scene(host, command, folder, days=days)
    host.open(folder, days)
    try:
        await scene.start(*HOUSE)
        await scene.must("lead", "found", ticket=scene.honest.ticket(), name="Lea")
        founded = scene.honest.programmes()
        if len(founded) != 1:
            raise SceneBroken("lead founded no programme, and said that it was done")
        scene.programme = founded[0]
        for name in ("lead", "ada"):
            if name == "ada":
                await join(scene, "ada")
            scene.codes[name] = str((await scene.must(name, "code"))["code"])
            await scene.must(name, "confirm", code=scene.codes[name])
        await join(scene, "bo")
        await link(scene, "ada", "second")
        await scene.log("ada")
        await scene.log("lead", "resource")
        for _ in range(2):
            await scene.synced(*HOUSE)
        for name in HOUSE:
            await scene.ask(name, "status")
        if scene.complaints:
            raise SceneBroken(f"it complains of an honest server: {scene.complaints}")
    finally:
        await scene.close()
    return House(folder, scene.programme, scene.devices, scene.codes, scene.logged, days)


async def join(scene: Scene, name: str, role: str = "member") -> None:
    ticket = (await scene.must("lead", "invite", role=role))["ticket"]
    await scene.must(name, "join", ticket=ticket, name=name.title())


async def link(scene: Scene, by: str, name: str) -> None:
    ticket = (await scene.must(by, "link"))["ticket"]
    await scene.must(name, "join", ticket=ticket)


def enter(host: Host, command: Sequence[str], house: House, folder: Path) -> Scene:
    """A copy of the house to be attacked in."""
    shutil.copytree(house.folder, folder)
    host.open(folder, house.days)
    known = dict(house.devices), dict(house.codes), list(house.logged)
    return Scene(host, command, folder, house.programme, *known, days=house.days)
