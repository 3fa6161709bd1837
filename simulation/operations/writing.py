"""What people write: always on the phone alone, sent by whatever syncs later."""

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

from crypto.public.encoding import encode
from device.failures import mark_checked, note_failure
from device.phone import Phone
from simulation.ledger import Shown, shown
from simulation.operations.operation import Nothing
from simulation.violation import Crash, Violation
from sync.device.merge import REMOVED

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.schedule import Event
    from simulation.world import World

DISPOSITIONS = ("followup_agreed", "warm_handoff", "referral_accepted", "closed_supported", "info_given")
MODALITIES = ("phone", "video", "in_person_private", "email")
FAILURES = ("no_answer", "wrong_number", "other")
NUMBER = "+1 555 0100"
OPTIONAL = {
    "relationship": ("one_off", "ongoing", "buddy"),
    "zone_before": ("green", "yellow", "orange", "red"),
    "role_group": ("nursing", "physician", "undisclosed"),
}


def write(world: "World", handset: "Handset", act: Callable[[Phone, Shown], object]) -> None:
    """Note what the phone shows after `act` and did not before, also if it died over it."""
    if not handset.arrived:
        raise Nothing
    before = shown(handset.phone)
    account, stolen = handset.account, handset.stolen
    try:
        act(handset.phone, before)
    except Crash:
        handset.reopen()
        world.ledger.note(handset.slot, account, before, shown(handset.phone), stolen=stolen)
        raise
    world.ledger.note(handset.slot, account, before, shown(handset.phone), stolen=stolen)


def unique(world: "World", dice: Random) -> list[dict[str, Any]]:
    """A value that nobody else writes, with the run's tag in it."""
    return [{"resource": world.tag + dice.randbytes(8), "method": "info_only", "outcome": "unknown"}]


def any_of(here: Shown, kind: str) -> bool:
    return any(record.type == kind for record in here.values())


def chosen(here: Shown, dice: Random, kind: str) -> bytes:
    records = sorted(id_ for id_, record in here.items() if record.type == kind)
    if not records:
        raise Nothing
    # Two phones must meet at one record for anything to go wrong there.
    return records[0] if dice.random() < 0.5 else dice.choice(records)


async def log(world: "World", handset: "Handset", event: "Event") -> None:
    dice = Random(event.seed)

    def act(phone: Phone, _: Shown) -> None:
        id_ = phone.records.log(
            "contact",
            {
                "contact_kind": "one_to_one",
                "modality": dice.choice(MODALITIES),
                "duration_band": "m15_29",
                "reasons": {"primary": "burnout_exhaustion", "others": []},
                "disposition": dice.choice(DISPOSITIONS),
                "referrals": unique(world, dice),
            },
        )
        if id_ not in shown(phone):
            raise Violation("nothing_is_lost", "a record that was just logged is not shown")

    write(world, handset, act)


async def edit(world: "World", handset: "Handset", event: "Event") -> None:
    """Of a record, or a first one."""
    dice = Random(event.seed)
    if handset.arrived and not any_of(shown(handset.phone), "contact"):
        await log(world, handset, event)
        return

    def act(phone: Phone, here: Shown) -> None:
        id_ = chosen(here, dice, "contact")
        name = dice.choice(sorted(OPTIONAL))
        if dice.random() < 0.2 and name in here[id_].fields:
            phone.records.edit(id_, {}, (name,))
            return
        fields = {
            "referrals": unique(world, dice),
            "disposition": dice.choice(DISPOSITIONS),
            "modality": dice.choice(MODALITIES),
            name: dice.choice(OPTIONAL[name]),
        }
        picked = {name: fields[name] for name in dice.sample(sorted(fields), dice.choice((1, 1, 2, 3)))}
        if handset.stolen:
            same = {name: encode(value) for name, value in picked.items() if here[id_].fields.get(name) == value}
            world.ledger.repeat(handset.slot, id_, same)
        phone.records.edit(id_, picked)

    write(world, handset, act)


async def delete(world: "World", handset: "Handset", event: "Event") -> None:
    dice = Random(event.seed)
    write(world, handset, lambda phone, here: phone.records.delete(chosen(here, dice, "contact")))


async def resolve(world: "World", handset: "Handset", event: "Event") -> None:
    dice = Random(event.seed)

    def act(phone: Phone, here: Shown) -> None:
        torn = [(id_, name) for id_, record in sorted(here.items()) for name in sorted(record.conflicts)]
        if not torn:
            raise Nothing
        id_, name = dice.choice(torn)
        record = here[id_]
        choices = [*record.conflicts[name], record.fields.get(name, REMOVED)]
        phone.records.resolve(id_, name, dice.choice(choices))

    write(world, handset, act)


async def publish_resource(world: "World", handset: "Handset", event: "Event") -> None:
    text = text_of(world, event)

    def act(phone: Phone, _: Shown) -> None:
        fields: dict[str, Any] = {
            "name": f"Line {text}",
            "description": text,
            "categories": ["crisis_line"],
            "phones": [{"number": NUMBER}],
            "assured_date": "2024-01-01",
        }
        phone.records.log("resource", fields)

    write(world, handset, act)


async def edit_resource(world: "World", handset: "Handset", event: "Event") -> None:
    """Of a resource, or a first one."""
    dice = Random(event.seed)
    if handset.arrived and not any_of(shown(handset.phone), "resource"):
        await publish_resource(world, handset, event)
        return
    text = text_of(world, event)

    def act(phone: Phone, here: Shown) -> None:
        name = dice.choice(("description", "alert", "service_area"))
        phone.records.edit(chosen(here, dice, "resource"), {name: text})

    write(world, handset, act)


async def fail_number(world: "World", handset: "Handset", event: "Event") -> None:
    """A number did not work: a lead says it to all, others tell the leads, or nobody."""
    dice = Random(event.seed)

    def act(phone: Phone, here: Shown) -> None:
        id_, failure = chosen(here, dice, "resource"), dice.choice(FAILURES)
        note_failure(phone.records, id_, failure, NUMBER, telling=dice.random() < 0.7)

    write(world, handset, act)


async def check_resource(world: "World", handset: "Handset", event: "Event") -> None:
    """A lead has rung, and whatever was noted is settled."""
    dice, text = Random(event.seed), text_of(world, event)

    def act(phone: Phone, here: Shown) -> None:
        mark_checked(phone.records, chosen(here, dice, "resource"), {"description": text})

    write(world, handset, act)


def text_of(world: "World", event: "Event") -> str:
    return f"{world.tag.hex()} {event.seed}"
