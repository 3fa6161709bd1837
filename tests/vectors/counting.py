"""The honest programme whose entries the vectors of statistics show."""

from dataclasses import replace
from datetime import date

from schemas.period import number_of
from tests.support.actors import World
from tests.sync.counted import CONTACTS, SHARED, ZONES, last_day
from tests.vectors.programme import Programme
from tests.vectors.seeded import seeded


def counting() -> Programme:
    """Nine accounts; a table of two shares and one of three, opened, opened again and closed."""
    world = World.found(seeded("counting"))
    story = Programme(world)
    lead = story.phones["lead"] = world.lead
    story.tell("found")
    world.invite("recovery")
    story.tell("invite recovery")
    used = world.invite("member", uses=8)
    story.tell("invite member")
    for number in range(1, 9):
        story.phones[f"member {number}"] = world.join(used)
        story.tell(f"join {number}")
    member = story.phones["member 1"]
    world.day += 28
    world.aggregate(member)
    story.tell("aggregator", "28 days after its join")
    tasks = {}
    for name, task in (("contacts", CONTACTS), ("shared", SHARED), ("zones", replace(ZONES, epsilon=1))):
        tasks[name] = world.task(task)
        story.tell(f"task {name}")
    today = date.fromordinal(date(1970, 1, 1).toordinal() + world.day)
    month, quarter = number_of("month", today), number_of("quarter", today)
    offers = []
    for phone, name in ((lead, "a lead"), (member, "an aggregator")):
        offers.append(world.offer(phone, tasks["shared"], month))
        story.tell(f"offer by {name}")
    world.open_period(tasks["shared"], month, *offers)
    story.tell("open of three shares")
    for name, period in (("contacts", month), ("zones", quarter)):
        offer = world.offer(lead, tasks[name], period)
        story.tell(f"offer for {name}")
        world.open_period(tasks[name], period, offer)
        story.tell(f"open {name}")
    offer = world.offer(lead, tasks["contacts"], month)
    story.tell("offer for contacts again")
    second = world.open_period(tasks["contacts"], month, offer)
    story.tell("open again", "the first opening ends; the budget counts them once")
    story.names |= {"contacts": tasks["contacts"], "shared": tasks["shared"], "second": second}
    world.aggregate(member, on=False)
    story.tell("aggregator no longer")
    world.day = last_day(CONTACTS, month) + 22
    world.close_period(second, b"\7" * 32)
    story.tell("close_period", "22 days after the last day")
    return story
