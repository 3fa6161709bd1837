"""What a server can tell of a log: positions, heads and cursors that fit whatever it tells."""

from adversary.story import Story
from crypto.public.base64url import b64
from sync.log import Chain
from sync.statements import Policy, SetPolicy
from tests.support.actors import World


def told() -> tuple[World, Story]:
    world = World.found(1)
    world.push(world.draft(world.lead, SetPolicy(world.day, Policy())))
    world.push(world.draft(world.lead, SetPolicy(world.day, Policy(1, 90))))
    return world, Story(world.programme, world.programme, world.entries, len(world.entries))


def asked(world: World, position: int) -> dict[str, object]:
    chain = Chain.start(world.programme, world.programme) if not position else world.states[position].chain
    return {"log": b64(world.programme), "cursor": {"position": position, "head": b64(chain.head)}}


def test_a_true_story_has_the_heads_of_the_log() -> None:
    world, story = told()
    assert story.end == world.state.chain.cursor
    part = story.part(asked(world, 1), b"")
    assert part["known"] is True
    assert [one["position"] for one in part["entries"]] == [2, 3]
    assert part["head"] == {"position": 3, "head": b64(world.state.chain.head)}


def test_own_entries_are_named_by_their_numbers() -> None:
    world, story = told()
    part = story.part(asked(world, 0), world.lead.id)
    assert part["entries"] == [{"position": number, "sequence": number} for number in (1, 2, 3)]
    assert "header" in story.part(asked(world, 0) | {"own": True}, world.lead.id)["entries"][0]


def test_a_cursor_that_is_not_of_the_story_is_unknown() -> None:
    world, story = told()
    shorter = story.but(story.entries[:2])
    assert shorter.part(asked(world, 3), b"")["known"] is False
    assert shorter.part(asked(world, 3), b"")["entries"] == []


def test_a_story_goes_on_with_what_was_pushed_since() -> None:
    world, story = told()
    lie = story.but([story.entries[0], story.entries[2]])
    world.push(world.draft(world.lead, SetPolicy(world.day, Policy())))
    assert lie.followed_by(world.entries).entries == [world.entries[0], world.entries[2], world.entries[3]]
