"""One performance: server, proxy and phones set up, the story told, its end reviewed, the proof made."""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from api.operator import back_up
from demo.buddy_care import buddy_care
from demo.cast import Shelf
from demo.claims import must
from demo.counting import Counted
from demo.definitions import stated, without
from demo.ending import Ending, review
from demo.figures import kind_released, shown
from demo.host import ROOT, Host
from demo.marking import Tag, markers
from demo.plan import Plan, Scale, draw_plan
from demo.proof import Proof, prove
from demo.proxy import ANSWER_LOST, ANSWERED, REQUEST_LOST, Proxy
from demo.screen import Screen
from demo.server import Clock
from demo.story import MORNING, Story, data, new_client
from store.budget import excess, read_budget
from store.dump import tables

BUDGET = ROOT / "docs" / "metadata-budget.yaml"
LOSS = 0.1
"""Share of requests whose connection is reset."""


@dataclass(frozen=True)
class Outcome:
    """`wrong`: a sentence for everything that is not as it must be; none if all is well."""

    ending: Ending
    proof: Proof
    counted: tuple[Counted, ...]
    seconds: float
    wrong: tuple[str, ...]

    def summary(self) -> dict[str, int | float]:
        """The last line of standard output."""
        return {
            "one_to_one": self.ending.one_to_one,
            "group": self.ending.group,
            "supporters": self.ending.supporters,
            "phones": self.ending.phones,
            "recovered": self.ending.recovered,
            "resources": self.ending.resources,
            "released_one_to_one": kind_released(self.counted, "one_to_one"),
            "released_group": kind_released(self.counted, "group"),
            "epsilon": max(one.release.task.epsilon for one in self.counted) / 100,
            "k": min(one.release.task.k for one in self.counted),
            "reports": min(one.release.reports for one in self.counted),
            "markers_searched": self.proof.searched,
            "markers_found": self.proof.count,
            "seconds": round(self.seconds, 1),
        }


def full_scale() -> Scale:
    """The published activity of the programme; who links and who loses a phone is ours."""
    published = data("activity.json")["published"]
    return Scale(30, 10, 3, 42, published["one_to_one"], published["group"])


async def perform(scale: Scale, seed: int, screen: Screen) -> Outcome:
    """Raises DemoFailed or what the phones raise, if the story does not come to its end."""
    start = time.monotonic()
    random = Random(seed)
    with tempfile.TemporaryDirectory(prefix="hallway-demo-") as folder:
        async with house(Path(folder), draw_plan(scale, data("activity.json"), random), random, screen) as story:
            await story.tell()
            with screen.phase("phones compared with the ledgers", len(story.supporters)) as phase:
                ending = review(story)
                phase.step(len(story.supporters))
            await story.counting.finish()
            refusals, buddies = await buddy_care(story)
            places = await search_warrant(story)
            definitions = stated([*story.counting.tasks, *buddies])
            beyond = [f"beyond the metadata budget: {one}" for one in excess(story.host.database, read_budget(BUDGET))]
            fates = {fate: story.proxy.count(fate) for fate in (ANSWERED, REQUEST_LOST, ANSWER_LOST)}
        counting = story.counting
        secrets = markers(story.tag, story.written, story.names)
    places, copies = without(places, definitions)
    with screen.phase("places searched, planted copies first", len(places)) as phase:
        proof = prove(places, secrets, random, phase.step)
    screen.say("requests: " + ", ".join(f"{count} {fate}" for fate, count in fates.items()))
    screen.say(f"{copies} copies of {len(definitions)} definitions of tables, public by design, left out of the search")
    screen.say(f"{proof.planted} planted copies in {sum(map(len, places.values())):,} bytes of {len(places)} places")
    asks = f"buddy_care, {scale.buddies} people in three units, asks for"
    for sentence in (*shown(counting.counted), "", asks, *refusals):
        screen.say(sentence)
    wrong = (*ending.wrong, *counting.wrong(), *beyond, *failures(proof))
    return Outcome(ending, proof, tuple(counting.counted), time.monotonic() - start, wrong)


@asynccontextmanager
async def house(folder: Path, plan: Plan, random: Random, screen: Screen) -> AsyncIterator[Story]:
    """The server's process, the proxy and the phones of a story."""
    clock = Clock(folder / "clock")
    clock.set(MORNING)
    host = Host(folder / "host", clock.path)
    try:
        async with Proxy(host.port, random, LOSS) as proxy, new_client() as client:
            shelf = Shelf(folder / "phones", clock, client)
            scale = plan.scale
            shelf.stock(1 + scale.supporters + scale.linked + scale.lost + scale.buddies)
            try:
                host.start(proxy.address)
                yield Story(plan, host, proxy, clock, shelf, Tag(os.urandom), random, screen)
            finally:
                await shelf.close()
    finally:
        host.close()


async def search_warrant(story: Story) -> dict[str, bytes]:
    """Everything that whoever holds the server can lay hands on, while it runs and after it stopped."""
    host = story.host
    places = {f"holding reports: {name}": held for name, held in story.counting.before.items()}
    places |= {f"running: {name}": held for name, held in host.files().items()}
    must(any(name.endswith("-wal") and held for name, held in places.items()), "there is a write-ahead log to search")
    copy = host.database.parent.with_name("backup.sqlite")
    await asyncio.to_thread(back_up, host.settings(story.proxy.address), copy)
    places["backup"] = copy.read_bytes()
    status = await host.stop()
    must(status == 0, f"the server stops in order, not with {status}")
    places |= {f"stopped: {name}": held for name, held in host.files().items()}
    held = tables(host.database).values()
    values = (value for table in held for row in table.rows for value in row)
    places["rows"] = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)
    places["server log"] = host.log.read_bytes()
    places["requests"] = b"\n".join(one.request for one in story.proxy.exchanges)
    places["answers"] = b"\n".join(one.answer for one in story.proxy.exchanges)
    return places


def failures(proof: Proof) -> list[str]:
    """Sentences about what was found, and what should have been found and was not."""
    return [
        *(f"{place} holds a {one}" for place, findings in proof.found.items() for one in findings),
        *(f"{place} hid a planted {one}" for place, findings in proof.blind.items() for one in findings),
    ]
