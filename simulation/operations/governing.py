"""Programs are updated and the rules raised; the lead says who runs the server, and where it moves."""

from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING

from api.keyfile import server_key
from device.engine import Publication
from device.outbox import NO_ROWS
from device.transport import ServerProblem
from simulation.operations.ceremony import need
from simulation.operations.operation import Nothing
from simulation.programs import NEWEST
from simulation.randomness import seeded
from simulation.violation import Violation
from sync.device.replica import ServerFault
from sync.state import FIRST_RULES, RosterState
from sync.statements import SetRules

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.schedule import Event
    from simulation.world import World


async def update(world: "World", handset: "Handset", event: "Event") -> None:
    """A newer program on a phone, or on the server."""
    dice = Random(event.seed)
    world.newest = max(world.newest, dice.randint(2, NEWEST))
    if dice.random() < 0.3:
        world.server.program = world.newest
    else:
        handset.program = world.newest


async def update_all(world: "World", _: "Handset", __: "Event") -> None:
    """A release that everybody takes up, but for whoever is offline for long."""
    update_everybody(world, NEWEST)


def update_everybody(world: "World", newest: int) -> None:
    world.newest = world.server.program = newest
    for handset in world.living:
        handset.program = newest


async def raise_rules(world: "World", handset: "Handset", _: "Event") -> None:
    """To what this phone's program implements. Not as long as an active phone has announced less, nor above what the
    server's program implements.
    """
    need(handset)
    engine, version = handset.phone.engine, handset.program
    if engine.roster.rules >= version:
        raise Nothing

    async def decide(roster: RosterState) -> Publication | None:
        return (SetRules(engine.writer.day(), version), NO_ROWS) if roster.rules < version else None

    world.count("rules")
    try:
        await engine.publish(decide)
    except ServerProblem as problem:
        early = problem.name == "statement-unsupported" and world.server.program < version
        if problem.name != "not-authorised" and not early:
            raise
        raise Nothing from problem
    if world.truth.roster().rules < version:
        raise Violation("nothing_is_lost", f"the server took rules {version}, and has {world.truth.roster().rules}")


async def say_who_runs_it(world: "World", handset: "Handset", event: "Event") -> None:
    """That it is the leads' own organisation, or that it is not."""
    need(handset, lead=True)
    one = bool(Random(event.seed).getrandbits(1))
    world.count("server")
    await handset.phone.state_organisation(one=one)
    if world.truth.roster().one_organisation != one:
        raise Violation("nothing_is_lost", "the server took the statement about itself, and does not have it")


async def say_where_it_moves(world: "World", handset: "Handset", event: "Event") -> None:
    """To another address, or with another key, or both: the operator has made everything ready."""
    need(handset, lead=True)
    dice = Random(event.seed)
    server, number = world.server, world.asked.get("server", 0)
    key, address = server.key, server.settings.address
    if world.put_back:
        # A roster that still names the old key would be signed with the new one.
        raise Nothing
    if dice.random() < 0.6:
        path = server.settings.data.with_name(f"place-{number}") / "server.key"
        key = server_key(path, seeded(world.seed, "place", number)).public
        server.ready[key] = path
    if dice.random() < 0.6:
        address = f"http://hall-{number}.test"
    world.count("server")
    await handset.phone.state_server(key, address)


async def move(world: "World", _: "Handset", __: "Event") -> None:
    """The operator does what the lead has said."""
    if not move_server(world):
        raise Nothing


def move_server(world: "World") -> bool:
    """The same database with the key and at the address that the roster names; never the old one again: what was
    copied before says another key.
    """
    roster, server = world.truth.roster(), world.server
    if world.put_back or (roster.server_key, roster.address) == (server.key, server.settings.address):
        return False
    server.move(roster.server_key, roster.address)
    world.server_backups.clear()
    return True


async def follow(world: "World") -> None:
    """In the end everybody has the newest program, the server is where the lead has said, and all are told."""
    if world.newest > FIRST_RULES:
        update_everybody(world, world.newest)
    move_server(world)
    address = world.server.settings.address
    for handset in world.living:
        identity = handset.phone.identity
        if handset.arrived and identity is not None and identity.address != address:
            # Who is not known there has other troubles, and is told again.
            with suppress(ServerProblem, ServerFault):
                await handset.phone.go_to(address)


async def be_told(world: "World", handset: "Handset", _: "Event") -> None:
    """Whoever was away is told the address by somebody else."""
    need(handset)
    await handset.phone.go_to(world.server.settings.address)
