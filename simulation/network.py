"""The network between phones and server: what it loses, holds back and repeats, request by request."""

from typing import TYPE_CHECKING

import httpx

from simulation.violation import Violation

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World


class Wire(httpx.AsyncBaseTransport):
    """One phone's line. The armed faults of the phone decide what becomes of each request."""

    def __init__(self, world: "World", handset: "Handset") -> None:
        self.world = world
        self.handset = handset

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        copy = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        self.handset.sends(request.url.path, content)
        self.handset.step()
        response = await self._carry(copy)
        self.handset.step()
        return response

    async def _carry(self, request: httpx.Request) -> httpx.Response:
        faults = self.handset.next_request()
        for fault in faults:
            if fault.kind == "meanwhile" and fault.event is not None:
                await self.world.play(fault.event)
        kinds = {fault.kind for fault in faults}
        late = self.world.late
        await late.arrive()
        if kinds & {"request", "offline"} or not self.world.server.is_at(request.url):
            raise httpx.ConnectError("lost")
        if "delay" in kinds:
            late.hold(request)
            raise httpx.ReadTimeout("on its way")
        if "again" in kinds:
            late.hold(request)
        if "twice" in kinds:
            await self.world.deliver(request)
        if "server-before" in kinds:
            self.world.server.dying = "before"
        elif "server-after" in kinds:
            self.world.server.dying = "after"
        response = await self.world.deliver(request)
        if kinds & {"answer", "deaf", "server-after"}:
            raise httpx.ReadError("lost")
        return response


class Late:
    """Requests whose sender has given up waiting, or that the network repeats: they arrive among later ones."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.held: list[tuple[int, httpx.Request]] = []
        self.count = 0

    def hold(self, request: httpx.Request) -> None:
        self.held.append((self.count + self.world.dice.choice((1, 2, 5, 20, 80)), request))

    async def arrive(self, *, everything: bool = False) -> None:
        self.count += 1
        due = [one for at, one in self.held if everything or at <= self.count]
        self.held = [] if everything else [(at, one) for at, one in self.held if at > self.count]
        self.world.dice.shuffle(due)
        for request in due:
            try:
                response = await self.world.deliver(request)
            except httpx.ReadError:
                continue
            if response.status_code >= 500:
                raise Violation("nothing_breaks", f"a late request was answered {response.status_code}")
