"""What happens to some supporters: a second phone, edits that cross, a phone lost and recovered from paper."""

from random import Random

from crypto.errors import CodeWrong
from demo.cast import Shelf, Supporter, shown
from demo.claims import DemoFailed, must
from demo.ledger import same
from device.phone import Phone


async def link(supporter: Supporter, shelf: Shelf) -> None:
    """A second phone, which holds all records as soon as it is linked."""
    first, second = supporter.phones[0], await shelf.take()
    await first.sync()
    second.accept(await first.link())
    await second.come_in()
    supporter.phones.append(second)
    must(same(shown(second), shown(first)), "a linked phone shows what the first one shows")


async def clash(supporter: Supporter, random: Random) -> None:
    """Both phones edit one entry without knowing of each other; the owner settles what contradicts itself."""
    first, second = supporter.phones
    await both(first, second)
    contacts = [record for record, (kind, _) in supporter.ledger.entries.items() if kind == "contact"]
    if not contacts:
        return
    record = random.choice(sorted(contacts))
    one, other = random.sample(["closed_supported", "followup_agreed", "escalated_next_tier"], 2)
    # Of different fields both stay; of one field one stays, and the other is kept until the owner has chosen.
    first.records.edit(record, {"disposition": one, "zone_after": "yellow"})
    second.records.edit(record, {"disposition": other, "debrief_wanted": "no"})
    await both(first, second)
    for phone in supporter.phones:
        seen = phone.records.get(record)
        values = [seen.fields["disposition"], *seen.conflicts.get("disposition", [])]
        must(len(values) == 2 and one in values and other in values, "an edit that lost is kept")
    must(same(shown(first), shown(second)), "both phones let the same edit win")
    wanted = random.choice([one, other])
    second.records.resolve(record, "disposition", wanted)
    supporter.ledger.edited(record, {"disposition": wanted, "zone_after": "yellow", "debrief_wanted": "no"})
    await both(second, first)


async def both(first: Phone, second: Phone) -> None:
    """Either phone holds what the other one had."""
    await first.sync()
    await second.sync()
    await first.sync()


async def lose(supporter: Supporter, shelf: Shelf, address: str) -> None:
    """The phone is gone; the code on paper brings the account back, and is itself replaced."""
    lost, found = supporter.phones[0], await shelf.take()
    await lost.sync()
    before = shown(lost)
    await shelf.destroy(lost)
    try:
        found.recover_with(address, mistyped(supporter.paper))
        raise DemoFailed("a mistyped code is noticed")
    except CodeWrong as wrong:
        must(wrong.group == 1, "the phone says which group of a code is wrong")
    found.recover_with(address, supporter.paper)
    await found.come_in()
    supporter.phones[0] = found
    must(same(shown(found), before), "a recovered phone shows what the lost one showed")
    renewed = await found.new_code()
    await found.confirm_code(renewed)
    codes = found.engine.roster.open_invites("recovery", account=found.engine.identity.account)
    must(renewed != supporter.paper and len(codes) == 1, "the old code is closed once the new one was typed back")
    personal = found.engine.roster.spaces[found.engine.writer.personal]
    must(personal.epoch == 2, "the key of the personal space was rotated")
    supporter.paper = renewed


def mistyped(code: str) -> str:
    """The code with its first symbol replaced."""
    return ("1" if code[0] != "1" else "2") + code[1:]
