"""Representative states of a programme, each built once, and the passes and people in it."""

from dataclasses import dataclass, field
from functools import cache

from tests.support.actors import World
from tests.support.people import Pass, Phone, new_person, new_phone

SCENES = ("empty", "founded", "coded", "grown")


@dataclass
class Scene:
    """`phones`: who acts; `passes`: one open pass a role, of the lead's; `codes`: open codes by whose they are."""

    world: World
    phones: dict[str, Phone]
    passes: dict[str, Pass] = field(default_factory=dict)
    codes: dict[str, Pass] = field(default_factory=dict)

    def passed(self, role: str) -> Pass:
        """The open pass of this role, or one that the roster has never heard of."""
        return self.passes.get(role) or self.world.new_pass(role, self.world.lead)


@cache
def scene(name: str) -> Scene:
    """Nobody may land anything in a scene: every test gets the same one.

    `empty`: before the founding statement. `founded`: one lead. `coded`: and its recovery code, an open invite of
    each role. `grown`: and a second lead, a member with a second phone and a code, each space rotated once.
    """
    world = World.found(SCENES.index(name))
    stranger = new_phone(world.randomness, new_person(world.randomness))
    made = Scene(world, {"lead": world.lead, "stranger": stranger})
    if name == "empty":
        world.states = world.states[:1]
    if name in ("coded", "grown"):
        made.codes["lead"] = made.passes["recovery"] = world.invite("recovery")
        made.passes |= {role: world.invite(role) for role in ("member", "lead", "link")}
    if name == "grown":
        member = made.phones["member"] = world.member()
        made.phones["second phone"] = world.link(member)
        made.phones["second lead"] = world.second_lead()
        made.codes["member"] = world.invite("recovery", member)
        world.rotate(member, "personal")
        world.rotate(world.lead, "commons")
        world.rotate(world.lead, "leads")
    return made
