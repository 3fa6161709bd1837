"""Founding a programme with the operator's ticket."""

from collections.abc import Callable
from functools import partial

from crypto.public.ids import log_id, programme_id
from crypto.public.randomness import Randomness
from crypto.public.signing import SigningKey
from crypto.secret.epoch import commitment, inbox_key
from crypto.secret.hpke import HpkeKey
from device import outbox
from device.ceremonies.beginning import begin, take_over
from device.ceremonies.naming import check_name
from device.days import note_server_day, today
from device.engine import Engine
from device.exchange import wire_entry, wire_rows
from device.identity import Identity
from device.keyring import hold_key
from device.ledger import follow
from device.outbox import Rows
from device.reserved import ACCOUNT_KEYS, MEMBER, stage_reserved
from device.transport import ServerProblem
from device.vault import Vault
from device.wrapping import seal_to
from schemas import wire
from sync.device.author import Place, state_entry
from sync.log import ZERO, Chain
from sync.shape import INTEGER_LIMIT
from sync.state import FIRST_RULES
from sync.statements import DeviceKeys, Found, Policy
from sync.ticket import Ticket

SPACES = ("personal", "commons", "leads")


def prepare_founding(
    vault: Vault, ticket: Ticket, name: str, clock: Callable[[], float], randomness: Randomness, policy: Policy
) -> Identity:
    """Make and store everything the founding needs, in the place of an earlier attempt; nothing has left the phone.

    Raises NameWrong.
    """
    check_name(name)
    signing, hpke, member = SigningKey.generate(randomness), HpkeKey.generate(randomness), HpkeKey.generate(randomness)
    account = randomness(16)
    keys = {space: randomness(32) for space in SPACES}
    inbox = inbox_key(keys["leads"])
    statement = Found(
        day=today(vault.read(), clock()),
        rules=FIRST_RULES,
        random=randomness(32),
        address=ticket.address,
        server_key=ticket.server_key,
        account=account,
        device=DeviceKeys(signing.public, hpke.hash),
        member_key_hash=member.hash,
        commitments=(commitment(1, keys["personal"]), commitment(1, keys["commons"]), commitment(1, keys["leads"])),
        inbox_hash=inbox.hash,
        policy=policy,
    )
    programme = programme_id(statement.encode())
    identity = Identity(
        "sent", "found", ticket.address, ticket.server_key, ticket.secret, signing, hpke, name, programme, account
    )
    start = Chain.start(programme, programme).cursor
    entry = state_entry(Place(programme, identity.device, 1, ZERO, start, start), statement, signing)
    logs = {space: log_id(programme, space, account if space == "personal" else None) for space in SPACES}
    readers = {
        "personal": (identity.device, hpke.public),
        "commons": (member.hash, member.public),
        "leads": (member.hash, member.public),
    }
    wraps = tuple(seal_to(programme, logs[space], 1, *readers[space], keys[space]) for space in SPACES)
    with vault.write(new_keys=True) as connection:
        begin(connection, identity)
        outbox.put(connection, entry, Rows(keys=(hpke.public, member.public, inbox.public), wraps=wraps))
        for space in SPACES:
            follow(connection, programme, logs[space], space)
            take_over(connection, space, logs[space])
            hold_key(connection, logs[space], 1, keys[space])
        stage_reserved(connection, logs["personal"], randomness(16), ACCOUNT_KEYS, {"member_key": member.seed})
        stage_reserved(connection, logs["leads"], account, MEMBER, {"display_name": name, "account": account})
    return identity


def heed_day(vault: Vault, seconds: float, problem: ServerProblem) -> None:
    """Before the first signed answer only the refusal itself tells the server's day; else raises `problem`."""
    day = problem.members.get("server_day")
    if type(day) is not int or not 0 <= day < INTEGER_LIMIT:
        raise problem
    with vault.write() as connection:
        note_server_day(connection, seconds, day)


async def found(engine: Engine) -> None:
    """Deliver the prepared founding, then the first sync. Raises as `Engine.sync`; may be repeated until it is done."""
    identity = engine.identity
    waiting = outbox.waiting_one(engine.vault.read(), identity.programme, 1)
    if waiting is not None:
        rows = wire_rows(waiting.rows)
        request = wire.FoundingRequest(
            token=identity.secret,
            entry=wire.Statement(**dict(wire_entry(waiting.entry))),
            keys=rows["keys"],
            wraps=rows["wraps"],
        )
        await engine.patiently(partial(engine.transport.found, request))
    await engine.sync()
    engine.become(identity.active(), session=engine.session)
