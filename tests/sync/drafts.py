"""A roster entry of each kind, by any author, in any scene, whether it may stand there or not."""

from collections.abc import Callable

from sync.log import ZERO, Entry
from sync.statements import Announce, CloseInvite, Policy, Restored, SetPolicy, SetRules, SetServer
from sync.statistics import Aggregator, ClosePeriod, Open, Task
from tests.support.people import Phone
from tests.sync.counted import CONTACTS
from tests.sync.scenes import Scene

Draft = Callable[[Scene, Phone], Entry]


def inviting(role: str) -> Draft:
    def draft(scene: Scene, author: Phone) -> Entry:
        return scene.world.draft(author, scene.world.inviting(scene.world.new_pass(role, author)))

    return draft


def inviting_for_the_lead(role: str) -> Draft:
    def draft(scene: Scene, author: Phone) -> Entry:
        return scene.world.draft(author, scene.world.inviting(scene.world.new_pass(role, scene.world.lead)))

    return draft


def joining(role: str) -> Draft:
    def draft(scene: Scene, _: Phone) -> Entry:
        used = scene.passed(role)
        phone = scene.world.newcomer(used)
        return scene.world.draft(phone, scene.world.joining(phone, used))

    return draft


def rotating(name: str) -> Draft:
    return lambda scene, author: scene.world.draft(author, scene.world.rotating(scene.world.lead, name))


def rotating_own(scene: Scene, author: Phone) -> Entry:
    known = author if scene.world.log("personal", author) in scene.world.epoch_keys else scene.world.lead
    return scene.world.draft(author, scene.world.rotating(known, "personal", account=author.account))


def policy(scene: Scene, author: Phone) -> Entry:
    return scene.world.draft(author, SetPolicy(scene.world.day, Policy(1, 90, 3650)))


def closing(role: str) -> Draft:
    return lambda scene, author: scene.world.draft(author, CloseInvite(scene.world.day, scene.passed(role).id))


def announcing(scene: Scene, author: Phone) -> Entry:
    return scene.world.draft(author, Announce(scene.world.day, 1))


def revoking(whose: str) -> Draft:
    def draft(scene: Scene, author: Phone) -> Entry:
        known = author if scene.world.log("personal", author) in scene.world.epoch_keys else scene.world.lead
        return scene.world.draft(author, scene.world.revoking(known, scene.phones[whose]))

    return draft


def removing(whose: str) -> Draft:
    return lambda scene, author: scene.world.draft(author, scene.world.removing(scene.phones[whose].account))


def raising(version: int) -> Draft:
    return lambda scene, author: scene.world.draft(author, SetRules(scene.world.day, version))


def moving(scene: Scene, author: Phone) -> Entry:
    return scene.world.draft(author, SetServer(scene.world.day, scene.world.server.public, "https://other.example"))


def restoring(scene: Scene, author: Phone) -> Entry:
    return scene.world.draft(author, Restored(scene.world.day))


def counting(scene: Scene, author: Phone) -> Entry:
    return scene.world.draft(author, Task(scene.world.day, CONTACTS))


def aggregating(*, on: bool) -> Draft:
    return lambda scene, author: scene.world.draft(author, Aggregator(scene.world.day, on))


def offering(scene: Scene, author: Phone) -> Entry:
    return scene.world.draft(author, scene.world.offering(ZERO, 1))


def opening(scene: Scene, author: Phone) -> Entry:
    return scene.world.draft(author, Open(scene.world.day, ZERO, 1, (ZERO,), ZERO))


def closing_period(scene: Scene, author: Phone) -> Entry:
    return scene.world.draft(author, ClosePeriod(scene.world.day, ZERO, ZERO))


DRAFTS: dict[str, Draft] = {
    "found": lambda scene, _: scene.world.entries[0],
    **{f"invite {role}": inviting(role) for role in ("member", "lead", "link", "recovery")},
    **{f"invite lead's {role}": inviting_for_the_lead(role) for role in ("link", "recovery")},
    **{f"join {role}": joining(role) for role in ("member", "lead", "link", "recovery")},
    **{f"rotate {name}": rotating(name) for name in ("commons", "leads")},
    "rotate own personal": rotating_own,
    "rotate lead's personal": rotating("personal"),
    "policy": policy,
    **{f"close lead's {role}": closing(role) for role in ("member", "lead", "link", "recovery")},
    "announce": announcing,
    **{f"revoke {whose}": revoking(whose) for whose in ("lead", "second phone")},
    **{f"remove {whose}": removing(whose) for whose in ("lead", "second lead", "member", "stranger")},
    **{f"rules {version}": raising(version) for version in (1, 2)},
    "server": moving,
    "restored": restoring,
    "task": counting,
    "aggregator on": aggregating(on=True),
    "aggregator off": aggregating(on=False),
    "offer": offering,
    "open": opening,
    "close_period": closing_period,
}
