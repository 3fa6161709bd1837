"""What must be true when the story is over, counted from the phones and the lead's roster."""

from collections import Counter
from dataclasses import dataclass, replace

from demo.cast import Supporter, shown
from demo.proxy import ANSWER_LOST, REQUEST_LOST
from demo.story import Story
from device.opening import quarantined
from device.phone import Phone


@dataclass(frozen=True)
class Ending:
    """Counts, and a sentence for everything that is not as it must be."""

    one_to_one: int
    group: int
    supporters: int
    phones: int
    recovered: int
    resources: int
    wrong: tuple[str, ...]


def review(story: Story) -> Ending:
    """Compares every phone with the ledgers. `phones`: those in use, the lead's among them."""
    kinds = Counter(kind for supporter in story.supporters for kind in contact_kinds(supporter.phones[-1]))
    lead, scale = story.leader, story.plan.scale
    roster = lead.engine.roster
    phones = [lead, *(phone for supporter in story.supporters for phone in supporter.phones)]
    recovered = [device for device in roster.devices.values() if invite_role(story, device.invite) == "recovery"]
    ending = Ending(
        one_to_one=kinds["one_to_one"],
        group=kinds["group"],
        supporters=sum(account.role == "member" for account in roster.accounts.values()),
        phones=len(phones),
        recovered=len(recovered),
        resources=sum(kind == "resource" for kind, _ in shown(lead, "commons").values()),
        wrong=(
            *(f"{supporter.name}: {each}" for supporter in story.supporters for each in differences(supporter)),
            *(f"the directory of a phone: {each}" for phone in phones for each in directory_differences(story, phone)),
            *(f"a phone: {each}" for phone in phones for each in unrest(phone)),
            *(f"the lead: {each}" for each in seen_by_lead(story)),
            *(f"no {fate}" for fate in (REQUEST_LOST, ANSWER_LOST) if not story.proxy.count(fate)),
        ),
    )
    wanted = {
        "one-to-one": (ending.one_to_one, scale.one_to_one),
        "group": (ending.group, scale.group),
        "supporters": (ending.supporters, scale.supporters),
        "phones": (ending.phones, 1 + scale.supporters + scale.linked),
        "recovered": (ending.recovered, scale.lost),
        "accounts with names": (len([one for one in lead.members() if one.name]), 1 + scale.supporters),
        "devices of the roster": (len(roster.devices), len(phones) + scale.lost),
        "resources": (ending.resources, sum(kind == "resource" for kind, _ in story.directory.entries.values())),
    }
    counts = tuple(f"{name}: {is_} instead of {should}" for name, (is_, should) in wanted.items() if is_ != should)
    return replace(ending, wrong=(*ending.wrong, *counts))


def contact_kinds(phone: Phone) -> list[str]:
    """The kind of each contact that a phone shows."""
    return [str(fields["contact_kind"]) for kind, fields in shown(phone).values() if kind == "contact"]


def invite_role(story: Story, invite: bytes) -> str:
    """What a device was let in by; the founder's device by nothing."""
    record = story.leader.engine.roster.invites.get(invite)
    return record.role if record is not None else ""


def differences(supporter: Supporter) -> list[str]:
    """Between the ledger and each of the supporter's phones."""
    return [each for phone in supporter.phones for each in supporter.ledger.differences(shown(phone))]


def directory_differences(story: Story, phone: Phone) -> list[str]:
    """Between what the lead wrote and what a phone has of it."""
    return story.directory.differences(shown(phone, "commons"))


def unrest(phone: Phone) -> list[str]:
    """Whatever has not come to rest: unsent or unread entries, conflicts, notes."""
    return [
        *(["something was not sent"] if phone.records.unsent() or phone.waiting() else []),
        *(["there is a conflict"] if phone.records.conflicts() else []),
        *(["an entry is in quarantine" for log in phone.engine.logs() if quarantined(phone.vault.read(), log)]),
        *phone.notes(),
    ]


def seen_by_lead(story: Story) -> list[str]:
    """What a lead should see and does not, or should not and does."""
    lead = story.leader
    names = sorted(member.name or "" for member in lead.members())
    foreign = [record for one in story.supporters for record in one.ledger.entries]
    return [
        *(["other names than those who joined"] if names != sorted(story.joined) else []),
        *(["an entry of a supporter" for record in foreign if lead.records.view.state(record) is not None]),
        *(["entries of their own, and logged none"] if shown(lead) else []),
        *(["a log of somebody else"] if set(lead.engine.ledger.chains) - set(lead.engine.logs()) else []),
    ]
