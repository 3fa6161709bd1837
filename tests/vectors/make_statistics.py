"""Vectors of the statements about statistics: the entries of a programme, and entries that its roster refuses."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.reference.shown import in_hex, statistics_state
from schemas.task import Axis
from sync.log import ZERO
from sync.statement import Statement
from sync.statistics import Aggregator, ClosePeriod, Open, Task
from tests.support.actors import World
from tests.support.people import Phone
from tests.support.programme import FIRST_DAY
from tests.sync.counted import CONTACTS, KINDS, ZONES, last_day
from tests.vectors.counting import counting
from tests.vectors.make_roster import refused
from tests.vectors.programme import Programme, entry_vector
from tests.vectors.vector import Lists, Vector


def statistics() -> list[Vector]:
    """As `roster`; `state` has the tasks, aggregators, offers and openings besides."""
    story = counting()
    vectors = []
    for position, ((name, comment), entry) in enumerate(zip(story.steps, story.world.entries, strict=True), 1):
        after = story.world.states[position]
        vector = entry_vector(name, "ok", comment, entry, programme=story.world.programme, after=position - 1)
        vectors.append(vector | in_hex({"leaf": entry.leaf, "head": after.chain.head, "state": told(after, entry)}))
    return [*vectors, *floors(story), *taking_part(story), *periods(story)]


told = statistics_state


def floors(story: Programme) -> Iterator[Vector]:
    world = story.world

    def below(name: str, task: Any, expect: str = "task-floor") -> Vector:
        return refused(f"task: {name}", expect, world, world.draft(world.lead, Task(world.day, task)))

    yield below("no such source", replace(CONTACTS, source="diary"))
    yield below("an axis of another source", replace(CONTACTS, axes=ZONES.axes))
    yield below("a word of the programme", replace(CONTACTS, axes=(Axis("contact_kind", ("group", "ward 7")),)))
    yield below("one code", replace(CONTACTS, axes=(Axis("contact_kind", ("group",)),)))
    yield below("codes that descend", replace(CONTACTS, axes=(Axis("contact_kind", KINDS.codes[::-1]),)))
    yield below("one axis twice", replace(CONTACTS, axes=(KINDS, KINDS)))
    for field, value in (("bound", 0), ("bound", 61), ("epsilon", 0), ("epsilon", 101), ("k", 7), ("shares", 1)):
        different: dict[str, Any] = {field: value}
        yield below(f"{field} {value}", replace(CONTACTS, **different))
    yield below("four shares", replace(CONTACTS, shares=4))
    yield below("21 of a supporter", replace(CONTACTS, unit="supporter", bound=21))
    yield below("wellbeing of a contact", replace(ZONES, unit="contact"))
    yield below("wellbeing by the month", replace(ZONES, period_kind="month"))
    yield below("wellbeing counted twice", replace(ZONES, bound=2))
    trained = replace(ZONES, source="workforce", axes=(Axis("trained", ("partly", "trained")),))
    yield below("workforce by the month", replace(trained, period_kind="month"))
    yield below("workforce by what no training says", replace(trained, axes=(Axis("trained", ("partly", "ready")),)))
    yield below("shifts by an axis of contacts", replace(CONTACTS, source="presence"))
    yield below("a unit that there is not", replace(CONTACTS, unit="ward"), "entry-malformed")  # type: ignore[arg-type]


def taking_part(story: Programme) -> Iterator[Vector]:
    world, lead, member = story.world, story.world.lead, story.phones["member 2"]
    early, task = story.before("aggregator"), story.names["contacts"]
    period = world.state.openings[story.names["second"]].period

    def say(name: str, expect: str, at: World, phone: Phone, statement: Statement) -> Vector:
        return refused(name, expect, at, at.draft(phone, statement))

    yield say("task: by a member", "not-authorised", world, member, Task(world.day, CONTACTS))
    yield say("aggregator: a lead", "not-authorised", world, lead, Aggregator(world.day, on=True))
    yield say("aggregator: 27 days", "too-early", early, member, Aggregator(FIRST_DAY + 27, on=True))
    yield say("offer: by a member", "not-authorised", world, member, world.offering(task, period))
    yield say("offer: no such task", "not-open", world, lead, world.offering(ZERO, period))
    yield say("offer: no such period", "entry-malformed", world, lead, world.offering(task, 0))
    yield say("offer: the period is over", "too-late", world, lead, world.offering(task, period - 1))
    key = min(offer.hpke_hash for offer in world.state.offers.values())
    yield say("offer: a key again", "exists", world, lead, world.offering(task, period + 3, hpke_hash=key))


def periods(story: Programme) -> Iterator[Vector]:
    world, lead, names = story.world, story.world.lead, story.names
    at = story.before("aggregator no longer")
    task, shared = names["contacts"], names["shared"]
    period = at.state.openings[names["second"]].period
    mine, theirs = (id_ for id_, offer in at.state.offers.items() if offer.task == shared and offer.opening)
    if at.state.offers[mine].account != lead.account:
        mine, theirs = theirs, mine

    def opening(
        name: str, expect: str, here: World, id_: bytes, when: int, *offers: bytes, author: Phone = lead
    ) -> Vector:
        statement = Open(here.state.time, id_, when, offers, ZERO)
        return refused(f"open: {name}", expect, here, here.draft(author, statement))

    before = story.before("open of three shares")
    yield opening(
        "by a member", "not-authorised", before, shared, period, mine, theirs, author=story.phones["member 2"]
    )
    yield opening("one offer of two", "entry-malformed", before, shared, period, mine)
    yield opening("the aggregator first", "not-open", before, shared, period, theirs, mine)
    yield opening("twice the lead's", "not-open", before, shared, period, mine, mine)
    yield opening("another task", "not-open", before, task, period, mine)
    yield opening("another period", "not-open", before, shared, period + 1, mine, theirs)
    yield opening("no such offer", "not-open", before, task, period, ZERO)
    yield opening("a used offer", "not-open", at, shared, period, mine, theirs)
    fresh = replace(at, states=[*at.states], entries=[*at.entries], day=at.state.time)
    ahead = fresh.offer(lead, task, period + 2)
    third = fresh.offer(lead, task, period)
    yield opening("a third time", "not-open", at, task, period, third)
    yield opening("an offer that never came", "not-open", at, task, period + 2, ahead)
    closing = replace(world, states=world.states[:-1], entries=world.entries[:-1])
    second, ended = names["second"], next(id_ for id_, one in world.state.openings.items() if one.ended is not None)
    for name, expect, day, id_, author in (
        ("by a member", "not-authorised", world.day, second, story.phones["member 2"]),
        ("no such opening", "not-open", world.day, ZERO, lead),
        ("an opening that ended", "not-open", world.day, ended, lead),
        ("21 days after", "too-early", last_day(CONTACTS, period) + 21, second, lead),
    ):
        statement = ClosePeriod(day, id_, ZERO)
        yield refused(f"close_period: {name}", expect, closing, closing.draft(author, statement))
    again = ClosePeriod(world.day, second, ZERO)
    yield refused("close_period: again", "not-open", world, world.draft(lead, again))


LISTS: Lists = {"statistics": statistics}
